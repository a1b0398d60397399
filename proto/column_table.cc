#include "proto/column_table.h"

#include <bit>
#include <cstring>

namespace tbprof::proto {
namespace {

static_assert(std::endian::native == std::endian::little, "columns are copied as they are");

constexpr std::size_t kPrefixBytes = 8;
constexpr std::size_t kAlignment = 8;

std::size_t align_up(std::size_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

void append_json_string(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      constexpr char kDigits[] = "0123456789abcdef";
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

void ColumnTableEncoder::add(std::string_view name, std::span<const double> values) {
  columns_.push_back({std::string(name), "f64", values.size(), values.data(), values.size_bytes()});
}
void ColumnTableEncoder::add(std::string_view name, std::span<const float> values) {
  columns_.push_back({std::string(name), "f32", values.size(), values.data(), values.size_bytes()});
}
void ColumnTableEncoder::add(std::string_view name, std::span<const std::int32_t> values) {
  columns_.push_back({std::string(name), "i32", values.size(), values.data(), values.size_bytes()});
}
void ColumnTableEncoder::add(std::string_view name, std::span<const std::uint32_t> values) {
  columns_.push_back({std::string(name), "u32", values.size(), values.data(), values.size_bytes()});
}
void ColumnTableEncoder::add(std::string_view name, std::span<const std::uint16_t> values) {
  columns_.push_back({std::string(name), "u16", values.size(), values.data(), values.size_bytes()});
}
void ColumnTableEncoder::add(std::string_view name, std::span<const std::uint8_t> values) {
  columns_.push_back({std::string(name), "u8", values.size(), values.data(), values.size_bytes()});
}

std::string ColumnTableEncoder::finish(std::string_view meta_json) const {
  const auto write_head = [&](std::size_t data_start) {
    std::string head = "{\"meta\":";
    head += meta_json;
    head += ",\"columns\":[";
    std::size_t offset = data_start;
    for (const Column& column : columns_) {
      if (head.back() == '}') head += ',';
      head += "{\"name\":";
      append_json_string(column.name, head);
      head += ",\"type\":\"";
      head += column.type;
      head += "\",\"count\":" + std::to_string(column.count);
      head += ",\"offset\":" + std::to_string(offset) + "}";
      offset = align_up(offset + column.size_bytes);
    }
    head += "]}";
    return head;
  };
  // The offsets stand in the head, whose length decides them: one with the columns far enough
  // behind is padded with blanks, which JSON allows.
  std::size_t head_room = align_up(write_head(0).size());
  std::string head = write_head(kPrefixBytes + head_room);
  while (head.size() > head_room) {
    head_room = align_up(head.size());
    head = write_head(kPrefixBytes + head_room);
  }
  head.resize(head_room, ' ');

  std::string table = "TBC1";
  const auto head_bytes = static_cast<std::uint32_t>(head.size());
  table.append(reinterpret_cast<const char*>(&head_bytes), sizeof head_bytes);
  table += head;
  for (const Column& column : columns_) {
    table.append(static_cast<const char*>(column.data), column.size_bytes);
    table.resize(align_up(table.size()));
  }
  return table;
}

}  // namespace tbprof::proto
