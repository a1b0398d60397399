// From CUPTI's clock, which is CLOCK_REALTIME on Linux and so may be set while the program runs, to
// the trace's CLOCK_MONOTONIC. Between two pairs of readings time is interpolated, outside them the
// nearest pair's offset holds. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tbprof::cuda {

struct CuptiClockPair {
  std::int64_t monotonic_ns = 0;
  std::int64_t cupti_ns = 0;
};

class CuptiClock {
 public:
  // The pairs must come by rising monotonic time; the oldest are forgotten.
  void add(const CuptiClockPair& pair);
  // REQUIRES: a pair was added.
  std::int64_t to_monotonic_ns(std::int64_t cupti_ns) const;
  bool empty() const { return count_ == 0; }

 private:
  // At one pair a second, more than any buffer stays on its way.
  static constexpr std::size_t kMostPairs = 128;
  const CuptiClockPair& pair(std::size_t age) const;  // 0: the newest

  CuptiClockPair pairs_[kMostPairs];
  std::size_t count_ = 0;
  std::size_t next_ = 0;
};

}  // namespace tbprof::cuda
