// Columns -> payloads of .tbtrace records (to be framed by append_record). The inverse of
// trace_decoder.h; TRACE_FORMAT.md gives the bytes. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "proto/result.h"
#include "proto/trace_records.h"

namespace tbprof::proto {

// No body of a chunk or an index is larger before compression, so that a reader knows what to
// refuse. It holds some ten million slices.
inline constexpr std::uint64_t kMaxBodyBytes = std::uint64_t{1} << 26;
// Nor has it more fields: one of two bytes may take hundreds in memory.
inline constexpr std::uint64_t kMaxChunkFields = std::uint64_t{1} << 22;

enum class Codec : std::uint8_t { none = 0, zlib = 1 };

std::string encode_header(const TraceHeader& header);
std::string encode_index(std::uint64_t file_id, const TraceIndex& index);
// Fixed size, so that the last kTrailerRecordBytes bytes of a finished file, frame included, find
// the index record.
std::string encode_trailer(std::uint64_t file_id, std::uint64_t index_offset,
                           std::uint64_t index_record_bytes);
inline constexpr std::size_t kTrailerPayloadBytes = 40;
inline constexpr std::size_t kTrailerRecordBytes = 12 + kTrailerPayloadBytes + 4;

// Keeps its scratch memory and the compressor between chunks.
class ChunkEncoder {
 public:
  explicit ChunkEncoder(std::uint64_t file_id, Codec codec = Codec::zlib);
  ~ChunkEncoder();
  ChunkEncoder(const ChunkEncoder&) = delete;
  ChunkEncoder& operator=(const ChunkEncoder&) = delete;

  // The payload, valid until the next call; empty if the body would exceed kMaxBodyBytes.
  // REQUIRES: in each block, all columns that are not empty have the length of start_ns.
  std::span<const std::uint8_t> encode(const TraceChunk& chunk);
  // The last payload did not get into the file: the ids of its strings, names and shapes are given
  // to those of the next chunk, which brings them again.
  void take_back();

 private:
  struct Impl;
  Impl* impl_;
};

}  // namespace tbprof::proto
