// The contents of a chunk as one protobuf message, before compression and after. One thread at a
// time.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "proto/packed_writer.h"
#include "proto/result.h"
#include "proto/trace_records.h"

namespace tbprof::proto {

// Keeps its scratch memory between chunks.
class ChunkBodyEncoder {
 public:
  // Overwrites `body`. Sequence and coverage are not part of it.
  void encode(const TraceChunk& chunk, std::string& body);

 private:
  void encode_names(const TraceChunk& chunk, std::string& body);
  void encode_slices(const SliceBlock& block, std::string& body);
  void encode_times(const SliceBlock& block, std::size_t count);
  void encode_counter(const CounterBlock& block, std::string& body);
  void encode_instants(const TraceChunk& chunk, std::string& body);

  PackedWriter packed_;
  std::string message_;
};

// Keeps its scratch memory between chunks.
class ChunkBodyDecoder {
 public:
  // Overwrites the lists and columns of `chunk`, keeping their capacity. Every byte is taken as
  // hostile; ids are not compared with anything.
  Result<> decode(std::span<const std::uint8_t> body, TraceChunk& chunk);

 private:
  struct Spans;
  Result<> decode_names(const Spans& spans, TraceChunk& chunk);
  Result<> decode_instants(const Spans& spans, TraceChunk& chunk);
  Result<> decode_slices(std::span<const std::uint8_t> message, SliceBlock& block);
  Result<> decode_attributes(std::span<const std::uint8_t> message, SliceBlock& block);
  Result<> decode_counter(std::span<const std::uint8_t> message, CounterBlock& block);
  bool decode_codes(std::span<const std::uint8_t> column, std::size_t count);

  std::vector<std::uint64_t> codes_;
};

}  // namespace tbprof::proto
