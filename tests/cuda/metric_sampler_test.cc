// Hardware metrics as they reach the trace, with the stand-in for libcupti: a program with one GPU
// or two, with and without permission, under an old library, with a buffer that overflows.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/cuda/standin_run.h"

namespace tbprof::cuda {
namespace {

constexpr char kTwo[] =
    "TBPROF_METRICS=sm__cycles_active.avg.pct_of_peak_sustained_elapsed,"
    "dram__bytes_read.sum.per_second";
constexpr char kFirst[] = "GPU 0 sm__cycles_active.avg.pct_of_peak_sustained_elapsed %";
constexpr char kSecond[] = "GPU 0 dram__bytes_read.sum.per_second bytes/s";

const trace::Counter* counter_named(const trace::Trace& trace, std::string_view name) {
  for (const trace::Counter& counter : trace.counters()) {
    if (counter.name == name) return &counter;
  }
  return nullptr;
}

std::size_t gpu_metrics_of(const trace::Trace& trace) {
  return static_cast<std::size_t>(std::count_if(
      trace.counters().begin(), trace.counters().end(),
      [](const auto& counter) { return counter.name.find("__") != std::string::npos; }));
}

Recorded sample(const std::string& scenario, const std::string& standin,
                std::vector<std::string> others = {kTwo}) {
  return record(scenario, 5, {.standin = standin, .others = std::move(others)});
}

TEST(Metrics, AreCountersOfTheirDeviceWithTheirUnitEachInterval) {
  const Recorded recorded = sample("half_a_second", "");
  EXPECT_EQ(recorded.outcome.err, "");
  ASSERT_NE(recorded.trace, nullptr);
  const trace::Counter* first = counter_named(*recorded.trace, kFirst);
  const trace::Counter* second = counter_named(*recorded.trace, kSecond);
  ASSERT_NE(first, nullptr);
  ASSERT_NE(second, nullptr);
  // A thousand a second, from when the first work made a context until the program ended.
  EXPECT_GE(first->value.size(), 350u);
  ASSERT_EQ(first->value.size(), second->value.size());
  for (std::size_t i = 0; i < first->value.size(); ++i) {
    ASSERT_EQ(first->value[i], static_cast<double>(i % 100)) << "sample " << i;
    ASSERT_EQ(second->value[i], 100.0 + static_cast<double>(i % 100));
    if (i > 0) {
      ASSERT_NEAR(static_cast<double>(first->time_ns[i] - first->time_ns[i - 1]), 1e6, 1e5);
    }
  }
  EXPECT_EQ(recorded.captures[0].lost(proto::LossKind::metric_sample), 0u);
  EXPECT_EQ(recorded.trace->property("gpu0.metrics_interval_ns"), "1000000");
  // Kernels are recorded beside them.
  expect_every_kernel(recorded);
}

TEST(Metrics, TheIntervalIsChosen) {
  const Recorded recorded = sample("half_a_second", "", {kTwo, "TBPROF_METRICS_INTERVAL_US=10000"});
  ASSERT_NE(recorded.trace, nullptr);
  const trace::Counter* first = counter_named(*recorded.trace, kFirst);
  ASSERT_NE(first, nullptr);
  EXPECT_GE(first->value.size(), 30u);
  EXPECT_LE(first->value.size(), 200u);
}

TEST(Metrics, TheDefaultSetHasTitlesThatAreRead) {
  const Recorded recorded = sample("half_a_second", "", {"TBPROF_METRICS=default"});
  ASSERT_NE(recorded.trace, nullptr);
  EXPECT_NE(counter_named(*recorded.trace, "GPU 0 SMs active %"), nullptr);
  EXPECT_NE(counter_named(*recorded.trace, "GPU 0 DRAM read bytes/s"), nullptr);
}

TEST(Metrics, EachDeviceOfTheProgramHasItsOwn) {
  const Recorded recorded = sample("late_context_half_a_second", "");
  ASSERT_NE(recorded.trace, nullptr);
  const trace::Counter* other =
      counter_named(*recorded.trace, "GPU 1 sm__cycles_active.avg.pct_of_peak_sustained_elapsed %");
  ASSERT_NE(other, nullptr);
  EXPECT_GE(other->value.size(), 350u);
  EXPECT_EQ(other->value[0], 1000.0);
  EXPECT_NE(counter_named(*recorded.trace, kFirst), nullptr);
}

TEST(Metrics, AnOverflowOfTheHardwareIsCountedAndSamplingGoesOn) {
  const Recorded recorded = sample("half_a_second", "metrics_overflow");
  EXPECT_EQ(recorded.outcome.err, "");
  ASSERT_NE(recorded.trace, nullptr);
  const trace::Counter* first = counter_named(*recorded.trace, kFirst);
  ASSERT_NE(first, nullptr);
  EXPECT_GE(first->value.size(), 200u);
  const std::uint64_t lost = recorded.captures[0].lost(proto::LossKind::metric_sample);
  EXPECT_GE(lost, 30u);
  EXPECT_LE(lost, 500u);
}

TEST(Metrics, AValueThatIsNoneIsCountedAndNotShown) {
  const Recorded recorded = sample("half_a_second", "metrics_nan");
  ASSERT_NE(recorded.trace, nullptr);
  const std::size_t all = counter_named(*recorded.trace, kFirst)->value.size();
  const std::size_t shown = counter_named(*recorded.trace, kSecond)->value.size();
  EXPECT_EQ(all - shown, (all + 9) / 10);
  EXPECT_EQ(recorded.captures[0].lost(proto::LossKind::metric_sample), all - shown);
}

TEST(Metrics, AChipWithoutAnIntervalOfTimeIsSampledByItsClock) {
  const Recorded recorded = sample("half_a_second", "metrics_a100");
  EXPECT_EQ(recorded.outcome.err, "");
  ASSERT_NE(recorded.trace, nullptr);
  EXPECT_NE(counter_named(*recorded.trace, kFirst), nullptr);
}

struct Refusal {
  const char* name;
  const char* standin;
  const char* metrics;
  const char* said;
};
void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, OneLineSaysWhyAndAllElseIsRecorded) {
  const Refusal& refusal = GetParam();
  const Recorded recorded = sample("half_a_second", refusal.standin, {refusal.metrics});
  EXPECT_TRUE(recorded.outcome.exited_with(0));
  const std::string& err = recorded.outcome.err;
  EXPECT_NE(err.find(refusal.said), std::string::npos) << err;
  EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
  ASSERT_NE(recorded.trace, nullptr);
  EXPECT_EQ(gpu_metrics_of(*recorded.trace), 0u);
  EXPECT_NE(recorded.trace->property("cuda.metrics_not_sampled").find(refusal.said),
            std::string::npos);
  expect_every_kernel(recorded);
}

INSTANTIATE_TEST_SUITE_P(
    Metrics, Refused,
    testing::Values(Refusal{"no_permission", "metrics_refused", kTwo,
                            "NVreg_RestrictProfilingToAdminUsers=0"},
                    Refusal{"held_by_another", "metrics_busy", kTwo, "dcgmi profile --pause"},
                    Refusal{"unsupported", "metrics_unsupported", kTwo, "a part by MIG"},
                    Refusal{"no_memory", "metrics_no_memory", kTwo, "no 64 MiB left"},
                    Refusal{"odd", "metrics_odd", kTwo, "CUPTI_ERROR_OF_THE_STANDIN"},
                    Refusal{"several_passes", "metrics_passes", kTwo, "need 3 runs"},
                    Refusal{"unknown_name", "", "TBPROF_METRICS=nosuch__metric.sum",
                            "no metric of the name nosuch__metric.sum"},
                    Refusal{"no_list", "", "TBPROF_METRICS=one two", "divided by commas"}),
    [](const auto& one) { return one.param.name; });

TEST(Metrics, ALibraryFromBeforeSamplingSaysSo) {
  const Recorded recorded =
      record("plain", 5, {.folder = TBPROF_STANDIN_FOLDER "/old", .others = {kTwo}});
  const std::string& err = recorded.outcome.err;
  EXPECT_NE(err.find("from CUDA 12.6 on"), std::string::npos) << err;
  EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
  expect_every_kernel(recorded);
}

TEST(Metrics, QuietIsQuiet) {
  const Recorded recorded = sample("half_a_second", "metrics_refused", {kTwo, "TBPROF_QUIET=1"});
  EXPECT_EQ(recorded.outcome.err, "");
  EXPECT_NE(recorded.trace->property("cuda.metrics_not_sampled"), "");
}

}  // namespace
}  // namespace tbprof::cuda
