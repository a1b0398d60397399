// Writes a .tbtrace file into memory for tests and benchmarks: header, chunks, index, trailer, as
// the format says. Owns the bytes. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "proto/record_frame.h"
#include "proto/trace_encoder.h"

namespace tbprof::tests {

class TbtraceFile {
 public:
  static constexpr std::uint64_t kFileId = 0x1122334455667788u;

  explicit TbtraceFile(const proto::TraceHeader& header, std::uint64_t file_id = kFileId)
      : file_id_(file_id), encoder_(std::make_unique<proto::ChunkEncoder>(file_id)) {
    proto::TraceHeader own = header;
    own.file_id = file_id;
    append(proto::encode_header(own));
  }

  void add(const proto::TraceChunk& chunk) {
    chunk_offsets_.push_back(bytes_.size());
    proto::append_record(encoder_->encode(chunk), bytes_);
  }

  void finish(proto::TraceIndex index) {
    for (std::size_t i = 0; i < chunk_offsets_.size(); ++i) {
      const std::uint64_t end =
          i + 1 < chunk_offsets_.size() ? chunk_offsets_[i + 1] : bytes_.size();
      index.chunks.push_back({chunk_offsets_[i], end - chunk_offsets_[i], 0, 0, 0});
    }
    const std::uint64_t offset = bytes_.size();
    append(proto::encode_index(file_id_, index));
    append(proto::encode_trailer(file_id_, offset, bytes_.size() - offset));
  }

  void append(const std::string& payload) {
    proto::append_record({reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size()},
                         bytes_);
  }

  const std::vector<std::uint64_t>& chunk_offsets() const { return chunk_offsets_; }
  std::string& bytes() { return bytes_; }
  std::span<const std::uint8_t> view() const {
    return {reinterpret_cast<const std::uint8_t*>(bytes_.data()), bytes_.size()};
  }

 private:
  std::uint64_t file_id_;
  std::unique_ptr<proto::ChunkEncoder> encoder_;
  std::string bytes_;
  std::vector<std::uint64_t> chunk_offsets_;
};

}  // namespace tbprof::tests
