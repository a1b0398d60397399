#include "analyzer/profile/distribution.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace tbprof::analyzer::profile {

std::int64_t percentile(std::span<std::int64_t> values, unsigned percent) {
  const std::size_t rank = (values.size() * percent + 99) / 100;
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

std::int64_t median_of(std::vector<std::int64_t> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}

Distribution distribution_of(std::vector<std::int64_t> values) {
  Distribution result;
  if (values.empty()) return result;
  result.count = values.size();
  result.total = std::accumulate(values.begin(), values.end(), std::int64_t{0});
  result.mean = static_cast<double>(result.total) / static_cast<double>(result.count);
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  result.min = *min;
  result.max = *max;
  result.p99 = percentile(values, 99);
  result.median = median_of(values);
  for (std::int64_t& value : values) value = std::abs(value - result.median);
  result.mad = median_of(std::move(values));
  return result;
}

}  // namespace tbprof::analyzer::profile
