// Median, percentiles and spread of a list of durations, exact. Pure functions. Any thread.
//
// median   of an even count: the mean of the two in the middle, rounded down
// pN       nearest rank: the smallest value that at least N % of the values do not exceed
// mad      median absolute deviation: the median of |value - median|
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tbprof::analyzer::profile {

struct Distribution {
  std::size_t count = 0;
  std::int64_t total = 0;
  double mean = 0;  // total / count
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::int64_t median = 0;
  std::int64_t p99 = 0;
  std::int64_t mad = 0;
};

// All zero for no values.
Distribution distribution_of(std::vector<std::int64_t> values);

std::int64_t median_of(std::vector<std::int64_t> values);

// Reorders the values. REQUIRES: not empty, 0 < percent <= 100.
std::int64_t percentile(std::span<std::int64_t> values, unsigned percent);

}  // namespace tbprof::analyzer::profile
