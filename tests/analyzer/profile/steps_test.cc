#include "analyzer/profile/steps.h"

#include <gtest/gtest.h>

#include "tests/analyzer/small_trace.h"

namespace tbprof::analyzer::profile {
namespace {

using tests::Category;
using tests::SmallTrace;

TEST(Steps, StatisticsAreOfCompleteSteps) {
  SmallTrace small;
  const auto main = small.thread("main");
  small.step(main, 1, 0, 100);
  small.step(main, 2, 110, 220);
  small.step(main, 3, 220, 340);
  small.step(main, 4, 340, 345, false);
  const StepTable table = step_table(*small.seal());
  ASSERT_EQ(table.steps.size(), 4u);
  EXPECT_EQ(table.duration.count, 3u);
  EXPECT_EQ(table.duration.median, 110);
  EXPECT_EQ(table.duration.min, 100);
  EXPECT_EQ(table.duration.max, 120);
  EXPECT_EQ(table.between_ns, 10);
  EXPECT_FALSE(table.steps[3].complete);
  EXPECT_FALSE(table.includes_device_work);
}

TEST(Steps, SlowIsBeyondTheSpreadAndATenthOfTheMedian) {
  SmallTrace small;
  const auto main = small.thread("main");
  std::int64_t now = 0;
  // Median 1000, MAD 0: the limit is 1100.
  for (const std::int64_t duration : {1000, 1000, 1100, 1000, 1101, 1000, 1000, 5000}) {
    small.step(main, now, now, now + duration);
    now += duration;
  }
  const StepTable table = step_table(*small.seal());
  EXPECT_EQ(table.slow_above_ns, 1100);
  ASSERT_EQ(table.slow.size(), 2u);
  EXPECT_EQ(table.slow[0].step, 7u);
  EXPECT_EQ(table.slow[0].excess_ns, 4000);
  EXPECT_EQ(table.slow[1].step, 4u);
  EXPECT_EQ(table.slow[1].excess_ns, 101);
}

TEST(Steps, NoisyStepsAreNotSlow) {
  SmallTrace small;
  const auto main = small.thread("main");
  std::int64_t now = 0;
  for (const std::int64_t duration : {800, 1200, 900, 1300, 1000, 1100, 700, 1400}) {
    small.step(main, now, now, now + duration);
    now += duration;
  }
  EXPECT_TRUE(step_table(*small.seal()).slow.empty());
}

TEST(Steps, RepeatedAndFallingNumbersAreStepsOfTheirOwn) {
  SmallTrace small;
  const auto main = small.thread("main");
  small.step(main, 2, 0, 10);
  small.step(main, 1, 20, 30);
  small.step(main, 2, 40, 50);
  const StepTable table = step_table(*small.seal());
  ASSERT_EQ(table.steps.size(), 3u);
  EXPECT_EQ(table.steps[0].number, 2);
  EXPECT_EQ(table.steps[1].number, 1);
  EXPECT_EQ(table.steps[2].start_ns, 40);
  EXPECT_EQ(table.duration.count, 3u);
}

TEST(Steps, NoStepRunsBetweenThem) {
  SmallTrace small;
  const auto main = small.thread("main");
  small.step(main, 1, 0, 100);
  const auto other = small.thread("other", 2);
  small.step(other, 1, 10, 20);
  small.step(other, 2, 150, 160);
  EXPECT_EQ(step_table(*small.seal()).between_ns, 50);
}

TEST(Steps, NoneGiveAnEmptyTable) {
  SmallTrace small;
  small.slice(small.thread("main"), "work", Category::other, 0, 10);
  const StepTable table = step_table(*small.seal());
  EXPECT_TRUE(table.steps.empty());
  EXPECT_TRUE(table.slow.empty());
  EXPECT_EQ(table.duration.count, 0u);
}

// One launch and the kernel that it starts.
void launch(SmallTrace& small, trace::TrackId main, trace::TrackId stream, std::uint64_t id,
            std::int64_t at_ns, std::int64_t kernel_start_ns, std::int64_t kernel_end_ns) {
  const auto call = small.slice(main, "cudaLaunchKernel", Category::runtime_api, at_ns, at_ns + 2);
  const auto kernel = small.slice(stream, "gemm", Category::kernel, kernel_start_ns, kernel_end_ns);
  small.builder().set_correlation(call, id);
  small.builder().set_correlation(kernel, id);
}

TEST(Steps, LastUntilTheirDeviceWorkHasEnded) {
  SmallTrace small;
  const auto main = small.thread("main");
  const auto stream = small.stream(0, 7);
  small.step(main, 1, 0, 100);
  launch(small, main, stream, 1, 10, 20, 130);
  small.step(main, 2, 100, 200);
  launch(small, main, stream, 2, 110, 130, 190);
  const StepTable table = step_table(*small.seal());
  ASSERT_EQ(table.steps.size(), 2u);
  EXPECT_TRUE(table.includes_device_work);
  EXPECT_EQ(table.steps[0].duration_ns, 130);
  EXPECT_EQ(table.steps[0].marked_duration_ns, 100);
  EXPECT_EQ(table.steps[1].start_ns, 130);  // begins when the step before has ended
  EXPECT_EQ(table.steps[1].end_ns(), 200);  // its own work ends before its mark
}

TEST(Steps, TheFirstBeginsWhenLeftOverWorkIsDone) {
  SmallTrace small;
  const auto main = small.thread("main");
  const auto stream = small.stream(0, 7);
  small.slice(stream, "left over", Category::kernel, 0, 30);
  small.step(main, 1, 10, 100);
  launch(small, main, stream, 1, 12, 40, 90);
  const StepTable table = step_table(*small.seal());
  EXPECT_EQ(table.steps[0].start_ns, 30);
  EXPECT_EQ(table.steps[0].duration_ns, 70);
}

TEST(Steps, TrailingStepsWithoutDeviceWorkAreNotComplete) {
  SmallTrace small;
  const auto main = small.thread("main");
  const auto stream = small.stream(0, 7);
  small.step(main, 1, 0, 100);
  launch(small, main, stream, 1, 10, 20, 90);
  small.step(main, 2, 100, 200);
  launch(small, main, stream, 2, 110, 120, 190);
  small.step(main, 3, 200, 300);
  const StepTable table = step_table(*small.seal());
  EXPECT_EQ(table.duration.count, 2u);
  EXPECT_FALSE(table.steps[2].complete);
}

TEST(Steps, OneStepThatLaunchedDoesNotMakeTheOthersIncomplete) {
  SmallTrace small;
  const auto main = small.thread("main");
  const auto stream = small.stream(0, 7);
  small.step(main, 1, 0, 100);
  launch(small, main, stream, 1, 10, 20, 90);
  for (std::int64_t i = 1; i < 5; ++i) small.step(main, 1 + i, i * 100, i * 100 + 100);
  EXPECT_EQ(step_table(*small.seal()).duration.count, 5u);
}

TEST(Steps, ALaunchAcrossTheEndBelongsToNoStep) {
  SmallTrace small;
  const auto main = small.thread("main");
  const auto stream = small.stream(0, 7);
  small.step(main, 1, 0, 100);
  launch(small, main, stream, 1, 10, 20, 90);
  launch(small, main, stream, 2, 99, 110, 500);  // the call lasts until 101
  EXPECT_EQ(step_table(*small.seal()).steps[0].end_ns(), 100);
}

}  // namespace
}  // namespace tbprof::analyzer::profile
