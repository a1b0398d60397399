// GPU activity as it reaches the trace file, with the stand-in for libcupti: a program runs in a
// process of its own, prints what it ran, and every record must be in its trace, once.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "tests/cuda/standin_run.h"

namespace tbprof::cuda {
namespace {

using proto::Category;

TEST(Recording, EveryKernelOfEveryThreadIsThereOnceWithItsLaunch) {
  const Recorded recorded = record("plain", 3000);
  EXPECT_TRUE(recorded.outcome.exited_with(0));
  EXPECT_EQ(recorded.outcome.err, "");
  ASSERT_EQ(recorded.captures.size(), 1u);
  EXPECT_TRUE(recorded.captures[0].finished);
  EXPECT_TRUE(recorded.captures[0].losses.empty());
  ASSERT_EQ(recorded.printed.kernels.size(), 6000u);
  expect_every_kernel(recorded);

  const trace::Trace& trace = *recorded.trace;
  std::size_t linked = 0;
  for (const trace::Link& link : trace.links_by_from()) {
    EXPECT_EQ(trace.category_of(link.from), Category::runtime_api);
    if (trace.category_of(link.to) != Category::kernel) continue;
    ++linked;
    EXPECT_EQ(trace.names()[trace.slice(link.from).name].text, "cudaLaunchKernel");
    // Nothing runs before it was asked for.
    EXPECT_GE(trace.slice(link.to).start_ns + 50'000, trace.slice(link.from).start_ns);
  }
  EXPECT_EQ(linked, 6000u);
}

TEST(Recording, NamesAreReadable) {
  const Recorded recorded = record("plain", 3);
  ASSERT_NE(recorded.trace, nullptr);
  std::vector<std::string> names;
  for (trace::SliceId id = 0; id < recorded.trace->slice_count(); ++id) {
    names.push_back(recorded.trace->names()[recorded.trace->slice(id).name].text);
  }
  const auto has = [&](const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  EXPECT_TRUE(has("gemm(float*, int)")) << testing::PrintToString(names);
  EXPECT_TRUE(has("softmax(float*)"));
  EXPECT_TRUE(has("Memcpy HtoD (Pageable -> Device)"));
}

TEST(Recording, MemoryOfTheDeviceIsACounter) {
  const Recorded recorded = record("plain", 3);
  ASSERT_EQ(recorded.captures.size(), 1u);
  const auto& counters = recorded.captures[0].counters;
  const auto found = counters.find("GPU 0 allocated bytes");
  ASSERT_NE(found, counters.end());
  EXPECT_EQ(found->second, (std::vector<double>{1 << 20, (1 << 20) + 1024, 1024}));
}

TEST(Recording, ZeroTimesAreCountedAndNotShown) {
  const Recorded recorded = record("bad_times", 50);
  ASSERT_EQ(recorded.captures.size(), 1u);
  EXPECT_EQ(recorded.captures[0].lost(proto::LossKind::bad_timestamp), 100u);
  EXPECT_EQ(recorded.captures[0].count("_Z4gemmPfi"), 0u);
}

TEST(Recording, DroppedRecordsAreCounted) {
  const Recorded recorded = record("plain", 5, {.standin = "drop"});
  ASSERT_EQ(recorded.captures.size(), 1u);
  EXPECT_EQ(recorded.captures[0].lost(proto::LossKind::cupti_dropped), 7u);
}

TEST(Recording, ProgramsEndAsTheyWould) {
  struct Case {
    const char* scenario;
    int code;
    int signal;
  };
  for (const Case& one :
       {Case{"_exit", 3, 0}, Case{"abort", 0, SIGABRT}, Case{"kill", 0, SIGKILL},
        Case{"quick_exit", 5, 0}, Case{"exit_in_thread", 6, 0}, Case{"dlclose", 0, 0}}) {
    const Recorded recorded = record(one.scenario, 20);
    if (one.signal != 0) {
      EXPECT_TRUE(recorded.outcome.killed_by(one.signal)) << one.scenario;
    } else {
      EXPECT_TRUE(recorded.outcome.exited_with(one.code)) << one.scenario;
    }
    EXPECT_EQ(recorded.outcome.err, "") << one.scenario;
    EXPECT_EQ(recorded.printed.kernels.size(), 40u) << one.scenario;
  }
}

TEST(Recording, ExitFromAThreadAndWithoutTheDriversLibraryLosesNothing) {
  for (const char* scenario : {"exit_in_thread", "dlclose"}) {
    SCOPED_TRACE(scenario);
    const Recorded recorded = record(scenario, 300);
    expect_every_kernel(recorded);
    EXPECT_TRUE(recorded.captures[0].finished);
    EXPECT_TRUE(recorded.captures[0].losses.empty());
  }
}

TEST(Recording, AKilledProgramKeepsWhatWasFlushed) {
  const Recorded recorded = record("kill_later", 200);
  EXPECT_TRUE(recorded.outcome.killed_by(SIGKILL));
  expect_every_kernel(recorded);
}

TEST(Recording, AForkedChildDoesNotDisturb) {
  if (tests::kForkMayHang) GTEST_SKIP() << tests::kForkMayHangReason;
  const Recorded recorded = record("fork", 20);
  EXPECT_TRUE(recorded.outcome.exited_with(0));
  EXPECT_EQ(recorded.printed.sums.at("child_status"), 0);
  EXPECT_EQ(recorded.outcome.err, "");
}

struct Trouble {
  const char* name;
  const char* scenario;
  const char* standin;
  const char* said;  // a part of what stderr says; "" for nothing
};
void PrintTo(const Trouble& trouble, std::ostream* out) { *out << trouble.name; }

class WithoutGpu : public testing::TestWithParam<Trouble> {};

TEST_P(WithoutGpu, TheProgramRunsAndOneLineSaysWhatIsMissing) {
  const Trouble& trouble = GetParam();
  const Recorded bare =
      record(trouble.scenario, 10, {.standin = trouble.standin, .record_it = false});
  const Recorded recorded = record(trouble.scenario, 10, {.standin = trouble.standin});
  EXPECT_TRUE(recorded.outcome.exited_with(0));
  EXPECT_EQ(recorded.printed.kernels.size(), bare.printed.kernels.size());
  const std::string& err = recorded.outcome.err;
  if (*trouble.said == 0) {
    EXPECT_EQ(err, "");
    return;
  }
  EXPECT_NE(err.find(trouble.said), std::string::npos) << err;
  EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
}

INSTANTIATE_TEST_SUITE_P(
    Recording, WithoutGpu,
    testing::Values(Trouble{"no_driver", "no_driver", "", ""},
                    Trouble{"another_tool", "plain", "subscribed", "CUPTI for Kineto"},
                    Trouble{"old_driver", "plain", "old_driver", "update the driver"},
                    Trouble{"no_permission", "plain", "privileges",
                            "NVreg_RestrictProfilingToAdminUsers"},
                    Trouble{"no_permission_for_kinds", "plain", "may_not",
                            "NVreg_RestrictProfilingToAdminUsers"}),
    [](const auto& one) { return one.param.name; });

TEST(Recording, ASlowFlushDoesNotHoldTheProgramUp) {
  const Recorded recorded = record("plain", 10, {.standin = "slow_flush"});
  EXPECT_TRUE(recorded.outcome.exited_with(0));
  EXPECT_EQ(recorded.outcome.err, "");
  ASSERT_EQ(recorded.captures.size(), 1u);
}

TEST(Recording, FlushesFromEverywhereDoubleNothingAndCountWhatFindsNoBuffer) {
  const Recorded recorded = record("flush_race", 400);
  EXPECT_TRUE(recorded.outcome.exited_with(0));
  ASSERT_EQ(recorded.printed.kernels.size(), 6u * 400u);
  ASSERT_NE(recorded.trace, nullptr);
  std::map<std::int64_t, std::size_t> printed;
  for (const Printed::Kernel& kernel : recorded.printed.kernels) ++printed[kernel.stream];
  std::size_t found = 0;
  for (const auto& [stream, slices] : kernels_by_stream(*recorded.trace)) {
    EXPECT_LE(slices.size(), printed[stream]) << "stream " << stream;
    for (std::size_t i = 1; i < slices.size(); ++i) {
      EXPECT_GE(slices[i].start_ns, slices[i - 1].end_ns()) << "twice, or at a wrong time";
    }
    found += slices.size();
  }
  // A busy machine may keep the writer from making buffers ready in time.
  EXPECT_GE(found + recorded.captures[0].lost(proto::LossKind::cupti_dropped), 6u * 400u);
}

TEST(Recording, ABufferThatComesLateIsReadAll) {
  const Recorded recorded = record("plain", 500, {.standin = "late"});
  expect_every_kernel(recorded);
}

TEST(Recording, AnotherToolOfTheProgramsGetsCuptiAndAllItsKernels) {
  for (const char* scenario : {"other_tool", "late_tool"}) {
    SCOPED_TRACE(scenario);
    const Recorded recorded = record(scenario, 50);
    EXPECT_TRUE(recorded.outcome.exited_with(0));
    EXPECT_EQ(recorded.printed.sums.at("other_started"), 0);
    EXPECT_EQ(recorded.printed.sums.at("other_kernels"), 50);
    const std::string& err = recorded.outcome.err;
    EXPECT_NE(err.find("libother_tool.so has taken over CUPTI"), std::string::npos) << err;
    EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
    // What ran before is recorded, whole; what ran afterwards is the other tool's.
    expect_every_kernel(recorded);
    EXPECT_EQ(recorded.trace->property("cuda.stepped_aside"), "libother_tool.so");
    EXPECT_TRUE(slices_named(*recorded.trace, "theirs()").empty());
  }
}

TEST(Recording, WhatStillRunsAtTheEndIsNoBadTime) {
  const Recorded recorded = record("endless", 10);
  ASSERT_EQ(recorded.captures.size(), 1u);
  EXPECT_EQ(recorded.captures[0].lost(proto::LossKind::unfinished_record), 1u);
  EXPECT_EQ(recorded.captures[0].lost(proto::LossKind::bad_timestamp), 0u);
}

TEST(Recording, TimesAfterABadOneAreDoubtfulInItsContextOnly) {
  const Recorded recorded = record("times_again", 5);
  ASSERT_NE(recorded.trace, nullptr);
  const tests::Capture& capture = recorded.captures[0];
  EXPECT_EQ(capture.lost(proto::LossKind::bad_timestamp), 3u);
  // The five kernels that came after them, and the copy.
  EXPECT_EQ(capture.lost(proto::LossKind::suspect_time), 6u);
  std::size_t doubtful = 0;
  for (const trace::SliceId id : slices_named(*recorded.trace, "gemm(float*, int)")) {
    doubtful += fact_of(*recorded.trace, id, "time").starts_with("doubtful") ? 1 : 0;
  }
  EXPECT_EQ(doubtful, 5u);
  for (const trace::SliceId id : slices_named(*recorded.trace, "softmax(float*)")) {
    EXPECT_EQ(fact_of(*recorded.trace, id, "time"), "");
  }
}

}  // namespace
}  // namespace tbprof::cuda
