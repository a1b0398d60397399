#include "sampler/python_lines.h"

#include <algorithm>

namespace tbprof::sampler {
namespace {

// Reads the numbers of six bits a byte in which 3.11 and later tell locations.
class LocationCursor {
 public:
  explicit LocationCursor(std::span<const std::uint8_t> table) : table_(table) {}

  bool at_end() const { return at_ >= table_.size(); }
  std::uint8_t byte() { return at_end() ? 0 : table_[at_++]; }
  void skip_number() { number(); }
  std::int64_t signed_number() {
    const std::uint64_t code = number();
    const auto size = static_cast<std::int64_t>(code >> 1);
    return (code & 1) != 0 ? -size : size;
  }

 private:
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 36 && !at_end(); shift += 6) {
      const std::uint8_t part = byte();
      value |= std::uint64_t{part & 63u} << shift;
      if ((part & 64) == 0) break;
    }
    return value;
  }

  std::span<const std::uint8_t> table_;
  std::size_t at_ = 0;
};

}  // namespace

LineTable::LineTable(LineFormat format, std::span<const std::uint8_t> table,
                     std::uint32_t first_line) {
  switch (format) {
    case LineFormat::lnotab_3_9:
      decode_pairs(table, first_line);
      break;
    case LineFormat::linetable_3_10:
      decode_ranges(table, first_line);
      break;
    case LineFormat::locations_3_11:
      decode_locations(table, first_line);
      break;
  }
}

void LineTable::add(std::uint64_t begin, std::int64_t line) {
  const bool is_line = line > 0 && line <= INT32_MAX;
  const Stretch stretch{static_cast<std::uint32_t>(std::min<std::uint64_t>(begin, UINT32_MAX)),
                        is_line ? static_cast<std::uint32_t>(line) : 0};
  if (stretches_.empty() || stretches_.back().line != stretch.line) stretches_.push_back(stretch);
}

// By how much the instruction and how much the line go on.
void LineTable::decode_pairs(std::span<const std::uint8_t> table, std::int64_t line) {
  std::uint64_t begin = 0;
  add(begin, line);
  for (std::size_t at = 0; at + 2 <= table.size(); at += 2) {
    begin += table[at];
    line += static_cast<std::int8_t>(table[at + 1]);
    // Large steps of the line come in several pairs, of which the last counts.
    if (at + 2 < table.size() && table[at + 2] == 0) continue;
    add(begin, line);
  }
}

// How long a stretch is, and by how much its line differs from that of the one before.
void LineTable::decode_ranges(std::span<const std::uint8_t> table, std::int64_t line) {
  constexpr std::int8_t kNoLine = -128;
  std::uint64_t begin = 0;
  for (std::size_t at = 0; at + 2 <= table.size(); at += 2) {
    const auto change = static_cast<std::int8_t>(table[at + 1]);
    if (change != kNoLine) line += change;
    if (table[at] != 0) add(begin, change == kNoLine ? 0 : line);
    begin += table[at];
  }
}

void LineTable::decode_locations(std::span<const std::uint8_t> table, std::int64_t line) {
  LocationCursor cursor(table);
  std::uint64_t begin = 0;
  while (!cursor.at_end()) {
    const std::uint8_t head = cursor.byte();
    const unsigned kind = (head >> 3) & 15;
    const unsigned units = (head & 7u) + 1;
    switch (kind) {
      case 15:  // no location
        break;
      case 14:  // line, last line, column, last column
        line += cursor.signed_number();
        cursor.skip_number();
        cursor.skip_number();
        cursor.skip_number();
        break;
      case 13:  // line
        line += cursor.signed_number();
        break;
      case 12:
      case 11:
      case 10:  // line by the kind, two columns
        line += kind - 10;
        cursor.byte();
        cursor.byte();
        break;
      default:  // columns only
        cursor.byte();
        break;
    }
    add(begin, kind == 15 ? 0 : line);
    begin += std::uint64_t{units} * 2;
  }
}

std::uint32_t LineTable::line_at(std::uint64_t offset) const {
  const auto next = std::upper_bound(
      stretches_.begin(), stretches_.end(), offset,
      [](std::uint64_t wanted, const Stretch& stretch) { return wanted < stretch.begin; });
  return next == stretches_.begin() ? 0 : std::prev(next)->line;
}

}  // namespace tbprof::sampler
