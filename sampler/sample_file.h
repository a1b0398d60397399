// The file of one sampled process: names what is new, packs rows into records, appends them.
// Nothing is on disk before open(); rows gathered before go there then. Owns file and rows. One
// thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "proto/result.h"
#include "proto/sample_chunk.h"
#include "proto/sample_records.h"

namespace tbprof::sampler {

inline constexpr char kSampleFileEnding[] = ".tbsamples";

// One stretch of time of a thread, see proto::SampleBlock.
struct SampleRow {
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
  std::uint32_t count = 0;
  proto::ThreadState state = proto::ThreadState::unknown;
  std::uint32_t stack_id = proto::kNoId;
  std::uint32_t place_id = proto::kNoId;
  std::uint64_t cpu_ns = 0;
  std::uint64_t delay_ns = 0;
};

class SampleFile {
 public:
  // Rows beyond are dropped and counted until what is there is written.
  static constexpr std::size_t kMaxRows = 1 << 18;
  static constexpr std::size_t kMaxRowsBeforeOpen = 1 << 14;

  SampleFile();
  ~SampleFile();
  SampleFile(const SampleFile&) = delete;
  SampleFile& operator=(const SampleFile&) = delete;

  std::uint32_t add_thread(std::int64_t tid, std::string_view name);
  // It has another name from now on, which readers show.
  void rename_thread(std::uint32_t thread_id, std::int64_t tid, std::string_view name);
  std::uint32_t string_id(std::string_view text);
  std::uint32_t frame_id(std::string_view function, std::string_view file, std::uint32_t line);
  std::uint32_t stack_id(std::uint32_t caller_id, std::uint32_t frame_id);
  void add_row(std::uint32_t thread_id, const SampleRow& row);
  void set_property(std::string key, std::string value);

  bool is_open() const { return fd_ >= 0; }
  bool has_failed() const { return has_failed_; }
  std::uint64_t row_count() const { return row_count_; }
  // Makes the file <stem>.tbsamples, or <stem>-1.tbsamples … where there is one.
  proto::Result<> open(const std::string& stem, proto::TraceHeader header);
  // Appends what came since the last call. After an error the file takes nothing more.
  proto::Result<> write(std::int64_t covered_until_ns, bool is_last);

 private:
  proto::Result<> append(std::span<const std::uint8_t> payload);
  void clear_chunk();

  proto::SampleChunk chunk_;
  std::uint64_t file_id_ = 0;
  proto::SampleChunkEncoder encoder_;
  std::unordered_map<std::string, std::uint32_t> strings_;
  std::unordered_map<std::string, std::uint32_t> frames_;       // by the bytes of their ids
  std::unordered_map<std::uint64_t, std::uint32_t> stacks_;     // by caller and frame
  std::unordered_map<std::uint32_t, std::size_t> block_index_;  // by thread
  std::uint32_t thread_count_ = 0;
  std::size_t chunk_rows_ = 0;
  std::uint64_t row_count_ = 0;
  std::uint64_t dropped_rows_ = 0;
  int fd_ = -1;
  bool has_failed_ = false;
  std::uint64_t size_bytes_ = 0;
  std::string path_;
};

}  // namespace tbprof::sampler
