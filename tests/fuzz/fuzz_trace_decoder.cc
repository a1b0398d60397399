// Any bytes as the contents of trace records, past checksums and compression. What can be decoded
// must come out the same when it is encoded and decoded again.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "proto/chunk_body.h"
#include "proto/index_body.h"
#include "proto/trace_decoder.h"
#include "proto/wire.h"
#include "tests/proto/sample_trace.h"

namespace {

using namespace tbprof::proto;
using tbprof::tests::proto::same;
using Bytes = std::span<const std::uint8_t>;

void require(bool holds) {
  if (!holds) std::abort();
}

void decode_chunk_twice(Bytes body) {
  static ChunkBodyDecoder decoder;
  TraceChunk chunk;
  if (!decoder.decode(body, chunk).ok()) return;
  std::string encoded;
  ChunkBodyEncoder().encode(chunk, encoded);
  TraceChunk again;
  require(decoder.decode(bytes_of(encoded), again).ok());
  require(same(chunk, again));
}

void decode_index_twice(Bytes body) {
  const auto index = decode_index_body(body);
  if (!index.ok()) return;
  const auto again = decode_index_body(bytes_of(encode_index_body(index.value())));
  require(again.ok() && same(index.value(), again.value()));
}

void decode_payload(Bytes payload) {
  (void)peek_record(payload);
  (void)decode_index(payload);
  (void)decode_trailer(payload);
  TraceChunk chunk;
  (void)ChunkDecoder().decode(payload, chunk);
  const auto header = decode_header(payload);
  if (!header.ok()) return;
  const auto again = decode_header(bytes_of(encode_header(header.value())));
  require(again.ok() && same(header.value(), again.value()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes bytes(data + 1, size - 1);
  if (data[0] % 3 == 0) decode_chunk_twice(bytes);
  if (data[0] % 3 == 1) decode_index_twice(bytes);
  if (data[0] % 3 == 2) decode_payload(bytes);
  return 0;
}
