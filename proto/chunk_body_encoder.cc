#include <algorithm>

#include "proto/chunk_body.h"
#include "proto/chunk_records.h"
#include "proto/device_records.h"
#include "proto/property_record.h"
#include "proto/slice_columns.h"
#include "proto/trace_fields.h"
#include "proto/window_records.h"
#include "proto/wire.h"

namespace tbprof::proto {
namespace {

void write_shape(const LaunchShape& shape, std::string& out) {
  WireWriter writer(out);
  const auto write_extent = [&](std::uint32_t field, const std::uint32_t(&extent)[3]) {
    std::uint8_t buffer[3 * kMaxVarintBytes + kVarintSlackBytes];
    std::uint8_t* end = buffer;
    for (const std::uint32_t size : extent) end = encode_varint(end, size);
    writer.bytes(field, text_of({buffer, static_cast<std::size_t>(end - buffer)}));
  };
  write_extent(field::shape::kGrid, shape.grid);
  write_extent(field::shape::kBlock, shape.block);
  writer.varint(field::shape::kRegisters, shape.registers_per_thread);
  writer.varint(field::shape::kStaticShared, shape.static_shared_memory_bytes);
  writer.varint(field::shape::kDynamicShared, shape.dynamic_shared_memory_bytes);
  if (shape.cluster[0] != 0) write_extent(field::shape::kCluster, shape.cluster);
}

void write_track(const TrackDefinition& track, std::string& out) {
  WireWriter writer(out);
  writer.varint(field::track::kId, track.id);
  writer.varint(field::track::kKind, static_cast<std::uint64_t>(track.kind));
  writer.varint(field::track::kName, code_of_optional_id(track.name_string_id));
  writer.zigzag_varint(field::track::kPid, track.pid);
  writer.zigzag_varint(field::track::kTid, track.tid);
  writer.zigzag_varint(field::track::kDevice, track.device);
  writer.zigzag_varint(field::track::kStream, track.stream);
  writer.zigzag_varint(field::track::kContext, track.context);
}

void write_step(const StepRecord& step, std::string& out) {
  WireWriter writer(out);
  writer.varint(field::step::kTrack, step.track_id);
  writer.zigzag_varint(field::step::kNumber, step.number);
  writer.zigzag_varint(field::step::kStart, step.start_ns);
  writer.zigzag_varint(field::step::kDuration, step.duration_ns);
  writer.varint(field::step::kName, code_of_optional_id(step.name_id));
}

void write_open(const OpenSlice& slice, std::string& out) {
  WireWriter writer(out);
  writer.varint(field::open::kTrack, slice.track_id);
  writer.zigzag_varint(field::open::kStart, slice.start_ns);
  writer.varint(field::open::kName, code_of_optional_id(slice.name_id));
  if (slice.is_step) writer.zigzag_varint(field::open::kStepNumber, slice.step_number);
}

void write_loss(const LossRecord& loss, std::string& out) {
  WireWriter writer(out);
  writer.varint(field::loss::kKind, static_cast<std::uint64_t>(loss.kind));
  writer.varint(field::loss::kCount, loss.count);
  writer.zigzag_varint(field::loss::kFrom, loss.from_ns);
  writer.zigzag_varint(field::loss::kUntil, loss.until_ns);
  writer.varint(field::loss::kTrack, code_of_optional_id(loss.track_id));
}

void write_clock(const ClockPair& pair, std::string& out) {
  WireWriter writer(out);
  writer.varint(field::clock_pair::kKind, static_cast<std::uint64_t>(pair.kind));
  writer.zigzag_varint(field::clock_pair::kSource, pair.source_ns);
  writer.zigzag_varint(field::clock_pair::kOther, pair.other_ns);
}

// One message of the given field for each item.
template <typename Item>
void write_each(std::uint32_t field, const std::vector<Item>& items,
                void (*write)(const Item&, std::string&), std::string& message, std::string& body) {
  WireWriter writer(body);
  for (const Item& item : items) {
    message.clear();
    write(item, message);
    writer.bytes(field, message);
  }
}

bool fits_nesting_codes(const SliceBlock& block, std::size_t count) {
  std::int64_t previous_end_ns = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!fits_nesting_code(previous_end_ns, block.start_ns[i], block.duration_ns[i])) return false;
    previous_end_ns = block.start_ns[i] + block.duration_ns[i];
  }
  return true;
}

}  // namespace

void ChunkBodyEncoder::encode_names(const TraceChunk& chunk, std::string& body) {
  if (chunk.names.empty()) return;
  WireWriter writer(body);
  packed_.start(chunk.names.size());
  for (const Name& name : chunk.names) packed_.add(code_of_optional_id(name.string_id));
  writer.bytes(field::chunk::kNameString, packed_.column());
  packed_.start(chunk.names.size());
  for (const Name& name : chunk.names) packed_.add(static_cast<std::uint64_t>(name.category));
  writer.bytes(field::chunk::kNameCategory, packed_.column());
}

void ChunkBodyEncoder::encode_times(const SliceBlock& block, std::size_t count) {
  WireWriter writer(message_);
  std::int64_t previous_end_ns = 0;
  packed_.start(count);
  const bool nesting = fits_nesting_codes(block, count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t start_ns = block.start_ns[i];
    const std::int64_t duration_ns = block.duration_ns[i];
    packed_.add(nesting ? nesting_code(previous_end_ns, start_ns, duration_ns)
                        : zigzag(wrapping_difference(start_ns, previous_end_ns)));
    previous_end_ns = wrapping_sum(start_ns, duration_ns);
  }
  writer.bytes(nesting ? field::slices::kNesting : field::slices::kGap, packed_.column());
  packed_.start(count);
  for (std::size_t i = 0; i < count; ++i) {
    packed_.add(static_cast<std::uint64_t>(block.duration_ns[i]));
  }
  writer.bytes(field::slices::kDuration, packed_.column());
}

