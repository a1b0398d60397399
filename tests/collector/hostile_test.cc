// Programs that do to themselves what recorders break on: output and end are as without a recorder,
// and what was not recorded is counted or said in one sentence.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/collector/capture.h"

namespace tbprof::tests {
namespace {

const std::string kProbe = TBPROF_HOSTILE_PROBE;

struct Recorded {
  Outcome outcome;
  std::vector<Capture> captures;
  std::uint64_t count(const std::string& name) const {
    std::uint64_t sum = 0;
    for (const Capture& capture : captures) sum += capture.count(name);
    return sum;
  }
};

// The same program without and with a recorder; but for the recorder's sentences there must be no
// difference.
Recorded record(const std::string& what, const std::string& kernel = "") {
  std::vector<std::string> command{kProbe, what};
  if (!kernel.empty()) command.push_back(kernel);
  const Outcome plain = run_program(command);
  const TemporaryFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  Recorded recorded;
  recorded.outcome = run_program(command, {.environment = {"TBPROF_LOGDIR=" + folder.path()}});
  EXPECT_EQ(recorded.outcome.status, plain.status) << what;
  EXPECT_EQ(recorded.outcome.out, plain.out) << what;
  recorded.captures = read_captures(folder.path());
  for (const Capture& capture : recorded.captures) EXPECT_EQ(capture.error, "") << what;
  return recorded;
}

bool is_one_sentence(const std::string& text) {
  return text.starts_with("tbprof: ") && text.find('\n') == text.size() - 1;
}

// "": the recorder's files are in a table of their own; an old kernel has none.
class HostileByKernel : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(, HostileByKernel, testing::Values("", "old_kernel"),
                         [](const auto& one) { return one.param.empty() ? "new" : "old"; });

TEST_P(HostileByKernel, WhatTheRecorderHoldsOnToStaysWithIt) {
  for (const char* what : {"closefrom", "chdir", "setuid", "nofile", "fsize", "address_space",
                           "late_seccomp", "spawn"}) {
    if (std::string(what) == "setuid" && geteuid() != 0) continue;
    const Recorded recorded = record(what, GetParam());
    EXPECT_EQ(recorded.outcome.err, "") << what;
    ASSERT_EQ(recorded.captures.size(), 1u) << what;
    EXPECT_TRUE(recorded.captures[0].finished) << what;
    EXPECT_EQ(recorded.count("before"), 10u) << what;
    EXPECT_EQ(recorded.count("after"), 10u) << what;
  }
}

TEST_P(HostileByKernel, ADaemonAndItsParentRecordEach) {
  if (kForkMayHang) GTEST_SKIP() << kForkMayHangReason;
  const Recorded recorded = record("daemon", GetParam());
  // The daemon may still be at it when its grandparent has ended.
  EXPECT_EQ(recorded.outcome.err, "");
  EXPECT_EQ(recorded.count("before"), 10u);
}

TEST(Hostile, OfAThousandThreadsThatDieEveryEventIsCounted) {
  const Recorded recorded = record("threads");
  ASSERT_EQ(recorded.captures.size(), 1u);
  EXPECT_EQ(recorded.count("brief") + recorded.captures[0].lost(proto::LossKind::memory_limit),
            5000u);
}

TEST(Hostile, WithoutMemoryEventsAreCounted) {
  const Recorded recorded = record("no_memory");
  ASSERT_EQ(recorded.captures.size(), 1u);
  std::uint64_t lost = 0;
  for (const proto::LossRecord& loss : recorded.captures[0].losses) lost += loss.count;
  if (recorded.captures[0].finished) {
    EXPECT_EQ(recorded.captures[0].slices.size() + lost, 100'010u);
  }
}

TEST(Hostile, ATraceThatIsRemovedIsSaid) {
  const Recorded recorded = record("unlink");
  EXPECT_TRUE(is_one_sentence(recorded.outcome.err)) << recorded.outcome.err;
  EXPECT_NE(recorded.outcome.err.find("was removed"), std::string::npos) << recorded.outcome.err;
  EXPECT_TRUE(recorded.captures.empty());
}

TEST(Hostile, WithoutAThreadNothingIsRecordedAndThatIsSaid) {
  for (const char* what : {"seccomp", "no_memory_at_all"}) {
    const Recorded recorded = record(what);
    EXPECT_TRUE(is_one_sentence(recorded.outcome.err)) << recorded.outcome.err;
    EXPECT_NE(recorded.outcome.err.find("not recorded"), std::string::npos) << what;
    EXPECT_TRUE(recorded.captures.empty());
  }
}

TEST_P(HostileByKernel, ARootWithoutTheTraceLeavesWhatWasWritten) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may chroot";
  const Recorded recorded = record("chroot", GetParam());
  EXPECT_EQ(recorded.count("before"), 10u);
  if (recorded.outcome.err.empty()) {
    EXPECT_EQ(recorded.count("after"), 10u);
    EXPECT_EQ(GetParam(), "");
    return;
  }
  EXPECT_NE(recorded.outcome.err.find("10 events were lost"), std::string::npos);
}

TEST(Hostile, DeathsBySignalLeaveACutRecording) {
  for (const char* what : {"segv", "abrt"}) {
    const Recorded recorded = record(what);
    ASSERT_EQ(recorded.captures.size(), 1u);
    EXPECT_FALSE(recorded.captures[0].finished);
    EXPECT_EQ(recorded.count("before"), 10u);
  }
}

}  // namespace
}  // namespace tbprof::tests
