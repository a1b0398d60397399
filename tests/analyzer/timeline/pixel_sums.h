// What a pixel shows by the definition, summed slice by slice, for tests of what is folded faster.
// One thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>

#include "analyzer/trace/trace.h"

namespace tbprof::tests {

struct PixelSums {
  std::uint32_t count = 0;
  std::int64_t covered_ns = 0;
  std::map<std::uint32_t, std::int64_t> by_name;
  std::map<proto::Category, std::int64_t> by_category;

  void add(const analyzer::trace::Trace& trace, std::uint32_t name, std::int64_t part_ns) {
    ++count;
    covered_ns += part_ns;
    by_name[name] += part_ns;
    by_category[trace.names()[name].category] += part_ns;
  }
};

template <typename Key>
std::int64_t greatest(const std::map<Key, std::int64_t>& values) {
  std::int64_t most = 0;
  for (const auto& [key, value] : values) most = std::max(most, value);
  return most;
}

}  // namespace tbprof::tests
