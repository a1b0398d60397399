#include "proto/chunk_body.h"
#include "proto/chunk_records.h"
#include "proto/device_records.h"
#include "proto/packed_column.h"
#include "proto/slice_columns.h"
#include "proto/trace_encoder.h"
#include "proto/trace_fields.h"
#include "proto/wire.h"

namespace tbprof::proto {
namespace {

using Bytes = std::span<const std::uint8_t>;

Error corrupt_chunk(std::size_t offset, const char* what) {
  return {ErrorCode::corrupt, std::string("A chunk of the trace has ") + what + " at byte " +
                                  std::to_string(offset) + " of its body; it is left out."};
}

// int64 columns are decoded in place, as the unsigned numbers they are on the wire.
std::span<std::uint64_t> as_unsigned(std::vector<std::int64_t>& values) {
  return {reinterpret_cast<std::uint64_t*>(values.data()), values.size()};
}

void starts_from_nesting(std::span<const std::uint64_t> codes, SliceBlock& block) {
  std::int64_t end_ns = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::int64_t duration_ns = block.duration_ns[i];
    end_ns = end_of_nesting_code(end_ns, codes[i], duration_ns);
    block.start_ns[i] = wrapping_difference(end_ns, duration_ns);
  }
}

void starts_from_gaps(std::span<const std::uint64_t> codes, SliceBlock& block) {
  std::int64_t end_ns = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    block.start_ns[i] = wrapping_sum(end_ns, unzigzag(codes[i]));
    end_ns = wrapping_sum(block.start_ns[i], block.duration_ns[i]);
  }
}

// The item to fill next of a list whose items keep their memory from chunk to chunk.
template <typename Item>
Item& reuse_next(std::vector<Item>& items, std::size_t& used) {
  if (used == items.size()) items.emplace_back();
  return items[used++];
}

}  // namespace

struct ChunkBodyDecoder::Spans {
  Bytes name_string;
  Bytes name_category;
  Bytes instant_track;
  Bytes instant_time;
  Bytes instant_name;
  std::vector<Bytes> instant_attributes;
};

bool ChunkBodyDecoder::decode_codes(Bytes column, std::size_t count) {
  if (codes_.size() < count) codes_.resize(count);
  return decode_packed(column, std::span(codes_).first(count));
}

Result<> ChunkBodyDecoder::decode_names(const Spans& spans, TraceChunk& chunk) {
  const std::size_t count = count_packed(spans.name_string);
  if (!decode_codes(spans.name_string, count)) return corrupt_chunk(0, "malformed names");
  chunk.names.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    chunk.names[i].string_id = optional_id_of_code(codes_[i]);
  }
  if (!decode_codes(spans.name_category, count)) return corrupt_chunk(0, "malformed names");
  for (std::size_t i = 0; i < count; ++i) chunk.names[i].category = category_of_code(codes_[i]);
  return success();
}

Result<> ChunkBodyDecoder::decode_instants(const Spans& spans, TraceChunk& chunk) {
  const auto malformed = [] { return corrupt_chunk(0, "malformed instants"); };
  const std::size_t count = count_packed(spans.instant_time);
  if (!decode_codes(spans.instant_time, count)) return malformed();
  chunk.instants.resize(count);
  std::int64_t time_ns = 0;
  for (std::size_t i = 0; i < count; ++i) {
    time_ns = wrapping_sum(time_ns, unzigzag(codes_[i]));
    chunk.instants[i].time_ns = time_ns;
  }
  if (!decode_codes(spans.instant_track, count)) return malformed();
  for (std::size_t i = 0; i < count; ++i) chunk.instants[i].track_id = id_of_code(codes_[i]);
  if (!decode_codes(spans.instant_name, count)) return malformed();
  for (std::size_t i = 0; i < count; ++i) {
    chunk.instants[i].name_id = optional_id_of_code(codes_[i]);
  }
  for (const Bytes attribute : spans.instant_attributes) {
    if (!decode_attribute(attribute, count, chunk.instant_attributes)) {
      return corrupt_chunk(0, "malformed facts about instants");
    }
  }
  return success();
}

Result<> ChunkBodyDecoder::decode_slices(Bytes message, SliceBlock& block) {
  Bytes columns[field::slices::kSize + 1];
  block.track_id = 0;
  WireReader reader(message);
  while (reader.next()) {
    if (reader.is_varint(field::slices::kTrack)) {
      block.track_id = id_of_code(reader.number());
      continue;
    }
    for (std::uint32_t k = field::slices::kNesting; k <= field::slices::kSize; ++k) {
      if (reader.is_bytes(k)) columns[k] = reader.bytes();
    }
  }
  const Bytes duration = columns[field::slices::kDuration];
  const std::size_t count = count_packed(duration);
  if (!reader.ok() || count == 0) return corrupt_chunk(0, "a malformed block of slices");

  const auto decode_optional = [&](std::uint32_t k, auto& values) {
    values.resize(columns[k].empty() ? 0 : count);
    return decode_packed(columns[k], std::span(values));
  };
  block.start_ns.resize(count);
  block.duration_ns.resize(count);
  block.name_id.resize(count);
  const bool nesting = !columns[field::slices::kNesting].empty();
  const Bytes times = columns[nesting ? field::slices::kNesting : field::slices::kGap];
  if (!decode_packed(duration, as_unsigned(block.duration_ns)) || !decode_codes(times, count) ||
      !decode_packed(columns[field::slices::kName], std::span(block.name_id)) ||
      !decode_optional(field::slices::kCorrelation, block.correlation_id) ||
      !decode_optional(field::slices::kShape, block.shape_id) ||
      !decode_optional(field::slices::kSize, block.size_bytes)) {
    return corrupt_chunk(reader.offset(), "slice columns of different lengths in the block");
  }
  const std::span<const std::uint64_t> codes = std::span(codes_).first(count);
  if (nesting) {
    starts_from_nesting(codes, block);
  } else {
    starts_from_gaps(codes, block);
  }
  std::uint64_t previous = 0;
  for (std::uint64_t& id : block.correlation_id) {
    id = correlation_of_code(previous, id);
    previous = id != 0 ? id : previous;
  }
  for (std::uint32_t& id : block.shape_id) --id;  // 0, none, becomes kNoId
  return decode_attributes(message, block);
}

