// Sample chunks -> payloads of records (to be framed by append_record), and back. Whatever is
// decoded is taken as hostile; ids are not compared with what they refer to, except that a stack's
// caller comes before it. One thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "proto/packed_writer.h"
#include "proto/result.h"
#include "proto/sample_records.h"
#include "proto/trace_envelope.h"

namespace tbprof::proto {

// Keeps scratch memory and compressor between chunks.
class SampleChunkEncoder {
 public:
  explicit SampleChunkEncoder(std::uint64_t file_id, Codec codec = Codec::zlib)
      : file_id_(file_id), compressor_(codec) {}

  // The payload, valid until the next call.
  std::span<const std::uint8_t> encode(const SampleChunk& chunk);

 private:
  void encode_body(const SampleChunk& chunk);
  void encode_block(const SampleBlock& block);

  std::uint64_t file_id_;
  BodyCompressor compressor_;
  PackedWriter packed_;
  std::string message_;
  std::string body_;
  std::string payload_;
};

bool is_sample_record(std::span<const std::uint8_t> payload);
// Whether it says that the file ends with it. Looks at nothing else.
bool is_last_sample_record(std::span<const std::uint8_t> payload);

// Keeps scratch memory and decompressor between chunks.
class SampleChunkDecoder {
 public:
  // Overwrites `chunk`.
  Result<> decode(std::span<const std::uint8_t> payload, SampleChunk& chunk);
  // The same for a body that is not compressed, without what the envelope says. For fuzzing.
  Result<> decode_body(std::span<const std::uint8_t> body, SampleChunk& chunk);

 private:
  BodyDecompressor decompressor_;
};

}  // namespace tbprof::proto
