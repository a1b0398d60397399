// Windows as CUPTI meets them, with the stand-in: what is asked of it in the chosen steps and
// between them, that the kernels of those steps are in the trace and no others, and how CUPTI
// leaves the program after the last of them where that is asked for.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/cuda/standin_run.h"

namespace tbprof::cuda {
namespace {

// Device, context and stream records, of which a program makes a handful.
constexpr long kKindsBetween = 3;

Recorded record_steps(const std::string& schedule, const std::string& scenario = "steps",
                      std::vector<std::string> others = {}) {
  others.push_back("TBPROF_SCHEDULE=" + schedule);
  return record(scenario, 40, {.others = std::move(others)});
}

long kinds_in(const Recorded& recorded, int step) {
  return recorded.printed.sums.at("kinds_in_step_" + std::to_string(step));
}

std::string steps_with_kernels(const Recorded& recorded) {
  std::string steps;
  for (int step = 1; step <= 8; ++step) {
    const auto found = slices_named(*recorded.trace, "step" + std::to_string(step) + "()").size();
    if (found > 0) steps += std::to_string(step) + (found == 40 ? " " : " in part ");
  }
  return steps;
}

TEST(RecordedWindows, OnlyTheChosenStepsKernelsAreThereAndAllOfThem) {
  const Recorded recorded = record_steps("steps=3-4,7;warmup=0");
  EXPECT_EQ(recorded.outcome.err, "");
  ASSERT_NE(recorded.trace, nullptr);
  EXPECT_EQ(steps_with_kernels(recorded), "3 4 7 ");
  EXPECT_TRUE(recorded.captures[0].losses.empty());
}

// Their work is in the file, and sums leave it out, which know the windows.
TEST(RecordedWindows, AStepOfWarmUpIsThereBesides) {
  const Recorded recorded = record_steps("steps=3-4,7");
  ASSERT_NE(recorded.trace, nullptr);
  EXPECT_EQ(steps_with_kernels(recorded), "2 3 4 6 7 ");
  ASSERT_EQ(recorded.trace->windows().windows.size(), 2u);
}

TEST(RecordedWindows, BetweenThemKindsAreDisabledAndAStepBeforeTheyAreEnabled) {
  const Recorded recorded = record_steps("steps=3-4,7");
  EXPECT_EQ(kinds_in(recorded, 1), kKindsBetween);
  EXPECT_GT(kinds_in(recorded, 2), kKindsBetween);  // warm-up
  EXPECT_GT(kinds_in(recorded, 4), kKindsBetween);
  EXPECT_EQ(kinds_in(recorded, 5), kKindsBetween);
  EXPECT_GT(kinds_in(recorded, 6), kKindsBetween);
  EXPECT_EQ(kinds_in(recorded, 8), kKindsBetween);
}

TEST(RecordedWindows, MetricsAreSampledInThemOnly) {
  const Recorded recorded = record_steps("steps=4;warmup=0", "steps", {"TBPROF_METRICS=default"});
  EXPECT_EQ(recorded.outcome.err, "");
  ASSERT_NE(recorded.trace, nullptr);
  std::size_t samples = 0;
  for (const trace::Counter& counter : recorded.trace->counters()) {
    if (counter.name == "GPU 0 SMs active %") samples = counter.value.size();
  }
  // A step takes some 70 ms; a busy machine takes longer.
  EXPECT_GE(samples, 40u);
  EXPECT_LE(samples, 400u);
}

TEST(RecordedWindows, AfterTheLastCuptiLeavesWhereItIsAskedTo) {
  const Recorded recorded =
      record_steps("steps=3-4;warmup=0", "steps_and_more", {"TBPROF_FINALIZE=1"});
  EXPECT_TRUE(recorded.outcome.exited_with(0));
  EXPECT_EQ(recorded.outcome.err, "");
  EXPECT_EQ(recorded.printed.sums.at("is_finalized"), 1);
  ASSERT_NE(recorded.trace, nullptr);
  EXPECT_EQ(steps_with_kernels(recorded), "3 4 ");
  EXPECT_EQ(recorded.trace->property("cuda.finalize_result"), "0");
  EXPECT_TRUE(recorded.captures[0].losses.empty());
}

TEST(RecordedWindows, ItStaysWhereMoreWindowsMayComeOrNobodyAskedItToLeave) {
  const Recorded on_demand = record_steps("on-demand", "steps_and_more", {"TBPROF_FINALIZE=1"});
  EXPECT_EQ(on_demand.printed.sums.at("is_finalized"), 0);
  const Recorded not_asked = record_steps("steps=3-4", "steps_and_more");
  EXPECT_EQ(not_asked.printed.sums.at("is_finalized"), 0);
}

TEST(RecordedWindows, MetricsEndBeforeCuptiLeaves) {
  const Recorded recorded =
      record_steps("steps=3-4", "steps_and_more", {"TBPROF_FINALIZE=1", "TBPROF_METRICS=default"});
  EXPECT_TRUE(recorded.outcome.exited_with(0));
  EXPECT_EQ(recorded.printed.sums.at("is_finalized"), 1);
}

// In 16 MiB there is room for 523,744 times: at nine tenths of it recording ends by itself, of
// 600,000 kernels.
TEST(RecordedWindows, GraphsByNodeStopBeforeTheBudgetIsUsedUp) {
  const Recorded recorded =
      record("many_nodes", 10, {.others = {"TBPROF_GRAPH_NODES=1", "TBPROF_GPU_MEMORY_MB=16"}});
  EXPECT_TRUE(recorded.outcome.exited_with(0));
  const std::string& err = recorded.outcome.err;
  EXPECT_NE(err.find("the 16 MiB on the GPU"), std::string::npos) << err;
  EXPECT_NE(err.find("TBPROF_GPU_MEMORY_MB= gives more"), std::string::npos) << err;
  EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
  ASSERT_NE(recorded.trace, nullptr);
  EXPECT_NE(recorded.trace->property("cuda.stopped"), "");
  const std::size_t nodes = slices_named(*recorded.trace, "node()").size();
  EXPECT_GE(nodes, 471'000u);
  // The stand-in's buffers end there, and its times are zero from then on.
  EXPECT_LE(nodes, 523'744u);
  EXPECT_EQ(recorded.captures[0].lost(proto::LossKind::bad_timestamp), 0u);
  // Calls go on being recorded.
  EXPECT_FALSE(slices_named(*recorded.trace, "cudaGraphLaunch").empty());
}

}  // namespace
}  // namespace tbprof::cuda