void ChunkBodyEncoder::encode_slices(const SliceBlock& block, std::string& body) {
  const std::size_t count =
      std::min({block.start_ns.size(), block.duration_ns.size(), block.name_id.size()});
  if (count == 0) return;
  message_.clear();
  WireWriter writer(message_);
  writer.varint(field::slices::kTrack, block.track_id);
  encode_times(block, count);
  packed_.start(count);
  for (std::size_t i = 0; i < count; ++i) packed_.add(block.name_id[i]);
  writer.bytes(field::slices::kName, packed_.column());
  if (block.correlation_id.size() >= count) {
    packed_.start(count);
    std::uint64_t previous = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t id = block.correlation_id[i];
      packed_.add(correlation_code(previous, id));
      if (id != 0) previous = id;
    }
    writer.bytes(field::slices::kCorrelation, packed_.column());
  }
  if (block.shape_id.size() >= count) {
    packed_.start(count);
    for (std::size_t i = 0; i < count; ++i) packed_.add(code_of_optional_id(block.shape_id[i]));
    writer.bytes(field::slices::kShape, packed_.column());
  }
  if (block.size_bytes.size() >= count) {
    packed_.start(count);
    for (std::size_t i = 0; i < count; ++i) packed_.add(block.size_bytes[i]);
    writer.bytes(field::slices::kSize, packed_.column());
  }
  write_attributes(block.attributes, count, field::slices::kAttribute, packed_, message_);
  WireWriter(body).bytes(field::chunk::kSlices, message_);
}

void ChunkBodyEncoder::encode_counter(const CounterBlock& block, std::string& body) {
  const std::size_t count = std::min(block.time_ns.size(), block.value.size());
  if (count == 0) return;
  message_.clear();
  WireWriter writer(message_);
  writer.varint(field::counter::kTrack, block.track_id);
  writer.varint(field::counter::kName, code_of_optional_id(block.name_id));
  std::int64_t previous_ns = 0;
  packed_.start(count);
  for (std::size_t i = 0; i < count; ++i) {
    packed_.add(zigzag(wrapping_difference(block.time_ns[i], previous_ns)));
    previous_ns = block.time_ns[i];
  }
  writer.bytes(field::counter::kTime, packed_.column());
  std::uint64_t previous_bits = 0;
  packed_.start(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = std::bit_cast<std::uint64_t>(block.value[i]);
    packed_.add(value_change_code(previous_bits, bits));
    previous_bits = bits;
  }
  if (packed_.column().size() < count * sizeof(double)) {
    writer.bytes(field::counter::kValueChange, packed_.column());
  } else {
    writer.bytes(field::counter::kValue,
                 {reinterpret_cast<const char*>(block.value.data()), count * sizeof(double)});
  }
  WireWriter(body).bytes(field::chunk::kCounter, message_);
}

void ChunkBodyEncoder::encode_instants(const TraceChunk& chunk, std::string& body) {
  if (chunk.instants.empty()) return;
  WireWriter writer(body);
  packed_.start(chunk.instants.size());
  for (const InstantRecord& instant : chunk.instants) packed_.add(instant.track_id);
  writer.bytes(field::chunk::kInstantTrack, packed_.column());
  std::int64_t previous_ns = 0;
  packed_.start(chunk.instants.size());
  for (const InstantRecord& instant : chunk.instants) {
    packed_.add(zigzag(wrapping_difference(instant.time_ns, previous_ns)));
    previous_ns = instant.time_ns;
  }
  writer.bytes(field::chunk::kInstantTime, packed_.column());
  packed_.start(chunk.instants.size());
  for (const InstantRecord& instant : chunk.instants) {
    packed_.add(code_of_optional_id(instant.name_id));
  }
  writer.bytes(field::chunk::kInstantName, packed_.column());
  write_attributes(chunk.instant_attributes, chunk.instants.size(), field::chunk::kInstantAttribute,
                   packed_, body);
}

void ChunkBodyEncoder::encode(const TraceChunk& chunk, std::string& body) {
  body.clear();
  WireWriter writer(body);
  for (const std::string& text : chunk.strings) writer.bytes(field::chunk::kString, text);
  encode_names(chunk, body);
  write_each(field::chunk::kShape, chunk.shapes, write_shape, message_, body);
  write_each(field::chunk::kTrack, chunk.tracks, write_track, message_, body);
  for (const SliceBlock& block : chunk.slices) encode_slices(block, body);
  write_each(field::chunk::kStep, chunk.steps, write_step, message_, body);
  for (const CounterBlock& block : chunk.counters) encode_counter(block, body);
  encode_instants(chunk, body);
  write_each(field::chunk::kOpen, chunk.open, write_open, message_, body);
  write_each(field::chunk::kLoss, chunk.losses, write_loss, message_, body);
  write_each(field::chunk::kClock, chunk.clocks, write_clock, message_, body);
  write_each(field::chunk::kProperty, chunk.properties, write_property, message_, body);
  write_each(field::chunk::kWindow, chunk.windows, write_window, message_, body);
  encode_noted_steps(chunk.noted_steps, packed_, body);
  write_each(field::chunk::kDeviceEvent, chunk.device_events, write_device_event, message_, body);
}

}  // namespace tbprof::proto
