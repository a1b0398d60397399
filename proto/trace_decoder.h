// Payloads of .tbtrace records -> columns. Every byte is taken as hostile: lengths are checked
// before memory is taken, unknown fields are skipped. Ids are not compared with what they refer to:
// whoever puts a trace together does that. Unknown categories become `other`, other unknown kinds
// 255. The inverse of trace_encoder.h.
// One thread at a time.
#pragma once

#include <cstdint>
#include <span>

#include "proto/result.h"
#include "proto/trace_encoder.h"
#include "proto/trace_records.h"

namespace tbprof::proto {

enum class TraceRecordKind : std::uint8_t {
  unknown = 0,
  header = 1,
  chunk = 2,
  index = 3,
  trailer = 4
};

// Which kind of record this is and to which file it belongs, without decoding it.
struct TraceRecordHead {
  TraceRecordKind kind = TraceRecordKind::unknown;
  std::uint64_t file_id = 0;
};
Result<TraceRecordHead> peek_record(std::span<const std::uint8_t> payload);

Result<TraceHeader> decode_header(std::span<const std::uint8_t> payload);
Result<TraceIndex> decode_index(std::span<const std::uint8_t> payload);

struct TraceTrailer {
  std::uint64_t file_id = 0;
  std::uint64_t index_offset = 0;
  std::uint64_t index_record_bytes = 0;
};
Result<TraceTrailer> decode_trailer(std::span<const std::uint8_t> payload);

// Keeps its scratch memory and the decompressor between chunks.
class ChunkDecoder {
 public:
  ChunkDecoder();
  ~ChunkDecoder();
  ChunkDecoder(const ChunkDecoder&) = delete;
  ChunkDecoder& operator=(const ChunkDecoder&) = delete;

  // Overwrites `chunk`, keeping the capacity of its columns.
  Result<> decode(std::span<const std::uint8_t> payload, TraceChunk& chunk);

 private:
  struct Impl;
  Impl* impl_;
};

}  // namespace tbprof::proto
