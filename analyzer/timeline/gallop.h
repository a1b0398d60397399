// Search in what is sorted, from a place that is known to be near. Pure functions: any thread.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tbprof::analyzer::timeline {

// The first index from `hint` to `size` that is not before what is looked for. Steps that double
// find a stretch that holds it, the first of them as long as `expected` says that it is away;
// halving finds it there, without branches, as their outcome is anybody's guess.
template <typename IsBefore>
std::uint32_t gallop(std::uint32_t size, std::uint32_t hint, std::uint32_t expected,
                     IsBefore is_before) {
  if (hint >= size || !is_before(hint)) return hint;
  std::uint32_t low = hint;  // is before; the one looked for is at most `count` further on
  std::uint32_t count = std::max(expected, 1u);
  while (count < size - low && is_before(low + count)) {
    low += count;
    count = count < size / 2 ? count * 2 : size;
  }
  count = std::min(count, size - low);
  while (count > 1) {
    const std::uint32_t half = count / 2;
    low += static_cast<std::uint32_t>(is_before(low + half)) * half;
    count -= half;
  }
  return low + 1;
}

}  // namespace tbprof::analyzer::timeline
