#include "analyzer/timeline/counter_pyramid.h"

#include <algorithm>
#include <cmath>

namespace tbprof::analyzer::timeline {

void CounterSums::add(double value, std::size_t index) {
  if (std::isfinite(value)) {
    // Comparisons with NaN are false: the first finite value replaces it.
    if (!(low <= value)) low = value;
    if (!(high >= value)) high = value;
  } else if (odd_count++ == 0) {
    first_odd = static_cast<std::uint32_t>(index);
  }
}

void CounterSums::add(const CounterSums& sums) {
  low = std::fmin(low, sums.low);
  high = std::fmax(high, sums.high);
  if (odd_count == 0) first_odd = sums.first_odd;
  odd_count += sums.odd_count;
}

CounterPyramid::CounterPyramid(std::span<const double> values) {
  if (values.size() < kBlockSamples * 2) return;
  Level base{kBlockSamples, {}};
  base.nodes.resize(values.size() / kBlockSamples);
  for (std::size_t i = 0; i < base.nodes.size() * kBlockSamples; ++i) {
    base.nodes[i / kBlockSamples].add(values[i], i);
  }
  levels_.push_back(std::move(base));
  while (levels_.back().nodes.size() >= kFanout * 2) {
    const Level& below = levels_.back();
    Level level{below.samples_per_node * kFanout, {}};
    level.nodes.resize(below.nodes.size() / kFanout);
    for (std::size_t i = 0; i < level.nodes.size() * kFanout; ++i) {
      level.nodes[i / kFanout].add(below.nodes[i]);
    }
    levels_.push_back(std::move(level));
  }
}

CounterSums CounterPyramid::over(std::span<const double> values, std::size_t begin,
                                 std::size_t end) const {
  CounterSums sums;
  while (begin < end) {
    const Level* chosen = nullptr;
    for (const Level& level : levels_) {
      // Nodes hold powers of two of samples.
      if ((begin & (level.samples_per_node - 1)) != 0) break;
      if (end - begin < level.samples_per_node) break;
      if (begin / level.samples_per_node >= level.nodes.size()) break;
      chosen = &level;
    }
    if (chosen != nullptr) {
      sums.add(chosen->nodes[begin / chosen->samples_per_node]);
      begin += chosen->samples_per_node;
      continue;
    }
    const std::size_t stop = std::min(end, (begin / kBlockSamples + 1) * kBlockSamples);
    for (; begin < stop; ++begin) sums.add(values[begin], begin);
  }
  return sums;
}

std::size_t CounterPyramid::memory_bytes() const {
  std::size_t bytes = 0;
  for (const Level& level : levels_) bytes += level.nodes.size() * sizeof(CounterSums);
  return bytes;
}

}  // namespace tbprof::analyzer::timeline
