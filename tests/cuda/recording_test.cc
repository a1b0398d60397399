// GPU activity as it reaches the trace file, with the stand-in for libcupti: a program runs in a
// process of its own, prints what it ran, and every record must be in its trace, once.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "analyzer/load.h"
#include "collector/environment.h"
#include "tests/collector/capture.h"

namespace tbprof::cuda {
namespace {

namespace trace = analyzer::trace;
using proto::Category;

struct Printed {
  struct Kernel {
    std::string name;
    std::int64_t stream = 0;
    std::uint64_t correlation_id = 0;
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
    std::int64_t thread = 0;
  };
  std::vector<Kernel> kernels;
  std::map<std::string, long> sums;
};

Printed printed_by(const std::string& out) {
  Printed printed;
  std::istringstream lines(out);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    if (kind == "kernel") {
      Printed::Kernel kernel;
      words >> kernel.name >> kernel.stream >> kernel.correlation_id >> kernel.start_ns >>
          kernel.end_ns >> kernel.thread;
      printed.kernels.push_back(kernel);
    } else if (kind == "sum") {
      std::string what;
      words >> what >> printed.sums[what];
    }
  }
  return printed;
}

struct Recorded {
  tests::Outcome outcome;
  std::vector<tests::Capture> captures;
  std::shared_ptr<const trace::Trace> trace;  // of the only file
  Printed printed;
};

Recorded record(const std::string& scenario, int launches, const std::string& standin = "",
                bool with_folder = true, bool record_it = true) {
  const tests::TemporaryFolder folder;
  tests::RunOptions options;
  if (record_it) {
    options.environment = {std::string(collector::kLogdirVariable) + "=" + folder.path(),
                           std::string(collector::kCudaInjectionVariable) + "=" + TBPROF_LIBRARY,
                           "TSAN_OPTIONS=die_after_fork=0"};
  }
  options.environment.push_back("TBPROF_STANDIN=" + standin);
  if (with_folder) options.environment.push_back("LD_LIBRARY_PATH=" TBPROF_STANDIN_FOLDER);
  Recorded recorded;
  recorded.outcome =
      tests::run_program({TBPROF_STANDIN_PROGRAM, scenario, std::to_string(launches)}, options);
  recorded.captures = tests::read_captures(folder.path());
  if (recorded.captures.size() == 1) {
    auto loaded = analyzer::load(folder.path());
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    if (loaded.ok()) recorded.trace = loaded.value();
  }
  recorded.printed = printed_by(recorded.outcome.out);
  return recorded;
}

// Kernels by correlation id, from the links between calls and work.
std::map<std::int64_t, std::vector<trace::Slice>> kernels_by_stream(const trace::Trace& trace) {
  std::map<std::int64_t, std::vector<trace::Slice>> kernels;
  for (trace::SliceId id = 0; id < trace.slice_count(); ++id) {
    if (trace.category_of(id) != Category::kernel) continue;
    kernels[trace.tracks()[trace.lane_of(id).track].stream].push_back(trace.slice(id));
  }
  for (auto& [stream, slices] : kernels) {
    std::sort(slices.begin(), slices.end(),
              [](const trace::Slice& a, const trace::Slice& b) { return a.start_ns < b.start_ns; });
  }
  return kernels;
}

void expect_every_kernel(const Recorded& recorded) {
  ASSERT_NE(recorded.trace, nullptr);
  const trace::Trace& trace = *recorded.trace;
  auto found = kernels_by_stream(trace);
  std::map<std::int64_t, std::vector<Printed::Kernel>> wanted;
  for (const auto& kernel : recorded.printed.kernels) wanted[kernel.stream].push_back(kernel);
  ASSERT_EQ(found.size(), wanted.size());
  for (auto& [stream, kernels] : wanted) {
    const std::vector<trace::Slice>& slices = found[stream];
    ASSERT_EQ(slices.size(), kernels.size()) << "stream " << stream;
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      EXPECT_EQ(slices[i].duration_ns, kernels[i].end_ns - kernels[i].start_ns);
      // Times between kernels are the device's; only the two clocks' drift may show.
      EXPECT_NEAR(static_cast<double>(slices[i].start_ns - slices[0].start_ns),
                  static_cast<double>(kernels[i].start_ns - kernels[0].start_ns), 50'000.0);
    }
  }
}

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
  const Recorded recorded = record("plain", 5, "drop");
  ASSERT_EQ(recorded.captures.size(), 1u);
  EXPECT_EQ(recorded.captures[0].lost(proto::LossKind::cupti_dropped), 7u);
}

TEST(Recording, ProgramsEndAsTheyWould) {
  struct Case {
    const char* scenario;
    int code;
    int signal;
  };
  for (const Case& one : {Case{"_exit", 3, 0}, Case{"abort", 0, SIGABRT}}) {
    const Recorded recorded = record(one.scenario, 20);
    if (one.signal != 0) {
      EXPECT_TRUE(recorded.outcome.killed_by(one.signal)) << one.scenario;
    } else {
      EXPECT_TRUE(recorded.outcome.exited_with(one.code)) << one.scenario;
    }
    EXPECT_EQ(recorded.outcome.err, "");
    EXPECT_EQ(recorded.printed.kernels.size(), 40u);
  }
}

TEST(Recording, AKilledProgramKeepsWhatWasFlushed) {
  const Recorded recorded = record("kill_later", 200);
  EXPECT_TRUE(recorded.outcome.killed_by(SIGKILL));
  expect_every_kernel(recorded);
}

TEST(Recording, AForkedChildDoesNotDisturb) {
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

class WithoutGpu : public testing::TestWithParam<Trouble> {};

TEST_P(WithoutGpu, TheProgramRunsAndOneLineSaysWhatIsMissing) {
  const Trouble& trouble = GetParam();
  const Recorded bare = record(trouble.scenario, 10, trouble.standin, true, false);
  const Recorded recorded = record(trouble.scenario, 10, trouble.standin);
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
                            "NVreg_RestrictProfilingToAdminUsers"}),
    [](const auto& one) { return one.param.name; });

TEST(Recording, ASlowFlushDoesNotHoldTheProgramUp) {
  const Recorded recorded = record("plain", 10, "slow_flush");
  EXPECT_TRUE(recorded.outcome.exited_with(0));
  EXPECT_EQ(recorded.outcome.err, "");
  ASSERT_EQ(recorded.captures.size(), 1u);
}

}  // namespace
}  // namespace tbprof::cuda
