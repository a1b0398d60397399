#include "proto/trace_encoder.h"

#include "proto/chunk_body.h"
#include "proto/index_body.h"
#include "proto/trace_envelope.h"
#include "proto/trace_fields.h"
#include "proto/wire.h"

namespace tbprof::proto {

std::string encode_header(const TraceHeader& header) {
  std::string payload;
  WireWriter writer(payload);
  writer.fixed64(field::kMagic, field::kTraceMagic);
  writer.varint(field::header::kVersion, header.version);
  writer.fixed64(field::header::kFileId, header.file_id);
  writer.bytes(field::header::kWriter, header.writer);
  writer.bytes(field::header::kHost, header.host);
  writer.zigzag_varint(field::header::kPid, header.pid);
  writer.zigzag_varint(field::header::kParentPid, header.parent_pid);
  writer.zigzag_varint(field::header::kStartMonotonic, header.start_monotonic_ns);
  writer.zigzag_varint(field::header::kStartRealtime, header.start_realtime_ns);
  writer.bytes(field::header::kRun, header.run);
  writer.bytes(field::header::kSession, header.session);
  for (const std::string& word : header.command) writer.bytes(field::header::kCommand, word);
  writer.zigzag_varint(field::header::kRank, header.rank);
  writer.zigzag_varint(field::header::kWorldSize, header.world_size);
  return payload;
}

std::string encode_index(std::uint64_t file_id, const TraceIndex& index) {
  std::string payload;
  WireWriter(payload).fixed64(field::kIndexOf, file_id);
  BodyCompressor compressor(Codec::zlib);
  compressor.append_body(encode_index_body(index), payload);
  return payload;
}

std::string encode_trailer(std::uint64_t file_id, std::uint64_t index_offset,
                           std::uint64_t index_record_bytes) {
  std::string payload;
  WireWriter writer(payload);
  writer.fixed64(field::kTrailerOf, file_id);
  writer.fixed64(field::trailer::kIndexOffset, index_offset);
  writer.fixed64(field::trailer::kIndexRecordBytes, index_record_bytes);
  writer.fixed32(field::trailer::kVersion, kTraceVersion);
  writer.bytes(field::trailer::kEndMark, field::kEndMarkText);
  return payload;
}

struct ChunkEncoder::Impl {
  Impl(std::uint64_t id, Codec codec) : file_id(id), compressor(codec) {}

  std::uint64_t file_id;
  BodyCompressor compressor;
  ChunkBodyEncoder body_encoder;
  std::string body;
  std::string payload;
  // Of the chunks encoded so far: the ids with which the next one begins.
  std::uint64_t string_count = 0;
  std::uint64_t name_count = 0;
  std::uint64_t shape_count = 0;
  std::uint64_t last_strings = 0;
  std::uint64_t last_names = 0;
  std::uint64_t last_shapes = 0;
};

ChunkEncoder::ChunkEncoder(std::uint64_t file_id, Codec codec) : impl_(new Impl(file_id, codec)) {}

ChunkEncoder::~ChunkEncoder() { delete impl_; }

std::span<const std::uint8_t> ChunkEncoder::encode(const TraceChunk& chunk) {
  impl_->body_encoder.encode(chunk, impl_->body);
  if (impl_->body.size() > kMaxBodyBytes) return {};
  std::string& payload = impl_->payload;
  payload.clear();
  WireWriter writer(payload);
  writer.fixed64(field::kChunkOf, impl_->file_id);
  writer.varint(field::envelope::kSequence, chunk.sequence);
  writer.zigzag_varint(field::envelope::kCoveredUntil, chunk.covered_until_ns);
  writer.varint(field::envelope::kFirstString, impl_->string_count);
  writer.varint(field::envelope::kFirstName, impl_->name_count);
  writer.varint(field::envelope::kFirstShape, impl_->shape_count);
  impl_->compressor.append_body(impl_->body, payload);
  impl_->string_count += impl_->last_strings = chunk.strings.size();
  impl_->name_count += impl_->last_names = chunk.names.size();
  impl_->shape_count += impl_->last_shapes = chunk.shapes.size();
  return bytes_of(payload);
}

void ChunkEncoder::take_back() {
  impl_->string_count -= impl_->last_strings;
  impl_->name_count -= impl_->last_names;
  impl_->shape_count -= impl_->last_shapes;
  impl_->last_strings = impl_->last_names = impl_->last_shapes = 0;
}

}  // namespace tbprof::proto
