#include "cuda/cupti_clock.h"

#include <algorithm>
#include <cstdlib>

namespace tbprof::cuda {

namespace {

// A clock that runs freely drifts less than this against another; one that was set jumps.
constexpr std::int64_t kMostDriftPerSecondNs = 1'000'000;

std::int64_t by_offset(const CuptiClockPair& pair, std::int64_t cupti_ns) {
  return pair.monotonic_ns + (cupti_ns - pair.cupti_ns);
}

}  // namespace

void CuptiClock::add(const CuptiClockPair& pair) {
  pairs_[next_] = pair;
  next_ = (next_ + 1) % kMostPairs;
  count_ = std::min(count_ + 1, kMostPairs);
}

const CuptiClockPair& CuptiClock::pair(std::size_t age) const {
  return pairs_[(next_ + kMostPairs - 1 - age) % kMostPairs];
}

std::int64_t CuptiClock::to_monotonic_ns(std::int64_t cupti_ns) const {
  if (cupti_ns >= pair(0).cupti_ns) return by_offset(pair(0), cupti_ns);
  for (std::size_t age = 1; age < count_; ++age) {
    const CuptiClockPair& before = pair(age);
    if (before.cupti_ns > cupti_ns) continue;
    const CuptiClockPair& after = pair(age - 1);
    const std::int64_t monotonic_between_ns = after.monotonic_ns - before.monotonic_ns;
    const std::int64_t cupti_between_ns = after.cupti_ns - before.cupti_ns;
    const std::int64_t drift_ns = std::abs(cupti_between_ns - monotonic_between_ns);
    if (drift_ns > kMostDriftPerSecondNs * (1 + monotonic_between_ns / 1'000'000'000)) {
      const bool before_the_jump = cupti_ns - before.cupti_ns <= monotonic_between_ns;
      return by_offset(before_the_jump ? before : after, cupti_ns);
    }
    const auto part =
        static_cast<double>(cupti_ns - before.cupti_ns) / static_cast<double>(cupti_between_ns);
    return before.monotonic_ns +
           static_cast<std::int64_t>(part * static_cast<double>(monotonic_between_ns) + 0.5);
  }
  return by_offset(pair(count_ - 1), cupti_ns);
}

}  // namespace tbprof::cuda
