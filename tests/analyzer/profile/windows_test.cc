// Traces that were recorded in windows: what lies between is neither idle nor a step, and it is
// said which steps were recorded.
#include <gtest/gtest.h>

#include "analyzer/profile/device_busy.h"
#include "analyzer/profile/ranges.h"
#include "analyzer/profile/steps.h"
#include "analyzer/report/window_words.h"
#include "analyzer/report/words.h"
#include "tests/analyzer/small_trace.h"

namespace tbprof::analyzer::profile {
namespace {

using proto::WindowCause;
using tests::Category;
using tests::SmallTrace;

trace::RecordingWindows windows(std::vector<trace::RecordingWindow> list,
                                std::vector<trace::NotedStep> noted = {}) {
  trace::RecordingWindows result;
  result.is_windowed = true;
  result.windows = std::move(list);
  result.noted_steps = std::move(noted);
  return result;
}

TEST(Windows, TimeBetweenThemIsNotIdle) {
  SmallTrace small;
  const auto stream = small.stream(0, 7);
  small.slice(stream, "gemm", Category::kernel, 100, 150);
  small.slice(stream, "gemm", Category::kernel, 170, 200);
  small.slice(stream, "warm up", Category::kernel, 5000, 5050);  // before the second window
  small.slice(stream, "gemm", Category::kernel, 9000, 9100);
  small.builder().set_windows(
      windows({{8990, 9200, WindowCause::steps, ""}, {90, 210, WindowCause::steps, ""}}));
  const auto devices = device_busy(*small.seal());
  ASSERT_EQ(devices.size(), 1u);
  EXPECT_EQ(devices[0].work_count, 3u);
  EXPECT_EQ(devices[0].busy_ns, 180);
  EXPECT_EQ(devices[0].idle_ns, 20);
  EXPECT_EQ(devices[0].span_ns, 200);
}

TEST(Windows, WorkBelongsToTheWindowInWhichItWasLaunched) {
  SmallTrace small;
  const auto main = small.thread("main");
  const auto stream = small.stream(0, 7);
  const auto call = small.slice(main, "cudaLaunchKernel", Category::runtime_api, 195, 199);
  const auto kernel = small.slice(stream, "gemm", Category::kernel, 220, 300);  // runs behind
  small.builder().set_correlation(call, 1);
  small.builder().set_correlation(kernel, 1);
  small.builder().set_windows(windows({{100, 200, WindowCause::steps, ""}}));
  const auto devices = device_busy(*small.seal());
  ASSERT_EQ(devices.size(), 1u);
  EXPECT_EQ(devices[0].busy_ns, 80);
}

TEST(Windows, BetweenStepsCountsInsideOnly) {
  SmallTrace small;
  const auto main = small.thread("main");
  for (const std::int64_t start_ns : {100, 220, 9000}) {
    small.builder().add_step(
        {.number = start_ns, .start_ns = start_ns, .duration_ns = 100, .track = main});
  }
  small.builder().set_windows(
      windows({{100, 320, WindowCause::steps, ""}, {9000, 9100, WindowCause::steps, ""}}));
  EXPECT_EQ(step_table(*small.seal()).between_ns, 20);
}

TEST(Windows, AStepThatReachesOutIsNotComplete) {
  SmallTrace small;
  const auto main = small.thread("main");
  small.builder().add_step({.number = 1, .start_ns = 100, .duration_ns = 100, .track = main});
  small.builder().add_step({.number = 2, .start_ns = 200, .duration_ns = 100, .track = main});
  small.builder().set_windows(windows({{90, 250, WindowCause::time, ""}}));
  const auto trace = small.seal();
  EXPECT_TRUE(trace->steps()[0].complete);
  EXPECT_FALSE(trace->steps()[1].complete);
}

std::string words(trace::RecordingWindows recorded, std::vector<std::int64_t> steps) {
  SmallTrace small;
  const auto main = small.thread("main");
  for (const std::int64_t number : steps) {
    small.builder().add_step(
        {.number = number, .start_ns = 100 * number, .duration_ns = 100, .track = main});
  }
  if (recorded.is_windowed) small.builder().set_windows(std::move(recorded));
  return report::with_plain_spaces(report::recorded_words(*small.seal()));
}

TEST(Windows, WhatWasRecordedIsSaid) {
  const std::vector<trace::NotedStep> two = {{1, 100, 100}, {9, 900, 100}};
  EXPECT_EQ(words({}, {1, 2}), "");
  EXPECT_EQ(words(windows({{200, 500, WindowCause::steps, ""}}, two), {2, 3, 4}), "steps 2-4 of 5");
  EXPECT_EQ(words(windows({{200, 500, WindowCause::schedule, ""}}, two), {2, 4}),
            "steps 2, 4 of 4");
  EXPECT_EQ(words(windows({{200, 500, WindowCause::steps, ""}}, two), {3}), "step 3 of 3");
  EXPECT_EQ(words(windows({}, two), {}), "nothing: no window was opened in 2 steps");
  EXPECT_EQ(words(windows({}), {}), "nothing: no window was opened");
  EXPECT_EQ(words(windows({{0, 2'000'000, WindowCause::capture, "x"}}, two), {}),
            "1 window of 2.00 ms, with none of 2 steps");
  EXPECT_EQ(words(windows({{0, 1'000'000, WindowCause::time, ""},
                           {5'000'000, 6'000'000, WindowCause::time, ""}}),
                  {}),
            "2 windows of 2.00 ms together");
}

TEST(Windows, NumbersOfStepsMayBeAny) {
  SmallTrace small;
  const auto main = small.thread("main");
  small.builder().add_step({.number = INT64_MAX, .start_ns = 100, .duration_ns = 9, .track = main});
  small.builder().add_step({.number = INT64_MIN, .start_ns = 200, .duration_ns = 9, .track = main});
  small.builder().set_windows(windows({{0, 500, WindowCause::steps, ""}}));
  EXPECT_EQ(report::with_plain_spaces(report::recorded_words(*small.seal())),
            "steps 9223372036854775807, -9223372036854775808 of 2");
}

TEST(Windows, SharesOfRangesAreOfTheTimeRecorded) {
  SmallTrace small;
  small.slice(small.thread("main"), "x", Category::other, 0, 1000);
  EXPECT_EQ(range_table(*small.seal()).span_ns, 1000);
  SmallTrace some;
  some.slice(some.thread("main"), "x", Category::other, 0, 1000);
  some.builder().set_windows(
      windows({{100, 150, WindowCause::time, ""}, {700, 900, WindowCause::time, ""}}));
  EXPECT_EQ(range_table(*some.seal()).span_ns, 250);
  SmallTrace damaged;
  damaged.slice(damaged.thread("main"), "x", Category::other, 0, 1000);
  const trace::RecordingWindow endless{-INT64_MAX, INT64_MAX, WindowCause::time, ""};
  damaged.builder().set_windows(windows({endless, endless, endless}));
  EXPECT_EQ(range_table(*damaged.seal()).span_ns, INT64_MAX);
}

TEST(Windows, AreListedForPrograms) {
  SmallTrace small;
  small.slice(small.thread("main"), "x", Category::other, 100, 200);
  small.builder().set_windows(windows({{150, 180, WindowCause::capture, "look"}}));
  const auto json = report::windows_json(*small.seal());
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["cause"], "capture");
  EXPECT_EQ(json[0]["label"], "look");
  EXPECT_EQ(json[0]["end_ns"].get<std::int64_t>() - json[0]["start_ns"].get<std::int64_t>(), 30);
  EXPECT_TRUE(report::windows_json(*SmallTrace().seal()).is_null());
}

}  // namespace
}  // namespace tbprof::analyzer::profile
