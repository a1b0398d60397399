// The rules by which the columns of slices and counters become small integers, each written beside
// its inverse. TRACE_FORMAT.md explains them. Functions only. Any thread.
#pragma once

#include <cstdint>

#include "proto/varint.h"

namespace tbprof::proto {

// Slices come in the order in which they ended. Most begin after the end of the one before, and
// their gap is small; a slice that encloses the one before began long ago, but its end is near.
// So the code holds whichever of the two is known to lie after the previous end, and bit 0 says
// which. This needs times that are not negative and ends that do not go back.
inline bool fits_nesting_code(std::int64_t previous_end_ns, std::int64_t start_ns,
                              std::int64_t duration_ns) {
  const std::int64_t end_ns = wrapping_sum(start_ns, duration_ns);
  return start_ns >= 0 && duration_ns >= 0 && end_ns >= start_ns && end_ns >= previous_end_ns;
}
inline std::uint64_t nesting_code(std::int64_t previous_end_ns, std::int64_t start_ns,
                                  std::int64_t duration_ns) {
  const bool encloses = start_ns < previous_end_ns;
  const std::int64_t anchor_ns = start_ns + (encloses ? duration_ns : 0);
  return static_cast<std::uint64_t>(anchor_ns - previous_end_ns) << 1 | (encloses ? 1u : 0u);
}
// Returns the slice's end.
inline std::int64_t end_of_nesting_code(std::int64_t previous_end_ns, std::uint64_t code,
                                        std::int64_t duration_ns) {
  const std::int64_t anchor_ns =
      wrapping_sum(previous_end_ns, static_cast<std::int64_t>(code >> 1));
  return wrapping_sum(anchor_ns, (code & 1) != 0 ? 0 : duration_ns);
}

// A correlation id against the last one in the block that was not 0; code 0 is id 0, which takes
// the place of that id's own difference, so that every 64-bit id has a code.
inline std::uint64_t correlation_code(std::uint64_t previous, std::uint64_t id) {
  if (id == 0) return 0;
  const std::uint64_t of_zero = zigzag(static_cast<std::int64_t>(0 - previous));
  const std::uint64_t difference = zigzag(static_cast<std::int64_t>(id - previous));
  return difference + (difference < of_zero ? 1 : 0);
}
inline std::uint64_t correlation_of_code(std::uint64_t previous, std::uint64_t code) {
  if (code == 0) return 0;
  const std::uint64_t of_zero = zigzag(static_cast<std::int64_t>(0 - previous));
  const std::uint64_t difference = code - (code <= of_zero ? 1 : 0);
  return previous + static_cast<std::uint64_t>(unzigzag(difference));
}

// A counter's value against the one before: like values agree in their high bits, round ones in
// their low bits, which the byte order turns to the front where a varint drops them.
inline std::uint64_t value_change_code(std::uint64_t previous_bits, std::uint64_t bits) {
  return __builtin_bswap64(previous_bits ^ bits);
}
inline std::uint64_t bits_of_value_change(std::uint64_t previous_bits, std::uint64_t code) {
  return previous_bits ^ __builtin_bswap64(code);
}

}  // namespace tbprof::proto
