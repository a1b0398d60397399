// Least and greatest value of a counter over blocks of 64, 1024, 16384 … samples, so that a pixel
// that covers a million samples is answered from a handful of nodes. Costs half a byte a sample.
//
// Values that are not finite have no place between least and greatest: they are counted apart.
// Built once; immutable afterwards: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace tbprof::analyzer::timeline {

// What a stretch of samples holds.
struct CounterSums {
  // Of the finite values; NaN if there are none.
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
  std::uint32_t odd_count = 0;  // values that are NaN or infinite
  std::uint32_t first_odd = 0;  // index of the first of them

  void add(double value, std::size_t index);
  // Of samples that come later.
  void add(const CounterSums& sums);
};

class CounterPyramid {
 public:
  static constexpr std::size_t kBlockSamples = 16;
  static constexpr std::size_t kFanout = 16;

  CounterPyramid() = default;
  explicit CounterPyramid(std::span<const double> values);

  // Of the samples [begin, end) of the values that it was built from.
  CounterSums over(std::span<const double> values, std::size_t begin, std::size_t end) const;
  std::size_t memory_bytes() const;

 private:
  struct Level {
    std::size_t samples_per_node = 0;
    std::vector<CounterSums> nodes;  // full nodes only
  };
  std::vector<Level> levels_;
};

}  // namespace tbprof::analyzer::timeline
