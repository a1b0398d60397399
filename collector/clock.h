// The clock of the hot path: the processor's time stamp counter where the kernel itself trusts it,
// else CLOCK_MONOTONIC; and the line that brings its ticks onto CLOCK_MONOTONIC.
// now_ticks(): any thread. TickClock: the writer thread.
#pragma once

#include <time.h>

#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace tbprof::collector {

// Set by choose_clock() before the first event, read-only afterwards.
extern bool g_ticks_are_tsc;

// Takes the time stamp counter if it is invariant and the kernel's own clock source.
void choose_clock();

inline std::int64_t clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}
inline std::int64_t monotonic_ns() { return clock_ns(CLOCK_MONOTONIC); }

inline std::uint64_t now_ticks() {
#if defined(__x86_64__)
  if (g_ticks_are_tsc) return __rdtsc();
#endif
  return static_cast<std::uint64_t>(monotonic_ns());
}

// Both clocks at one moment.
struct ClockReading {
  std::uint64_t ticks = 0;
  std::int64_t ns = 0;
};
ClockReading read_both_clocks();

// Ticks -> nanoseconds: a continuous line, bent a little at each update towards where
// CLOCK_MONOTONIC is, so that converted times never jump. (A suspended or moved virtual machine is
// the exception: from a millisecond of error on, the line starts anew.)
class TickClock {
 public:
  void start(ClockReading first);
  // Returns the reading that it took.
  ClockReading update();

  std::int64_t to_ns(std::uint64_t ticks) const {
    const auto elapsed = static_cast<std::int64_t>(ticks - origin_.ticks);
    return origin_.ns +
           static_cast<std::int64_t>((static_cast<__int128>(elapsed) * rate_fixed_) >> kRateShift);
  }
  // An event keeps the lower 56 bits of its ticks; the rest follows from the recording's start.
  std::uint64_t widen(std::uint64_t ticks56) const {
    return first_.ticks + ((ticks56 - first_.ticks) & ((std::uint64_t{1} << 56) - 1));
  }

 private:
  static constexpr int kRateShift = 40;
  void set_rate(double ns_per_tick);

  ClockReading first_;
  ClockReading anchor_;  // where the slope is measured from, 10 to 20 s back
  ClockReading next_anchor_;
  ClockReading origin_;  // where the present line begins
  std::int64_t rate_fixed_ = std::int64_t{1} << kRateShift;
};

}  // namespace tbprof::collector
