#include "proto/trace_envelope.h"

#include <libdeflate.h>

#include "proto/trace_fields.h"
#include "proto/wire.h"

namespace tbprof::proto {
namespace {

constexpr int kCompressionLevel = 1;
// No deflate stream holds more than this many bytes for one of its own.
constexpr std::uint64_t kMaxDeflateRatio = 1032;

Error corrupt_body(std::string what) {
  return {ErrorCode::corrupt,
          "The body of a trace record " + std::move(what) + "; the record is left out."};
}

}  // namespace

BodyCompressor::BodyCompressor(Codec codec) {
  // Without memory for it the body stays as it is.
  if (codec == Codec::zlib) compressor_ = libdeflate_alloc_compressor(kCompressionLevel);
}

BodyCompressor::~BodyCompressor() {
  if (compressor_ != nullptr) libdeflate_free_compressor(compressor_);
}

void BodyCompressor::append_body(const std::string& body, std::string& message) {
  std::string_view stored = body;
  Codec codec = Codec::none;
  if (compressor_ != nullptr && !body.empty()) {
    // More than body.size() - 1 bytes would be no gain, and libdeflate gives up there.
    if (compressed_.size() < body.size()) compressed_.resize(body.size());
    const std::size_t size = libdeflate_zlib_compress(compressor_, body.data(), body.size(),
                                                      compressed_.data(), body.size() - 1);
    if (size != 0) {
      stored = text_of({compressed_.data(), size});
      codec = Codec::zlib;
    }
  }
  WireWriter writer(message);
  writer.varint(field::envelope::kCodec, static_cast<std::uint64_t>(codec));
  writer.varint(field::envelope::kRawSize, body.size());
  writer.bytes(field::envelope::kBody, stored);
}

BodyDecompressor::BodyDecompressor() : decompressor_(libdeflate_alloc_decompressor()) {}

BodyDecompressor::~BodyDecompressor() {
  if (decompressor_ != nullptr) libdeflate_free_decompressor(decompressor_);
}

Result<std::span<const std::uint8_t>> BodyDecompressor::open(const PackedBody& body) {
  const std::uint64_t size = body.raw_size_bytes;
  if (size > kMaxBodyBytes) {
    return corrupt_body("claims to hold " + std::to_string(size) +
                        " bytes, more than the format allows");
  }
  if (body.codec == static_cast<std::uint64_t>(Codec::none)) {
    if (size != body.bytes.size()) return corrupt_body("has another length than it claims");
    return body.bytes;
  }
  if (body.codec != static_cast<std::uint64_t>(Codec::zlib)) {
    return Error{ErrorCode::unsupported,
                 "A trace record is compressed with codec " + std::to_string(body.codec) +
                     ", which this version does not know; read the file with a newer tbprof."};
  }
  if (size > body.bytes.size() * kMaxDeflateRatio) {
    return corrupt_body("claims to hold more than its compressed bytes can");
  }
  if (decompressor_ == nullptr) {
    return Error{ErrorCode::unavailable, "No memory was left for the decompressor; free some."};
  }
  // One byte at least, so that the address is not null.
  if (raw_.size() < size + 1) raw_.resize(static_cast<std::size_t>(size) + 1);
  const libdeflate_result result =
      libdeflate_zlib_decompress(decompressor_, body.bytes.data(), body.bytes.size(), raw_.data(),
                                 static_cast<std::size_t>(size), nullptr);
  if (result != LIBDEFLATE_SUCCESS) return corrupt_body("cannot be decompressed");
  return std::span<const std::uint8_t>(raw_.data(), static_cast<std::size_t>(size));
}

}  // namespace tbprof::proto