Result<> ChunkBodyDecoder::decode_attributes(Bytes message, SliceBlock& block) {
  block.attributes.clear();
  WireReader reader(message);
  while (reader.next()) {
    if (!reader.is_bytes(field::slices::kAttribute)) continue;
    if (!decode_attribute(reader.bytes(), block.start_ns.size(), block.attributes)) {
      return corrupt_chunk(reader.offset(), "malformed facts about slices in the block");
    }
  }
  return success();
}

Result<> ChunkBodyDecoder::decode_counter(Bytes message, CounterBlock& block) {
  Bytes times;
  Bytes changes;
  Bytes values;
  block.track_id = 0;
  block.name_id = kNoId;
  WireReader reader(message);
  while (reader.next()) {
    if (reader.is_varint(field::counter::kTrack)) {
      block.track_id = id_of_code(reader.number());
    } else if (reader.is_varint(field::counter::kName)) {
      block.name_id = optional_id_of_code(reader.number());
    } else if (reader.is_bytes(field::counter::kTime)) {
      times = reader.bytes();
    } else if (reader.is_bytes(field::counter::kValueChange)) {
      changes = reader.bytes();
    } else if (reader.is_bytes(field::counter::kValue)) {
      values = reader.bytes();
    }
  }
  const std::size_t count = count_packed(times);
  if (!reader.ok() || count == 0) return corrupt_chunk(0, "a malformed counter");
  block.time_ns.resize(count);
  if (!decode_packed(times, as_unsigned(block.time_ns))) {
    return corrupt_chunk(0, "a malformed counter");
  }
  std::int64_t time_ns = 0;
  for (std::int64_t& code : block.time_ns) {
    time_ns = wrapping_sum(time_ns, unzigzag(static_cast<std::uint64_t>(code)));
    code = time_ns;
  }
  if (changes.empty()) {
    if (values.size() != count * sizeof(double)) return corrupt_chunk(0, "a malformed counter");
    block.value.resize(count);
    if (count > 0) std::memcpy(block.value.data(), values.data(), values.size());
    return success();
  }
  if (!decode_codes(changes, count)) return corrupt_chunk(0, "a malformed counter");
  block.value.resize(count);
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < count; ++i) {
    bits = bits_of_value_change(bits, codes_[i]);
    block.value[i] = std::bit_cast<double>(bits);
  }
  return success();
}

Result<> ChunkBodyDecoder::decode(Bytes body, TraceChunk& chunk) {
  clear_records(chunk);
  Spans spans;
  std::size_t slice_blocks = 0;
  std::size_t counters = 0;
  std::size_t records = 0;
  WireReader reader(body);
  while (reader.next()) {
    // A record may take two bytes in the body and hundreds in memory.
    if (++records > kMaxChunkFields) return corrupt_chunk(reader.offset(), "too many records");
    if (reader.is_bytes(field::chunk::kSlices)) {
      TBPROF_TRY(decode_slices(reader.bytes(), reuse_next(chunk.slices, slice_blocks)));
    } else if (reader.is_bytes(field::chunk::kCounter)) {
      TBPROF_TRY(decode_counter(reader.bytes(), reuse_next(chunk.counters, counters)));
    } else if (reader.is_bytes(field::chunk::kNameString)) {
      spans.name_string = reader.bytes();
    } else if (reader.is_bytes(field::chunk::kNameCategory)) {
      spans.name_category = reader.bytes();
    } else if (reader.is_bytes(field::chunk::kInstantTrack)) {
      spans.instant_track = reader.bytes();
    } else if (reader.is_bytes(field::chunk::kInstantTime)) {
      spans.instant_time = reader.bytes();
    } else if (reader.is_bytes(field::chunk::kInstantName)) {
      spans.instant_name = reader.bytes();
    } else if (reader.is_bytes(field::chunk::kInstantAttribute)) {
      spans.instant_attributes.push_back(reader.bytes());
    } else if (!decode_record(reader, chunk)) {
      return corrupt_chunk(reader.offset(), "a malformed field");
    }
  }
  chunk.slices.resize(slice_blocks);
  chunk.counters.resize(counters);
  if (!reader.ok()) return corrupt_chunk(reader.offset(), "a malformed field");
  TBPROF_TRY(decode_names(spans, chunk));
  return decode_instants(spans, chunk);
}

}  // namespace tbprof::proto
