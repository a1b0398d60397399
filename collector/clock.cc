#include "collector/clock.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace tbprof::collector {

bool g_ticks_are_tsc = false;

namespace {

constexpr std::int64_t kAnchorAgeNs = 10'000'000'000;
constexpr std::int64_t kMaxErrorNs = 1'000'000;
// An error is made good over this time: longer than the writer's period, so that it cannot swing.
constexpr double kCorrectionNs = 200e6;

#if defined(__x86_64__)
bool tsc_is_invariant() {
  unsigned int a = 0;
  unsigned int b = 0;
  unsigned int c = 0;
  unsigned int d = 0;
  return __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & (1u << 8)) != 0;
}

// The kernel leaves the counter for another source when it finds it unsteady or not in step
// between processors.
bool kernel_trusts_tsc() {
  const int file = open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
                        O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  char name[16] = {};
  const ssize_t size = read(file, name, sizeof name - 1);
  close(file);
  return size >= 4 && memcmp(name, "tsc\n", 4) == 0;
}
#endif

}  // namespace

void choose_clock() {
#if defined(__x86_64__)
  g_ticks_are_tsc = tsc_is_invariant() && kernel_trusts_tsc();
#endif
}

ClockReading read_both_clocks() {
  if (!g_ticks_are_tsc) {
    const std::int64_t ns = monotonic_ns();
    return {static_cast<std::uint64_t>(ns), ns};
  }
  ClockReading best;
  std::uint64_t best_width = UINT64_MAX;
  for (int attempt = 0; attempt < 5; ++attempt) {
    const std::uint64_t before = now_ticks();
    const std::int64_t ns = monotonic_ns();
    const std::uint64_t after = now_ticks();
    if (after - before < best_width) {
      best_width = after - before;
      best = {before + best_width / 2, ns};
    }
  }
  return best;
}

void TickClock::set_rate(double ns_per_tick) {
  rate_fixed_ =
      static_cast<std::int64_t>(ns_per_tick * static_cast<double>(std::int64_t{1} << kRateShift));
}

void TickClock::start(ClockReading first) {
  first_ = anchor_ = next_anchor_ = origin_ = first;
  set_rate(1.0);
}

ClockReading TickClock::update() {
  const ClockReading now = read_both_clocks();
  if (!g_ticks_are_tsc || now.ticks <= anchor_.ticks || now.ns <= anchor_.ns) return now;
  const double slope =
      static_cast<double>(now.ns - anchor_.ns) / static_cast<double>(now.ticks - anchor_.ticks);
  if (origin_.ticks == first_.ticks) {
    set_rate(slope);
    // The line still begins at the start; from now on it is bent at each update.
    origin_ = now;
    return now;
  }
  const std::int64_t predicted_ns = to_ns(now.ticks);
  const std::int64_t error_ns = now.ns - predicted_ns;
  if (error_ns > kMaxErrorNs || error_ns < -kMaxErrorNs) {
    origin_ = anchor_ = next_anchor_ = now;
    set_rate(slope);
    return now;
  }
  origin_ = {now.ticks, predicted_ns};
  set_rate(slope * (1.0 + static_cast<double>(error_ns) / kCorrectionNs));
  if (now.ns - next_anchor_.ns > kAnchorAgeNs) {
    anchor_ = next_anchor_;
    next_anchor_ = now;
  }
  return now;
}

}  // namespace tbprof::collector
