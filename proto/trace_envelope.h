// What surrounds the contents of a chunk or an index: codec, sizes, and the body compressed as one
// block. Keeps compressor and scratch memory between records. One thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "proto/result.h"
#include "proto/trace_encoder.h"

struct libdeflate_compressor;
struct libdeflate_decompressor;

namespace tbprof::proto {

class BodyCompressor {
 public:
  explicit BodyCompressor(Codec codec);
  ~BodyCompressor();
  BodyCompressor(const BodyCompressor&) = delete;
  BodyCompressor& operator=(const BodyCompressor&) = delete;

  // Appends codec, raw size and body to a message; uncompressed where that is not larger.
  void append_body(const std::string& body, std::string& message);

 private:
  libdeflate_compressor* compressor_ = nullptr;  // null: Codec::none
  std::vector<std::uint8_t> compressed_;
};

// The three fields as they were read.
struct PackedBody {
  std::uint64_t codec = 0;
  std::uint64_t raw_size_bytes = 0;
  std::span<const std::uint8_t> bytes;
};

class BodyDecompressor {
 public:
  BodyDecompressor();
  ~BodyDecompressor();
  BodyDecompressor(const BodyDecompressor&) = delete;
  BodyDecompressor& operator=(const BodyDecompressor&) = delete;

  // The body, valid until the next call, while `body.bytes` lives.
  Result<std::span<const std::uint8_t>> open(const PackedBody& body);

 private:
  libdeflate_decompressor* decompressor_;
  std::vector<std::uint8_t> raw_;
};

}  // namespace tbprof::proto
