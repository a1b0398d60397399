// Recording as a user's program meets it: the probe runs in a process of its own, and what it left
// in the log directory is compared with what it did. Its stdout must be its own to the byte.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <sstream>

#include "collector/environment.h"
#include "tests/collector/capture.h"

namespace tbprof::tests {
namespace {

const std::string kProbe = TBPROF_PROBE;

struct Recorded {
  Outcome outcome;
  std::vector<Capture> captures;
};

Recorded record(const std::vector<std::string>& arguments, RunOptions options = {}) {
  const TemporaryFolder folder;
  std::vector<std::string> command{kProbe};
  command.insert(command.end(), arguments.begin(), arguments.end());
  options.environment.push_back(std::string(collector::kLogdirVariable) + "=" + folder.path());
  options.environment.push_back(std::string(collector::kRunVariable) + "=run");
  options.environment.push_back(std::string(collector::kSessionVariable) + "=session");
  // Under ThreadSanitizer, which otherwise ends a child that starts a thread.
  options.environment.push_back("TSAN_OPTIONS=die_after_fork=0");
  Recorded recorded;
  recorded.outcome = run_program(command, options);
  recorded.captures = read_captures(folder.path());
  for (const Capture& capture : recorded.captures) {
    EXPECT_EQ(capture.error, "") << capture.path;
    EXPECT_NE(capture.path.find("/run/plugins/profile/session/"), std::string::npos);
  }
  return recorded;
}

struct PrintedStep {
  long number = 0;
  long begin_ns = 0;
  long duration_ns = 0;
};

std::vector<PrintedStep> printed_steps(const std::string& out) {
  std::vector<PrintedStep> steps;
  std::istringstream lines(out);
  PrintedStep step;
  while (lines >> step.number >> step.begin_ns >> step.duration_ns) steps.push_back(step);
  return steps;
}

void expect_same_steps(const Capture& capture, const std::vector<PrintedStep>& printed,
                       std::size_t count) {
  ASSERT_GE(capture.steps.size(), count);
  ASSERT_GE(printed.size(), count);
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_EQ(capture.steps[i].number, printed[i].number);
    EXPECT_NEAR(static_cast<double>(capture.steps[i].start_ns),
                static_cast<double>(printed[i].begin_ns), 1e6);
    EXPECT_LE(capture.steps[i].duration_ns, printed[i].duration_ns + 2000);
  }
}

TEST(Process, StepsAreWhatTheProgramPrinted) {
  const Recorded recorded = record({"steps", "30"});
  EXPECT_TRUE(recorded.outcome.exited_with(7));
  EXPECT_EQ(recorded.outcome.err, "");
  ASSERT_EQ(recorded.captures.size(), 1u);
  const Capture& capture = recorded.captures[0];
  EXPECT_TRUE(capture.finished);
  EXPECT_EQ(capture.steps.size(), 30u);
  EXPECT_EQ(capture.count("step"), 30u);
  EXPECT_EQ(capture.count("load"), 30u);
  EXPECT_EQ(capture.count("forward"), 30u);
  EXPECT_EQ(capture.find("forward")->category, proto::Category::forward);
  EXPECT_EQ(capture.counters.at("loss").size(), 30u);
  EXPECT_EQ(capture.counters.at("loss")[1], 0.5);
  EXPECT_EQ(capture.instants, std::vector<std::string>{"first done"});
  EXPECT_EQ(capture.track_names.at(capture.slices[0].track), "main");
  EXPECT_EQ(capture.index.slice_count, 90u);
  EXPECT_EQ(capture.index.step_count, 30u);
  EXPECT_EQ(capture.header.command.at(1), "steps");
  EXPECT_TRUE(capture.losses.empty());
  expect_same_steps(capture, printed_steps(recorded.outcome.out), 30);
  std::int64_t busy_ns = 0;
  for (const auto& step : capture.steps) busy_ns += step.duration_ns;
  EXPECT_EQ(capture.index.tracks.at(0).busy_ns, busy_ns);
}

TEST(Process, NothingIsRecordedUnlessAsked) {
  const TemporaryFolder folder;
  const Outcome off = run_program({kProbe, "steps", "3"});
  EXPECT_TRUE(off.exited_with(7));
  const Outcome forbidden =
      run_program({kProbe, "steps", "3"},
                  {.environment = {"TBPROF_LOGDIR=" + folder.path(), "TBPROF_ENABLE=0"}});
  EXPECT_TRUE(forbidden.exited_with(7));
  EXPECT_TRUE(read_captures(folder.path()).empty());
}

TEST(Process, AProgramThatDiesYoungLeavesItsFirstSteps) {
  const Recorded recorded = record({"steps", "100000"}, {.environment = {}, .kill_after_ms = 120});
  ASSERT_TRUE(recorded.outcome.killed_by(SIGKILL));
  const std::vector<PrintedStep> printed = printed_steps(recorded.outcome.out);
  if (printed.size() < 20) GTEST_SKIP() << "this machine is too busy: the program hardly ran";
  ASSERT_EQ(recorded.captures.size(), 1u);
  EXPECT_FALSE(recorded.captures[0].steps.empty());
}

TEST(Process, SigkillLosesAtMostTheLastQuarterSecond) {
  std::mt19937 random(20240601);
  for (int round = 0; round < 8; ++round) {
    const int kill_after_ms = std::uniform_int_distribution<int>(300, 1200)(random);
    const Recorded recorded =
        record({"steps", "100000"}, {.environment = {}, .kill_after_ms = kill_after_ms});
    ASSERT_TRUE(recorded.outcome.killed_by(SIGKILL));
    ASSERT_EQ(recorded.captures.size(), 1u);
    const Capture& capture = recorded.captures[0];
    EXPECT_FALSE(capture.finished);
    const std::vector<PrintedStep> printed = printed_steps(recorded.outcome.out);
    ASSERT_FALSE(printed.empty());
    ASSERT_FALSE(capture.steps.empty());
    expect_same_steps(capture, printed, std::min(capture.steps.size(), printed.size()));
    const PrintedStep& last = printed.back();
    const std::int64_t missing_ns = last.begin_ns + last.duration_ns - capture.covered_until_ns;
    EXPECT_LE(missing_ns, 250'000'000) << "killed after " << kill_after_ms << " ms";
  }
}

TEST(Process, WhatWasOpenAtADeathIsListed) {
  const std::vector<std::string> ends{"leave", "abort", "throw", "exec"};
  for (const std::string& end : ends) {
    const Recorded recorded = record({end});
    ASSERT_EQ(recorded.captures.size(), 1u) << end;
    const Capture& capture = recorded.captures[0];
    EXPECT_FALSE(capture.finished) << end;
    ASSERT_EQ(capture.open.size(), 2u) << end;
    EXPECT_TRUE(capture.open[0].is_step);
    EXPECT_EQ(capture.open[0].step_number, 41);
    EXPECT_EQ(recorded.outcome.out, "");
    if (end == "leave") {
      EXPECT_TRUE(recorded.outcome.exited_with(5));
    }
    if (end == "exec") {
      EXPECT_TRUE(recorded.outcome.exited_with(0));
    }
    if (end == "abort" || end == "throw") {
      EXPECT_TRUE(recorded.outcome.killed_by(SIGABRT));
    }
  }
}

TEST(Process, ExitFromAnyThreadFinishesTheFile) {
  const Recorded recorded = record({"exit_in_thread"});
  EXPECT_TRUE(recorded.outcome.exited_with(6));
  ASSERT_EQ(recorded.captures.size(), 1u);
  EXPECT_TRUE(recorded.captures[0].finished);
}

TEST(Process, ThreadsComeAndGo) {
  const Recorded recorded = record({"churn"});
  EXPECT_TRUE(recorded.outcome.exited_with(0));
  ASSERT_EQ(recorded.captures.size(), 1u);
  const Capture& capture = recorded.captures[0];
  EXPECT_EQ(capture.count("brief") + capture.lost(proto::LossKind::memory_limit), 1000u);
  EXPECT_GE(capture.count("brief"), 500u);
}

TEST(Process, ForkedChildrenRecordIntoFilesOfTheirOwn) {
  if (kForkMayHang) GTEST_SKIP() << kForkMayHangReason;
  const Recorded recorded = record({"fork", "20"});
  EXPECT_TRUE(recorded.outcome.exited_with(0));
  ASSERT_EQ(recorded.captures.size(), 21u);
  int children = 0;
  for (const Capture& capture : recorded.captures) {
    if (capture.count("child") == 0) continue;
    ++children;
    EXPECT_EQ(capture.slices.size(), 1u);
    EXPECT_NE(capture.header.parent_pid, capture.header.pid);
  }
  EXPECT_EQ(children, 20);
}

TEST(Process, AChildWithoutEventsLeavesNoFile) {
  const Recorded recorded = record({"quiet_child"});
  EXPECT_TRUE(recorded.outcome.exited_with(0));
  ASSERT_EQ(recorded.captures.size(), 1u);
  EXPECT_TRUE(recorded.captures[0].finished);
  EXPECT_EQ(recorded.captures[0].count("parent"), 1u);
}

TEST(Process, AFloodIsCountedToTheEvent) {
  const Recorded recorded = record({"flood"}, {.environment = {"TBPROF_BUFFER_KB=64"}});
  EXPECT_TRUE(recorded.outcome.exited_with(0));
  ASSERT_EQ(recorded.captures.size(), 1u);
  const Capture& capture = recorded.captures[0];
  EXPECT_GT(capture.lost(proto::LossKind::buffer_full), 0u) << "the machine was too quick";
  EXPECT_EQ(capture.slices.size() + capture.lost(proto::LossKind::buffer_full), 6'000'000u);
  for (const CapturedSlice& slice : capture.slices) ASSERT_GE(slice.duration_ns, 0);
}

TEST(Process, SmallStacksLateDestructorsAndSignalHandlers) {
  const Recorded small = record({"small_stack"});
  EXPECT_TRUE(small.outcome.exited_with(0));
  EXPECT_EQ(small.captures.at(0).count("small stack"), 100u);

  const Recorded late = record({"destructors"});
  EXPECT_TRUE(late.outcome.exited_with(0));
  EXPECT_EQ(late.captures.at(0).count("in thread"), 1u);

  const Recorded signals = record({"signals"});
  EXPECT_TRUE(signals.outcome.exited_with(0));
  const Capture& capture = signals.captures.at(0);
  EXPECT_EQ(capture.count("(no such name)"), 0u);
  EXPECT_EQ(capture.slices.size(),
            capture.count("outer") + capture.count("inner") + capture.count("in handler"));
}

TEST(Process, ForeignDescriptorsAreNotWrittenTo) {
  const Recorded recorded = record({"close_all"});
  EXPECT_TRUE(recorded.outcome.exited_with(0));
  ASSERT_EQ(recorded.captures.size(), 1u);
  EXPECT_EQ(recorded.captures[0].count("before"), 1u);
  EXPECT_EQ(recorded.captures[0].count("after"), 1u);
  EXPECT_TRUE(recorded.captures[0].finished);
}

TEST(Process, AFullDiskCostsEventsOnly) {
  const Recorded recorded = record({"flood"}, {.environment = {}, .file_size_limit = 100'000});
  EXPECT_TRUE(recorded.outcome.exited_with(0));
  EXPECT_EQ(recorded.outcome.out, "");
  EXPECT_NE(recorded.outcome.err.find("tbprof: the disk refused"), std::string::npos);
  EXPECT_EQ(recorded.outcome.err.find('\n'), recorded.outcome.err.size() - 1);
  ASSERT_EQ(recorded.captures.size(), 1u);
  const Capture& capture = recorded.captures[0];
  EXPECT_FALSE(capture.short_tail);
  EXPECT_TRUE(capture.finished);
  EXPECT_GT(capture.lost(proto::LossKind::write_failed), 0u);
  std::uint64_t lost = 0;
  for (const proto::LossRecord& loss : capture.losses) lost += loss.count;
  EXPECT_EQ(capture.slices.size() + lost, 6'000'000u);

  const Recorded quiet =
      record({"flood"}, {.environment = {"TBPROF_QUIET=1"}, .file_size_limit = 100'000});
  EXPECT_EQ(quiet.outcome.err, "");
}

TEST(Process, AForbiddenLogdirIsSaidOnceAndHarmless) {
  for (const bool closed : {false, true}) {
    const Outcome outcome =
        run_program({kProbe, "steps", "3"},
                    {.environment = {"TBPROF_LOGDIR=/proc/no/such"}, .close_stderr = closed});
    EXPECT_TRUE(outcome.exited_with(7));
    EXPECT_EQ(printed_steps(outcome.out).size(), 3u);
    if (!closed) {
      EXPECT_NE(outcome.err.find("not recorded"), std::string::npos);
    }
  }
}

TEST(Process, StartAndStopByCall) {
  const TemporaryFolder folder;
  const Outcome outcome = run_program({kProbe, "start", folder.path()});
  EXPECT_TRUE(outcome.exited_with(0)) << outcome.status;
  const std::vector<Capture> captures = read_captures(folder.path() + "/by_call");
  ASSERT_EQ(captures.size(), 2u);
  for (const Capture& capture : captures) {
    EXPECT_EQ(capture.error, "");
    EXPECT_TRUE(capture.finished);
    EXPECT_EQ(capture.count("ranged"), 10u);
  }
}

TEST(Process, ArgumentsAreChecked) {
  const Recorded recorded = record({"arguments"});
  EXPECT_TRUE(recorded.outcome.exited_with(0)) << recorded.outcome.status;
  EXPECT_EQ(recorded.captures.at(0).lost(proto::LossKind::unmatched_end), 1u);
  EXPECT_EQ(recorded.captures.at(0).count(std::string(1023, 'n')), 1u);
}

}  // namespace
}  // namespace tbprof::tests
