// Recording in windows as a user's program meets it: what lies in a window is recorded whole, of
// what lies outside only the steps' times are there, and the trace says which is which.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "collector/environment.h"
#include "tests/collector/capture.h"

namespace tbprof::tests {
namespace {

using proto::WindowCause;

struct PrintedStep {
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
};

struct Recorded {
  Outcome outcome;
  std::vector<Capture> captures;
  std::map<std::int64_t, PrintedStep> steps;
  std::map<std::string, long> sums;
};

Recorded record(const char* schedule, const std::vector<std::string>& arguments) {
  const TemporaryFolder folder;
  std::vector<std::string> command{TBPROF_WINDOW_PROBE};
  command.insert(command.end(), arguments.begin(), arguments.end());
  RunOptions options;
  options.environment = {std::string(collector::kLogdirVariable) + "=" + folder.path(),
                         "TSAN_OPTIONS=die_after_fork=0"};
  if (schedule != nullptr) {
    options.environment.push_back(std::string(collector::kScheduleVariable) + "=" + schedule);
  }
  Recorded recorded;
  recorded.outcome = run_program(command, options);
  recorded.captures = read_captures(folder.path());
  for (const Capture& capture : recorded.captures) EXPECT_EQ(capture.error, "");
  std::istringstream lines(recorded.outcome.out);
  for (std::string kind, what; lines >> kind >> what;) {
    if (kind == "sum") {
      lines >> recorded.sums[what];
    } else {
      PrintedStep& step = recorded.steps[std::stol(what)];
      lines >> step.begin_ns >> step.end_ns;
    }
  }
  return recorded;
}

std::vector<std::int64_t> numbers_of(const auto& steps) {
  std::vector<std::int64_t> numbers;
  for (const auto& step : steps) numbers.push_back(step.number);
  return numbers;
}

std::vector<std::int64_t> from_to(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> numbers;
  for (; first <= last; ++first) numbers.push_back(first);
  return numbers;
}

void expect_inside_windows(const Capture& capture) {
  for (const CapturedSlice& slice : capture.slices) {
    bool is_inside = false;
    for (const auto& [number, window] : capture.windows) {
      is_inside |= slice.start_ns >= window.start_ns && slice.start_ns <= window.end_ns;
    }
    EXPECT_TRUE(is_inside) << slice.name << " at " << slice.start_ns;
  }
}

class StepsByNumber : public testing::TestWithParam<const char*> {};

TEST_P(StepsByNumber, AreRecordedWholeAndOthersAreNoted) {
  const Recorded recorded = record("steps=10-14", {GetParam(), "30"});
  EXPECT_TRUE(recorded.outcome.exited_with(0));
  EXPECT_EQ(recorded.outcome.err, "");
  ASSERT_EQ(recorded.captures.size(), 1u);
  const Capture& capture = recorded.captures[0];
  EXPECT_TRUE(capture.finished);
  EXPECT_EQ(numbers_of(capture.steps), from_to(10, 14));
  std::vector<std::int64_t> others = from_to(0, 9);
  for (const std::int64_t number : from_to(15, 29)) others.push_back(number);
  EXPECT_EQ(numbers_of(capture.noted_steps), others);
  for (const proto::NotedStep& step : capture.noted_steps) {
    const PrintedStep& printed = recorded.steps.at(step.number);
    EXPECT_NEAR(static_cast<double>(step.start_ns), static_cast<double>(printed.begin_ns), 2e6);
    EXPECT_LE(step.duration_ns, printed.end_ns - printed.begin_ns + 5000);
    EXPECT_GE(step.duration_ns, 3'000'000);
  }
  ASSERT_EQ(capture.windows.size(), 1u);
  const proto::RecordingWindow& window = capture.windows.at(0);
  EXPECT_FALSE(window.is_open);
  EXPECT_EQ(window.cause, WindowCause::steps);
  EXPECT_LE(window.start_ns, capture.steps.front().start_ns);
  EXPECT_GE(window.end_ns, capture.steps.back().start_ns + capture.steps.back().duration_ns);
  EXPECT_LE(window.end_ns, recorded.steps.at(14).end_ns + 5000);
  for (const char* name : {"forward", "layer"}) EXPECT_EQ(capture.count(name), 5u) << name;
  EXPECT_EQ(capture.count("between"), 4u);
  EXPECT_EQ(capture.count("epoch"), 0u);  // begun long before
  EXPECT_GE(capture.count("decode"), 5u);
  EXPECT_EQ(capture.counters.at("loss").size(), 5u);
  EXPECT_EQ(capture.instants.size(), 5u);
  EXPECT_TRUE(capture.losses.empty()) << capture.losses[0].count;
  EXPECT_TRUE(capture.open.empty());
  EXPECT_EQ(recorded.sums.at("recording"), 5);
  EXPECT_EQ(capture.properties.at("window.schedule"), "steps=10-14;warmup=1");
  expect_inside_windows(capture);
}

INSTANTIATE_TEST_SUITE_P(Window, StepsByNumber, testing::Values("steps", "named_steps"));

TEST(Window, SeveralListsOpenSeveralWindows) {
  const Recorded recorded = record("steps=2-3,5,8-9", {"steps", "12"});
  ASSERT_EQ(recorded.captures.size(), 1u);
  const Capture& capture = recorded.captures[0];
  EXPECT_EQ(numbers_of(capture.steps), (std::vector<std::int64_t>{2, 3, 5, 8, 9}));
  EXPECT_EQ(capture.windows.size(), 3u);
  EXPECT_EQ(capture.noted_steps.size(), 7u);
  EXPECT_TRUE(capture.losses.empty());
  expect_inside_windows(capture);
}

TEST(Window, EverySoManySteps) {
  const Recorded recorded = record("every=4;active=2;repeat=2", {"steps", "16"});
  ASSERT_EQ(recorded.captures.size(), 1u);
  const Capture& capture = recorded.captures[0];
  EXPECT_EQ(numbers_of(capture.steps), (std::vector<std::int64_t>{4, 5, 8, 9}));
  ASSERT_EQ(capture.windows.size(), 2u);
  EXPECT_EQ(capture.windows.at(1).cause, WindowCause::schedule);
}

TEST(Window, TheProgramsOwnSchedule) {
  const Recorded recorded = record(nullptr, {"own_schedule"});
  ASSERT_EQ(recorded.captures.size(), 1u);
  const Capture& capture = recorded.captures[0];
  EXPECT_EQ(recorded.sums.at("too_large"), -1);
  EXPECT_EQ(recorded.sums.at("first"), 0);
  EXPECT_EQ(recorded.sums.at("last"), 0);
  EXPECT_EQ(recorded.sums.at("too_late"), -1);
  const std::string& err = recorded.outcome.err;
  EXPECT_NE(err.find("after a step"), std::string::npos) << err;
  EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
  EXPECT_EQ(numbers_of(capture.steps), (std::vector<std::int64_t>{3, 4, 8, 9}));
  ASSERT_EQ(capture.windows.size(), 3u);
  // Up to its choice everything was recorded.
  EXPECT_EQ(capture.windows.at(0).cause, WindowCause::program);
  EXPECT_EQ(capture.windows.at(0).start_ns, capture.header.start_monotonic_ns);
  EXPECT_EQ(capture.count("before"), 1u);
  expect_inside_windows(capture);
}

TEST(Window, TheLastScheduleBeforeTheRecordingHolds) {
  const TemporaryFolder folder;
  const Outcome outcome =
      run_program({TBPROF_WINDOW_PROBE, "schedule_before_start", folder.path()}, {});
  EXPECT_NE(outcome.out.find("sum last 0"), std::string::npos) << outcome.out;
  const std::vector<Capture> captures = read_captures(folder.path());
  ASSERT_EQ(captures.size(), 1u);
  EXPECT_EQ(numbers_of(captures[0].steps), from_to(4, 4));
}

TEST(Window, WhatTheEnvironmentSaysWins) {
  const Recorded recorded = record("steps=1", {"own_schedule"});
  ASSERT_EQ(recorded.captures.size(), 1u);
  EXPECT_EQ(recorded.sums.at("first"), 0);
  EXPECT_EQ(numbers_of(recorded.captures[0].steps), from_to(1, 1));
  EXPECT_EQ(recorded.captures[0].count("before"), 0u);
}

TEST(Window, WhileARangeIsOpen) {
  const Recorded recorded = record("range=validation", {"ranges"});
  ASSERT_EQ(recorded.captures.size(), 1u);
  const Capture& capture = recorded.captures[0];
  ASSERT_EQ(capture.windows.size(), 2u);
  EXPECT_EQ(capture.windows.at(0).cause, WindowCause::range);
  EXPECT_EQ(capture.windows.at(0).label, "validation");
  EXPECT_EQ(capture.count("validation"), 4u);
  EXPECT_EQ(capture.count("inside"), 2u);
  EXPECT_EQ(capture.count("other"), 0u);
  EXPECT_EQ(capture.count("training"), 0u);
  EXPECT_TRUE(capture.losses.empty());
}

TEST(Window, ByTime) {
  const Recorded recorded = record("delay=0.3;duration=0.2", {"time", "900"});
  ASSERT_EQ(recorded.captures.size(), 1u);
  const Capture& capture = recorded.captures[0];
  ASSERT_EQ(capture.windows.size(), 1u);
  const proto::RecordingWindow& window = capture.windows.at(0);
  EXPECT_EQ(window.cause, WindowCause::time);
  EXPECT_NEAR(static_cast<double>(window.start_ns - capture.header.start_monotonic_ns), 300e6,
              100e6);
  EXPECT_NEAR(static_cast<double>(window.end_ns - window.start_ns), 200e6, 100e6);
  EXPECT_GT(capture.count("work"), 10u);
  expect_inside_windows(capture);
}

TEST(Window, ADurationAloneBeginsAtOnce) {
  const Recorded recorded = record("duration=0.2", {"time", "500"});
  ASSERT_EQ(recorded.captures.size(), 1u);
  ASSERT_EQ(recorded.captures[0].windows.size(), 1u);
  const proto::RecordingWindow& window = recorded.captures[0].windows.at(0);
  EXPECT_LT(window.start_ns - recorded.captures[0].header.start_monotonic_ns, 50'000'000);
}

TEST(Window, AThousandOfThemLeaveNothingBehind) {
  const Recorded recorded = record("on-demand", {"windows", "1000"});
  ASSERT_EQ(recorded.captures.size(), 1u);
  const Capture& capture = recorded.captures[0];
  EXPECT_EQ(recorded.sums.at("not_refused"), 0);
  EXPECT_EQ(recorded.sums.at("ends_without_begin"), 1);
  ASSERT_EQ(capture.windows.size(), 1000u);
  EXPECT_EQ(capture.count("inside"), 20'000u);
  EXPECT_EQ(capture.count("outside"), 0u);
  EXPECT_TRUE(capture.losses.empty());
  EXPECT_EQ(recorded.sums.at("descriptors"), 0);
  if (!tests::kHasShadowMemory) {
    EXPECT_LT(recorded.sums.at("growth_kb"), 2048);
  }
  std::int64_t last_ns = 0;
  for (const auto& [number, window] : capture.windows) {
    EXPECT_EQ(window.label, "window " + std::to_string(number));
    EXPECT_FALSE(window.is_open);
    EXPECT_GE(window.start_ns, last_ns);
    EXPECT_GE(window.end_ns, window.start_ns);
    last_ns = window.end_ns;
  }
}

TEST(Window, AKilledProgramKeepsItsWindow) {
  const Recorded recorded = record("steps=2-4", {"killed", "8"});
  EXPECT_TRUE(recorded.outcome.killed_by(SIGKILL));
  ASSERT_EQ(recorded.captures.size(), 1u);
  const Capture& capture = recorded.captures[0];
  EXPECT_FALSE(capture.finished);
  EXPECT_EQ(numbers_of(capture.steps), from_to(2, 4));
  EXPECT_EQ(capture.noted_steps.size(), 5u);
  EXPECT_FALSE(capture.windows.at(0).is_open);
}

TEST(Window, AWorkerWithoutStepsRecordsWhileItsParentDoes) {
  if (kForkMayHang) GTEST_SKIP() << kForkMayHangReason;
  const Recorded recorded = record("steps=10-29", {"worker", "40"});
  EXPECT_TRUE(recorded.outcome.exited_with(0)) << recorded.outcome.err;
  ASSERT_EQ(recorded.captures.size(), 2u);
  const bool is_first = recorded.captures[0].steps.empty();
  const Capture& worker = recorded.captures[is_first ? 0 : 1];
  const Capture& trainer = recorded.captures[is_first ? 1 : 0];
  EXPECT_TRUE(worker.noted_steps.empty());
  ASSERT_EQ(worker.windows.size(), 1u);
  ASSERT_EQ(trainer.windows.size(), 1u);
  const auto& followed = trainer.windows.at(0);
  const auto& following = worker.windows.at(0);
  EXPECT_EQ(following.cause, WindowCause::steps);
  EXPECT_GE(following.start_ns, followed.start_ns);
  EXPECT_LT(following.start_ns, followed.end_ns);
  EXPECT_GE(following.end_ns, followed.end_ns);
  EXPECT_GT(worker.count("decode"), 0u);
  expect_inside_windows(worker);
}

TEST(Window, AForkedChildHasItsOwn) {
  if (kForkMayHang) GTEST_SKIP() << kForkMayHangReason;
  const Recorded recorded = record("steps=4-5", {"fork"});
  ASSERT_EQ(recorded.captures.size(), 2u);
  for (const Capture& capture : recorded.captures) {
    EXPECT_TRUE(capture.finished);
    EXPECT_EQ(numbers_of(capture.steps), from_to(4, 5));
    EXPECT_EQ(capture.windows.size(), 1u);
    EXPECT_EQ(capture.noted_steps.size(), 6u);
  }
}

TEST(Window, NoneOpenedIsToldAsWell) {
  const Recorded recorded = record("steps=1000", {"steps", "4"});
  ASSERT_EQ(recorded.captures.size(), 1u);
  const Capture& capture = recorded.captures[0];
  EXPECT_TRUE(capture.windows.empty());
  EXPECT_EQ(capture.noted_steps.size(), 4u);
  EXPECT_TRUE(capture.slices.empty());
  EXPECT_EQ(capture.properties.count("window.schedule"), 1u);
}

TEST(Window, AScheduleThatIsNoneIsSaidOnceAndEverythingRecorded) {
  const Recorded recorded = record("steps=x", {"steps", "4"});
  EXPECT_TRUE(recorded.outcome.exited_with(0));
  EXPECT_EQ(std::count(recorded.outcome.err.begin(), recorded.outcome.err.end(), '\n'), 1);
  EXPECT_NE(recorded.outcome.err.find("TBPROF_SCHEDULE takes steps"), std::string::npos);
  ASSERT_EQ(recorded.captures.size(), 1u);
  EXPECT_EQ(recorded.captures[0].steps.size(), 4u);
  EXPECT_TRUE(recorded.captures[0].windows.empty());
}

}  // namespace
}  // namespace tbprof::tests
