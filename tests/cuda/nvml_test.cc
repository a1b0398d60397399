// What NVML says of a GPU while a program is recorded, with a stand-in for it.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/cuda/standin_run.h"

namespace tbprof::cuda {
namespace {

const trace::Counter* counter_named(const trace::Trace& trace, std::string_view name) {
  const auto counters = trace.counters();
  const auto found =
      std::find_if(counters.begin(), counters.end(),
                   [name](const trace::Counter& counter) { return counter.name == name; });
  return found == counters.end() ? nullptr : &*found;
}

TEST(Nvml, ClocksPowerAndMemoryAreCountersAboutTenTimesASecond) {
  const Recorded recorded = record("two_seconds", 5, {.with_nvml = true});
  EXPECT_EQ(recorded.outcome.err, "");
  ASSERT_NE(recorded.trace, nullptr);
  const trace::Trace& trace = *recorded.trace;
  EXPECT_EQ(trace.property("cuda.nvml"), "read");
  EXPECT_EQ(trace.property("gpu0.total_memory_bytes"), "1099511627776");
  const trace::Counter* clock = counter_named(trace, "GPU 0 SM clock MHz");
  ASSERT_NE(clock, nullptr);
  // It begins once the first work is known of, a second after the start at the latest.
  EXPECT_GE(clock->value.size(), 5u);
  EXPECT_LE(clock->value.size(), 25u);
  EXPECT_EQ(clock->value[0], 1980.0);
  EXPECT_EQ(clock->value[1], 1500.0);
  EXPECT_TRUE(std::is_sorted(clock->time_ns.begin(), clock->time_ns.end()));
  EXPECT_NEAR(counter_named(trace, "GPU 0 power W")->value[0], 654.321, 1e-9);
  EXPECT_EQ(counter_named(trace, "GPU 0 free memory bytes")->value[0], 549755813888.0);
  EXPECT_EQ(counter_named(trace, "GPU 0 temperature \302\260C"), nullptr);
}

TEST(Nvml, WhatHoldsTheClocksBackIsAnIntervalByName) {
  const Recorded recorded = record("two_seconds", 5, {.with_nvml = true});
  ASSERT_NE(recorded.trace, nullptr);
  const trace::Trace& trace = *recorded.trace;
  const auto power = slices_named(trace, "Clocks held by the power limit");
  ASSERT_EQ(power.size(), 1u);
  // Three readings in a row, until the first without it.
  EXPECT_GE(trace.slice(power[0]).duration_ns, 200'000'000);
  const auto heat = slices_named(trace, "Clocks slowed by heat (hardware)");
  ASSERT_EQ(heat.size(), 1u) << "one that has not ended ends with the recording";
  EXPECT_EQ(trace.slice(heat[0]).start_ns, trace.slice(power[0]).end_ns());
}

TEST(Nvml, WithoutItOneFactSaysSo) {
  for (const bool is_refused : {false, true}) {
    const Recorded recorded = record(
        "two_seconds", 5, {.standin = is_refused ? "refused_nvml" : "", .with_nvml = is_refused});
    EXPECT_EQ(recorded.outcome.err, "");
    ASSERT_NE(recorded.trace, nullptr);
    EXPECT_EQ(recorded.trace->property("cuda.nvml"), "not there");
    EXPECT_EQ(counter_named(*recorded.trace, "GPU 0 power W"), nullptr);
  }
}

}  // namespace
}  // namespace tbprof::cuda
