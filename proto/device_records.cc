#include "proto/device_records.h"

#include <algorithm>

#include "proto/chunk_records.h"
#include "proto/packed_column.h"
#include "proto/trace_fields.h"
#include "proto/wire.h"

namespace tbprof::proto {
namespace {

using Bytes = std::span<const std::uint8_t>;

std::uint32_t narrow_number(std::uint64_t value) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, UINT32_MAX));
}

}  // namespace

void write_attributes(std::span<const SliceAttribute> attributes, std::size_t row_count,
                      std::uint32_t field, PackedWriter& packed, std::string& message) {
  for (const SliceAttribute& attribute : attributes) {
    const std::size_t pairs = std::min(attribute.row.size(), attribute.value.size());
    std::size_t count = 0;
    while (count < pairs && attribute.row[count] < row_count) ++count;
    if (count == 0) continue;
    std::string inner;
    WireWriter writer(inner);
    writer.varint(field::slice_attribute::kKey,
                  static_cast<std::uint32_t>(attribute.key_string_id + 1));
    writer.varint(field::slice_attribute::kKind, static_cast<std::uint64_t>(attribute.kind));
    packed.start(count);
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < count; ++i) {
      packed.add(attribute.row[i] - next);
      next = attribute.row[i] + 1;
    }
    writer.bytes(field::slice_attribute::kRow, packed.column());
    packed.start(count);
    for (std::size_t i = 0; i < count; ++i) packed.add(attribute.value[i]);
    writer.bytes(field::slice_attribute::kValue, packed.column());
    WireWriter(message).bytes(field, inner);
  }
}

bool decode_attribute(Bytes message, std::size_t row_count,
                      std::vector<SliceAttribute>& attributes) {
  if (attributes.size() >= kMaxSliceAttributes) return false;
  SliceAttribute attribute;
  Bytes rows;
  Bytes values;
  WireReader reader(message);
  while (reader.next()) {
    if (reader.is_varint(field::slice_attribute::kKey)) {
      attribute.key_string_id = optional_id_of_code(reader.number());
    } else if (reader.is_varint(field::slice_attribute::kKind)) {
      attribute.kind = static_cast<ValueKind>(std::min<std::uint64_t>(reader.number(), 255));
    } else if (reader.is_bytes(field::slice_attribute::kRow)) {
      rows = reader.bytes();
    } else if (reader.is_bytes(field::slice_attribute::kValue)) {
      values = reader.bytes();
    }
  }
  const std::size_t count = count_packed(rows);
  if (!reader.ok() || count == 0 || count > row_count) return false;
  attribute.row.resize(count);
  attribute.value.resize(count);
  if (!decode_packed(rows, std::span(attribute.row)) ||
      !decode_packed(values, std::span(attribute.value))) {
    return false;
  }
  std::uint64_t next = 0;
  for (std::uint32_t& row : attribute.row) {
    next += row;
    if (next >= row_count) return false;
    row = static_cast<std::uint32_t>(next++);
  }
  attributes.push_back(std::move(attribute));
  return true;
}

void write_device_event(const DeviceEvent& event, std::string& message) {
  WireWriter writer(message);
  writer.varint(field::device_event::kSync, event.sync_id);
  writer.varint(field::device_event::kEvent, event.event_id);
  writer.varint(field::device_event::kDevice, event.device);
  writer.varint(field::device_event::kContext, event.context);
  writer.varint(field::device_event::kStream, event.stream);
  writer.varint(field::device_event::kCorrelation, event.correlation_id);
}

bool decode_device_event(Bytes message, DeviceEvent& event) {
  WireReader reader(message);
  while (reader.next()) {
    if (reader.is_varint(field::device_event::kSync)) {
      event.sync_id = reader.number();
    } else if (reader.is_varint(field::device_event::kEvent)) {
      event.event_id = narrow_number(reader.number());
    } else if (reader.is_varint(field::device_event::kDevice)) {
      event.device = narrow_number(reader.number());
    } else if (reader.is_varint(field::device_event::kContext)) {
      event.context = narrow_number(reader.number());
    } else if (reader.is_varint(field::device_event::kStream)) {
      event.stream = narrow_number(reader.number());
    } else if (reader.is_varint(field::device_event::kCorrelation)) {
      event.correlation_id = reader.number();
    }
  }
  return reader.ok();
}

}  // namespace tbprof::proto
