#include "proto/chunk_records.h"

#include "proto/device_records.h"
#include "proto/property_record.h"
#include "proto/trace_fields.h"
#include "proto/window_records.h"

namespace tbprof::proto {
namespace {

using Bytes = std::span<const std::uint8_t>;

// Kinds of a later version become 255, which no table of names holds.
template <typename Kind>
Kind kind_of_code(std::uint64_t code) {
  return static_cast<Kind>(code < 255 ? code : 255);
}

std::int32_t narrow(std::int64_t value) {
  return value == static_cast<std::int32_t>(value) ? static_cast<std::int32_t>(value) : -1;
}

bool decode_extent(Bytes packed, std::uint32_t (&extent)[3]) {
  const std::uint8_t* in = packed.data();
  const std::uint8_t* const end = in + packed.size();
  for (std::uint32_t& size : extent) {
    std::uint64_t value = 0;
    in = decode_varint(in, end, value);
    if (in == nullptr || value >> 32 != 0) return false;
    size = static_cast<std::uint32_t>(value);
  }
  return true;
}

bool decode_shape(WireReader reader, LaunchShape& shape) {
  while (reader.next()) {
    if (reader.is_bytes(field::shape::kGrid)) {
      if (!decode_extent(reader.bytes(), shape.grid)) return false;
    } else if (reader.is_bytes(field::shape::kBlock)) {
      if (!decode_extent(reader.bytes(), shape.block)) return false;
    } else if (reader.is_varint(field::shape::kRegisters)) {
      shape.registers_per_thread = static_cast<std::uint32_t>(reader.number());
    } else if (reader.is_varint(field::shape::kStaticShared)) {
      shape.static_shared_memory_bytes = static_cast<std::uint32_t>(reader.number());
    } else if (reader.is_varint(field::shape::kDynamicShared)) {
      shape.dynamic_shared_memory_bytes = static_cast<std::uint32_t>(reader.number());
    } else if (reader.is_bytes(field::shape::kCluster)) {
      if (!decode_extent(reader.bytes(), shape.cluster)) return false;
    }
  }
  return reader.ok();
}

bool decode_track(WireReader reader, TrackDefinition& track) {
  while (reader.next()) {
    if (reader.is_varint(field::track::kId)) {
      track.id = id_of_code(reader.number());
    } else if (reader.is_varint(field::track::kKind)) {
      track.kind = kind_of_code<TrackKind>(reader.number());
    } else if (reader.is_varint(field::track::kName)) {
      track.name_string_id = optional_id_of_code(reader.number());
    } else if (reader.is_varint(field::track::kPid)) {
      track.pid = reader.zigzag_number();
    } else if (reader.is_varint(field::track::kTid)) {
      track.tid = reader.zigzag_number();
    } else if (reader.is_varint(field::track::kDevice)) {
      track.device = narrow(reader.zigzag_number());
    } else if (reader.is_varint(field::track::kStream)) {
      track.stream = reader.zigzag_number();
    } else if (reader.is_varint(field::track::kContext)) {
      track.context = reader.zigzag_number();
    }
  }
  return reader.ok();
}

bool decode_step(WireReader reader, StepRecord& step) {
  while (reader.next()) {
    if (reader.is_varint(field::step::kTrack)) {
      step.track_id = id_of_code(reader.number());
    } else if (reader.is_varint(field::step::kNumber)) {
      step.number = reader.zigzag_number();
    } else if (reader.is_varint(field::step::kStart)) {
      step.start_ns = reader.zigzag_number();
    } else if (reader.is_varint(field::step::kDuration)) {
      step.duration_ns = reader.zigzag_number();
    } else if (reader.is_varint(field::step::kName)) {
      step.name_id = optional_id_of_code(reader.number());
    }
  }
  return reader.ok();
}

bool decode_open(WireReader reader, OpenSlice& slice) {
  while (reader.next()) {
    if (reader.is_varint(field::open::kTrack)) {
      slice.track_id = id_of_code(reader.number());
    } else if (reader.is_varint(field::open::kStart)) {
      slice.start_ns = reader.zigzag_number();
    } else if (reader.is_varint(field::open::kName)) {
      slice.name_id = optional_id_of_code(reader.number());
    } else if (reader.is_varint(field::open::kStepNumber)) {
      slice.is_step = true;
      slice.step_number = reader.zigzag_number();
    }
  }
  return reader.ok();
}

bool decode_loss(WireReader reader, LossRecord& loss) {
  while (reader.next()) {
    if (reader.is_varint(field::loss::kKind)) {
      loss.kind = kind_of_code<LossKind>(reader.number());
    } else if (reader.is_varint(field::loss::kCount)) {
      loss.count = reader.number();
    } else if (reader.is_varint(field::loss::kFrom)) {
      loss.from_ns = reader.zigzag_number();
    } else if (reader.is_varint(field::loss::kUntil)) {
      loss.until_ns = reader.zigzag_number();
    } else if (reader.is_varint(field::loss::kTrack)) {
      loss.track_id = optional_id_of_code(reader.number());
    }
  }
  return reader.ok();
}

bool decode_clock(WireReader reader, ClockPair& pair) {
  while (reader.next()) {
    if (reader.is_varint(field::clock_pair::kKind)) {
      pair.kind = kind_of_code<ClockKind>(reader.number());
    } else if (reader.is_varint(field::clock_pair::kSource)) {
      pair.source_ns = reader.zigzag_number();
    } else if (reader.is_varint(field::clock_pair::kOther)) {
      pair.other_ns = reader.zigzag_number();
    }
  }
  return reader.ok();
}

}  // namespace

void clear_records(TraceChunk& chunk) {
  chunk.strings.clear();
  chunk.names.clear();
  chunk.shapes.clear();
  chunk.tracks.clear();
  chunk.steps.clear();
  chunk.instants.clear();
  chunk.instant_attributes.clear();
  chunk.open.clear();
  chunk.losses.clear();
  chunk.clocks.clear();
  chunk.properties.clear();
  chunk.windows.clear();
  chunk.noted_steps.clear();
  chunk.device_events.clear();
}

bool decode_record(const WireReader& reader, TraceChunk& chunk) {
  const WireReader message(reader.bytes());
  if (reader.is_bytes(field::chunk::kString)) {
    chunk.strings.emplace_back(reader.text());
    return true;
  }
  if (reader.is_bytes(field::chunk::kShape)) {
    return decode_shape(message, chunk.shapes.emplace_back());
  }
  if (reader.is_bytes(field::chunk::kTrack)) {
    return decode_track(message, chunk.tracks.emplace_back());
  }
  if (reader.is_bytes(field::chunk::kStep)) {
    return decode_step(message, chunk.steps.emplace_back());
  }
  if (reader.is_bytes(field::chunk::kOpen)) {
    return decode_open(message, chunk.open.emplace_back());
  }
  if (reader.is_bytes(field::chunk::kLoss)) {
    return decode_loss(message, chunk.losses.emplace_back());
  }
  if (reader.is_bytes(field::chunk::kClock)) {
    return decode_clock(message, chunk.clocks.emplace_back());
  }
  if (reader.is_bytes(field::chunk::kProperty)) {
    return decode_property(message, chunk.properties.emplace_back());
  }
  if (reader.is_bytes(field::chunk::kWindow)) {
    return decode_window(reader.bytes(), chunk.windows.emplace_back());
  }
  if (reader.is_bytes(field::chunk::kNotedSteps)) {
    return decode_noted_steps(reader.bytes(), chunk.noted_steps);
  }
  if (reader.is_bytes(field::chunk::kDeviceEvent)) {
    return decode_device_event(reader.bytes(), chunk.device_events.emplace_back());
  }
  return true;
}

}  // namespace tbprof::proto
