#include "proto/trace_decoder.h"

#include "proto/chunk_body.h"
#include "proto/chunk_records.h"
#include "proto/index_body.h"
#include "proto/trace_envelope.h"
#include "proto/trace_fields.h"
#include "proto/wire.h"

namespace tbprof::proto {
namespace {

using Bytes = std::span<const std::uint8_t>;

Error corrupt_record(const char* kind) {
  return {ErrorCode::corrupt,
          std::string("A ") + kind + " record of the trace file is malformed; it is left out."};
}

Error newer_version(std::uint64_t version) {
  return {ErrorCode::unsupported, "The trace file has format version " + std::to_string(version) +
                                      ", this tbprof reads version " +
                                      std::to_string(kTraceVersion) +
                                      "; read it with a newer tbprof."};
}

std::int32_t rank_of(std::int64_t number) {
  return number >= 0 && number <= INT32_MAX ? static_cast<std::int32_t>(number) : -1;
}

// The body of a chunk or an index, and of a chunk what else its envelope holds.
bool read_envelope(WireReader& reader, PackedBody& body, TraceChunk* chunk) {
  while (reader.next()) {
    if (reader.is_varint(field::envelope::kCodec)) {
      body.codec = reader.number();
    } else if (reader.is_varint(field::envelope::kRawSize)) {
      body.raw_size_bytes = reader.number();
    } else if (reader.is_bytes(field::envelope::kBody)) {
      body.bytes = reader.bytes();
    } else if (chunk != nullptr && reader.is_varint(field::envelope::kSequence)) {
      chunk->sequence = reader.number();
    } else if (chunk != nullptr && reader.is_varint(field::envelope::kCoveredUntil)) {
      chunk->covered_until_ns = reader.zigzag_number();
    } else if (chunk != nullptr && reader.is_varint(field::envelope::kFirstString)) {
      chunk->first_string_id = id_of_code(reader.number());
    } else if (chunk != nullptr && reader.is_varint(field::envelope::kFirstName)) {
      chunk->first_name_id = id_of_code(reader.number());
    } else if (chunk != nullptr && reader.is_varint(field::envelope::kFirstShape)) {
      chunk->first_shape_id = id_of_code(reader.number());
    }
  }
  return reader.ok();
}

void read_header_field(const WireReader& reader, TraceHeader& header) {
  if (reader.is_bytes(field::header::kWriter)) {
    header.writer = reader.text();
  } else if (reader.is_bytes(field::header::kHost)) {
    header.host = reader.text();
  } else if (reader.is_varint(field::header::kPid)) {
    header.pid = reader.zigzag_number();
  } else if (reader.is_varint(field::header::kParentPid)) {
    header.parent_pid = reader.zigzag_number();
  } else if (reader.is_varint(field::header::kStartMonotonic)) {
    header.start_monotonic_ns = reader.zigzag_number();
  } else if (reader.is_varint(field::header::kStartRealtime)) {
    header.start_realtime_ns = reader.zigzag_number();
  } else if (reader.is_bytes(field::header::kRun)) {
    header.run = reader.text();
  } else if (reader.is_bytes(field::header::kSession)) {
    header.session = reader.text();
  } else if (reader.is_bytes(field::header::kCommand)) {
    header.command.emplace_back(reader.text());
  } else if (reader.is_varint(field::header::kRank)) {
    header.rank = rank_of(reader.zigzag_number());
  } else if (reader.is_varint(field::header::kWorldSize)) {
    header.world_size = rank_of(reader.zigzag_number());
  }
}

}  // namespace

Result<TraceRecordHead> peek_record(Bytes payload) {
  WireReader reader(payload);
  TraceRecordHead head;
  if (!reader.next()) {
    if (!reader.ok()) return corrupt_record("nameless");
    return head;
  }
  if (reader.is(field::kMagic, WireType::fixed64) && reader.number() == field::kTraceMagic) {
    head.kind = TraceRecordKind::header;
    while (reader.next()) {
      if (reader.is(field::header::kFileId, WireType::fixed64)) {
        head.file_id = reader.number();
        return head;
      }
    }
    return corrupt_record("header");
  }
  if (reader.is(field::kChunkOf, WireType::fixed64)) head.kind = TraceRecordKind::chunk;
  if (reader.is(field::kIndexOf, WireType::fixed64)) head.kind = TraceRecordKind::index;
  if (reader.is(field::kTrailerOf, WireType::fixed64)) head.kind = TraceRecordKind::trailer;
  if (head.kind != TraceRecordKind::unknown) head.file_id = reader.number();
  return head;
}

Result<TraceHeader> decode_header(Bytes payload) {
  WireReader reader(payload);
  if (!reader.next() || !reader.is(field::kMagic, WireType::fixed64) ||
      reader.number() != field::kTraceMagic) {
    return Error{ErrorCode::corrupt,
                 "The file does not begin with the header of a tbprof trace; it is of another kind "
                 "or its start is damaged."};
  }
  TraceHeader header;
  std::uint64_t version = 0;
  bool has_file_id = false;
  while (reader.next()) {
    if (reader.is_varint(field::header::kVersion)) {
      version = reader.number();
      if (version > kTraceVersion) return newer_version(version);
    } else if (reader.is(field::header::kFileId, WireType::fixed64)) {
      header.file_id = reader.number();
      has_file_id = true;
    } else {
      read_header_field(reader, header);
    }
  }
  if (!reader.ok() || version == 0 || !has_file_id) return corrupt_record("header");
  header.version = static_cast<std::uint32_t>(version);
  return header;
}

Result<TraceIndex> decode_index(Bytes payload) {
  WireReader reader(payload);
  if (!reader.next() || !reader.is(field::kIndexOf, WireType::fixed64)) {
    return corrupt_record("index");
  }
  PackedBody body;
  if (!read_envelope(reader, body, nullptr)) return corrupt_record("index");
  BodyDecompressor decompressor;
  return decode_index_body(TBPROF_TRY(decompressor.open(body)));
}

Result<TraceTrailer> decode_trailer(Bytes payload) {
  WireReader reader(payload);
  if (payload.size() != kTrailerPayloadBytes || !reader.next() ||
      !reader.is(field::kTrailerOf, WireType::fixed64)) {
    return corrupt_record("trailer");
  }
  TraceTrailer trailer;
  trailer.file_id = reader.number();
  bool has_end_mark = false;
  while (reader.next()) {
    if (reader.is(field::trailer::kIndexOffset, WireType::fixed64)) {
      trailer.index_offset = reader.number();
    } else if (reader.is(field::trailer::kIndexRecordBytes, WireType::fixed64)) {
      trailer.index_record_bytes = reader.number();
    } else if (reader.is(field::trailer::kVersion, WireType::fixed32)) {
      if (reader.number() > kTraceVersion) return newer_version(reader.number());
    } else if (reader.is_bytes(field::trailer::kEndMark)) {
      has_end_mark = reader.text() == field::kEndMarkText;
    }
  }
  if (!reader.ok() || !has_end_mark) return corrupt_record("trailer");
  return trailer;
}

struct ChunkDecoder::Impl {
  BodyDecompressor decompressor;
  ChunkBodyDecoder body_decoder;
};

ChunkDecoder::ChunkDecoder() : impl_(new Impl) {}

ChunkDecoder::~ChunkDecoder() { delete impl_; }

Result<> ChunkDecoder::decode(Bytes payload, TraceChunk& chunk) {
  WireReader reader(payload);
  if (!reader.next() || !reader.is(field::kChunkOf, WireType::fixed64)) {
    return corrupt_record("chunk");
  }
  chunk.sequence = 0;
  chunk.covered_until_ns = 0;
  chunk.first_string_id = chunk.first_name_id = chunk.first_shape_id = 0;
  PackedBody body;
  if (!read_envelope(reader, body, &chunk)) return corrupt_record("chunk");
  return impl_->body_decoder.decode(TBPROF_TRY(impl_->decompressor.open(body)), chunk);
}

}  // namespace tbprof::proto
