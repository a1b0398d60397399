#include "proto/index_body.h"

#include <algorithm>

#include "proto/packed_column.h"
#include "proto/packed_writer.h"
#include "proto/trace_fields.h"
#include "proto/wire.h"

namespace tbprof::proto {
namespace {

using ChunkEntry = TraceIndex::ChunkEntry;
using StepEntry = TraceIndex::StepEntry;

constexpr std::size_t kMaxIndexSteps = std::size_t{1} << 20;

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

void encode_steps(const TraceIndex& index, PackedWriter& packed, std::string& body) {
  WireWriter writer(body);
  if (index.steps_each > 1) writer.varint(field::index::kStepsEach, index.steps_each);
  if (index.steps.empty()) return;
  const auto write_column = [&](std::uint32_t field, auto code) {
    packed.start(index.steps.size());
    StepEntry previous;
    for (const StepEntry& step : index.steps) {
      packed.add(code(step, previous));
      previous = step;
    }
    writer.bytes(field, packed.column());
  };
  using Entry = const StepEntry&;
  write_column(field::index::kStepNumber, [](Entry step, Entry previous) {
    return zigzag(wrapping_difference(step.number, previous.number));
  });
  write_column(field::index::kStepGap, [](Entry step, Entry previous) {
    const std::int64_t end_ns = wrapping_sum(previous.start_ns, previous.duration_ns);
    return zigzag(wrapping_difference(step.start_ns, end_ns));
  });
  write_column(field::index::kStepDuration,
               [](Entry step, Entry) { return static_cast<std::uint64_t>(step.duration_ns); });
}

void encode_track(const TraceIndex::TrackEntry& track, PackedWriter& packed, std::string& message) {
  WireWriter inner(message);
  inner.varint(field::index_track::kTrack, track.track_id);
  inner.varint(field::index_track::kSliceCount, track.slice_count);
  inner.zigzag_varint(field::index_track::kBusy, track.busy_ns);
  packed.start(track.chunk.size());
  for (const std::uint32_t chunk : track.chunk) packed.add(chunk);
  inner.bytes(field::index_track::kChunk, packed.column());
  if (track.kind != TrackKind::thread) {
    inner.varint(field::index_track::kKind, static_cast<std::uint64_t>(track.kind));
  }
  if (!track.name.empty()) inner.bytes(field::index_track::kName, track.name);
  if (track.tid != 0) inner.zigzag_varint(field::index_track::kTid, track.tid);
  if (track.device >= 0) inner.zigzag_varint(field::index_track::kDevice, track.device);
  if (track.stream >= 0) inner.zigzag_varint(field::index_track::kStream, track.stream);
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

bool decode_steps(const std::span<const std::uint8_t> (&columns)[3],
                  std::vector<StepEntry>& steps) {
  if (count_packed(columns[0]) > kMaxIndexSteps) return false;
  std::vector<std::uint64_t> values[3];
  for (std::size_t k = 0; k < 3; ++k) {
    if (!decode_column(columns[k], values[k]) || values[k].size() != values[0].size()) return false;
  }
  steps.resize(values[0].size());
  StepEntry previous;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    StepEntry& step = steps[i];
    step.number = wrapping_sum(previous.number, unzigzag(values[0][i]));
    const std::int64_t end_ns = wrapping_sum(previous.start_ns, previous.duration_ns);
    step.start_ns = wrapping_sum(end_ns, unzigzag(values[1][i]));
    step.duration_ns = static_cast<std::int64_t>(values[2][i]);
    previous = step;
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
    } else if (reader.is_varint(field::index_track::kKind)) {
      // A kind of a later version becomes 255, as in a chunk.
      track.kind = static_cast<TrackKind>(std::min<std::uint64_t>(reader.number(), 255));
    } else if (reader.is_bytes(field::index_track::kName)) {
      track.name = reader.text();
    } else if (reader.is_varint(field::index_track::kTid)) {
      track.tid = reader.zigzag_number();
    } else if (reader.is_varint(field::index_track::kDevice)) {
      const std::int64_t device = reader.zigzag_number();
      track.device = device >= 0 && device <= INT32_MAX ? static_cast<std::int32_t>(device) : -1;
    } else if (reader.is_varint(field::index_track::kStream)) {
      track.stream = std::max<std::int64_t>(reader.zigzag_number(), -1);
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
    encode_track(track, packed, message);
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
  encode_steps(index, packed, body);
  return body;
}

Result<TraceIndex> decode_index_body(std::span<const std::uint8_t> body) {
  TraceIndex index;
  std::span<const std::uint8_t> chunk_columns[5];
  std::span<const std::uint8_t> step_columns[3];
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
    } else if (reader.is_varint(field::index::kStepsEach)) {
      index.steps_each = std::max<std::uint64_t>(reader.number(), 1);
    } else {
      for (std::uint32_t k = 0; k < 5; ++k) {
        if (reader.is_bytes(field::index::kChunkOffset + k)) chunk_columns[k] = reader.bytes();
      }
      for (std::uint32_t k = 0; k < 3; ++k) {
        if (reader.is_bytes(field::index::kStepNumber + k)) step_columns[k] = reader.bytes();
      }
    }
  }
  if (!reader.ok() || !decode_chunks(chunk_columns, index.chunks) ||
      !decode_steps(step_columns, index.steps)) {
    return corrupt_index();
  }
  return index;
}

}  // namespace tbprof::proto
