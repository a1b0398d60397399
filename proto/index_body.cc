#include "proto/index_body.h"

#include <algorithm>

#include "proto/packed_column.h"
#include "proto/packed_writer.h"
#include "proto/trace_fields.h"
#include "proto/wire.h"

namespace tbprof::proto {
namespace {

using ChunkEntry = TraceIndex::ChunkEntry;

Error corrupt_index() {
  return {ErrorCode::corrupt,
          "The index of the trace file is damaged; the file is read without it."};
}

void encode_chunks(const std::vector<ChunkEntry>& chunks, PackedWriter& packed, std::string& body) {
  WireWriter writer(body);
  const auto write_column = [&](std::uint32_t field, auto code) {
    packed.start(chunks.size());
    ChunkEntry previous;
    for (const ChunkEntry& chunk : chunks) {
      packed.add(code(chunk, previous));
      previous = chunk;
    }
    writer.bytes(field, packed.column());
  };
  using Entry = const ChunkEntry&;
  write_column(field::index::kChunkOffset,
               [](Entry chunk, Entry previous) { return chunk.offset - previous.offset; });
  write_column(field::index::kChunkSize, [](Entry chunk, Entry) { return chunk.size_bytes; });
  write_column(field::index::kChunkStart, [](Entry chunk, Entry previous) {
    return zigzag(wrapping_difference(chunk.first_start_ns, previous.first_start_ns));
  });
  write_column(field::index::kChunkLength, [](Entry chunk, Entry) {
    return static_cast<std::uint64_t>(wrapping_difference(chunk.last_end_ns, chunk.first_start_ns));
  });
  write_column(field::index::kChunkSlices, [](Entry chunk, Entry) { return chunk.slice_count; });
}

template <typename T>
bool decode_column(std::span<const std::uint8_t> column, std::vector<T>& values) {
  values.resize(count_packed(column));
  return decode_packed(column, std::span<T>(values));
}

bool decode_chunks(const std::span<const std::uint8_t> (&columns)[5],
                   std::vector<ChunkEntry>& chunks) {
  std::vector<std::uint64_t> values[5];
  for (std::size_t k = 0; k < 5; ++k) {
    if (!decode_column(columns[k], values[k]) || values[k].size() != values[0].size()) return false;
  }
  chunks.resize(values[0].size());
  ChunkEntry previous;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    ChunkEntry& chunk = chunks[i];
    chunk.offset = previous.offset + values[0][i];
    chunk.size_bytes = values[1][i];
    chunk.first_start_ns = wrapping_sum(previous.first_start_ns, unzigzag(values[2][i]));
    chunk.last_end_ns = wrapping_sum(chunk.first_start_ns, static_cast<std::int64_t>(values[3][i]));
    chunk.slice_count = values[4][i];
    previous = chunk;
  }
  return true;
}

bool decode_track(std::span<const std::uint8_t> message, TraceIndex::TrackEntry& track) {
  WireReader reader(message);
  while (reader.next()) {
    if (reader.is_varint(field::index_track::kTrack)) {
      track.track_id = static_cast<std::uint32_t>(reader.number());
    } else if (reader.is_varint(field::index_track::kSliceCount)) {
      track.slice_count = reader.number();
    } else if (reader.is_varint(field::index_track::kBusy)) {
      track.busy_ns = reader.zigzag_number();
    } else if (reader.is_bytes(field::index_track::kChunk)) {
      if (!decode_column(reader.bytes(), track.chunk)) return false;
    }
  }
  return reader.ok();
}

bool decode_overview(std::span<const std::uint8_t> message, TraceIndex::OverviewLevel& level) {
  WireReader reader(message);
  while (reader.next()) {
    if (reader.is_varint(field::overview::kTrack)) {
      level.track_id = static_cast<std::uint32_t>(reader.number());
    } else if (reader.is_varint(field::overview::kStart)) {
      level.start_ns = reader.zigzag_number();
    } else if (reader.is_varint(field::overview::kBucket)) {
      level.bucket_ns = reader.zigzag_number();
    } else if (reader.is_bytes(field::overview::kBusy)) {
      if (!decode_column(reader.bytes(), level.busy_ns)) return false;
    }
  }
  return reader.ok();
}

}  // namespace

std::string encode_index_body(const TraceIndex& index) {
  std::string body;
  std::string message;
  PackedWriter packed;
  WireWriter writer(body);
  WireWriter inner(message);
  writer.zigzag_varint(field::index::kStart, index.start_ns);
  writer.zigzag_varint(field::index::kEnd, index.end_ns);
  writer.varint(field::index::kSliceCount, index.slice_count);
  writer.varint(field::index::kStepCount, index.step_count);
  writer.varint(field::index::kLostCount, index.lost_count);
  encode_chunks(index.chunks, packed, body);
  for (const TraceIndex::TrackEntry& track : index.tracks) {
    message.clear();
    inner.varint(field::index_track::kTrack, track.track_id);
    inner.varint(field::index_track::kSliceCount, track.slice_count);
    inner.zigzag_varint(field::index_track::kBusy, track.busy_ns);
    packed.start(track.chunk.size());
    for (const std::uint32_t chunk : track.chunk) packed.add(chunk);
    inner.bytes(field::index_track::kChunk, packed.column());
    writer.bytes(field::index::kTrack, message);
  }
  for (const TraceIndex::OverviewLevel& level : index.overview) {
    message.clear();
    inner.varint(field::overview::kTrack, level.track_id);
    inner.zigzag_varint(field::overview::kStart, level.start_ns);
    inner.zigzag_varint(field::overview::kBucket, level.bucket_ns);
    packed.start(level.busy_ns.size());
    for (const std::uint32_t busy_ns : level.busy_ns) packed.add(busy_ns);
    inner.bytes(field::overview::kBusy, packed.column());
    writer.bytes(field::index::kOverview, message);
  }
  return body;
}

Result<TraceIndex> decode_index_body(std::span<const std::uint8_t> body) {
  TraceIndex index;
  std::span<const std::uint8_t> chunk_columns[5];
  WireReader reader(body);
  while (reader.next()) {
    if (reader.is_varint(field::index::kStart)) {
      index.start_ns = reader.zigzag_number();
    } else if (reader.is_varint(field::index::kEnd)) {
      index.end_ns = reader.zigzag_number();
    } else if (reader.is_varint(field::index::kSliceCount)) {
      index.slice_count = reader.number();
    } else if (reader.is_varint(field::index::kStepCount)) {
      index.step_count = reader.number();
    } else if (reader.is_varint(field::index::kLostCount)) {
      index.lost_count = reader.number();
    } else if (reader.is_bytes(field::index::kTrack)) {
      if (!decode_track(reader.bytes(), index.tracks.emplace_back())) return corrupt_index();
    } else if (reader.is_bytes(field::index::kOverview)) {
      if (!decode_overview(reader.bytes(), index.overview.emplace_back())) return corrupt_index();
    } else {
      for (std::uint32_t k = 0; k < 5; ++k) {
        if (reader.is_bytes(field::index::kChunkOffset + k)) chunk_columns[k] = reader.bytes();
      }
    }
  }
  if (!reader.ok() || !decode_chunks(chunk_columns, index.chunks)) return corrupt_index();
  return index;
}

}  // namespace tbprof::proto
