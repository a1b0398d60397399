// The line tables of CPython's code objects: which source line an instruction belongs to. Tables
// are taken as hostile. Owns what it has decoded. Immutable. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sampler/python_layout.h"

namespace tbprof::sampler {

class LineTable {
 public:
  LineTable() = default;
  LineTable(LineFormat format, std::span<const std::uint8_t> table, std::uint32_t first_line);

  // Of the instruction at an offset in bytes; 0 if it is not known.
  std::uint32_t line_at(std::uint64_t offset) const;

 private:
  struct Stretch {
    std::uint32_t begin = 0;  // where the instructions begin
    std::uint32_t line = 0;   // 0: none
  };
  void add(std::uint64_t begin, std::int64_t line);
  void decode_pairs(std::span<const std::uint8_t> table, std::int64_t line);
  void decode_ranges(std::span<const std::uint8_t> table, std::int64_t line);
  void decode_locations(std::span<const std::uint8_t> table, std::int64_t line);

  std::vector<Stretch> stretches_;
};

}  // namespace tbprof::sampler
