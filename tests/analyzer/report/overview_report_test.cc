// What the overview says and holds, on small traces of which the answer is known.
#include "analyzer/report/overview_report.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <set>
#include <string>

#include "analyzer/report/words.h"
#include "tests/analyzer/small_trace.h"

namespace tbprof::analyzer::report {
namespace {

using tests::Category;
using tests::SmallTrace;

constexpr std::int64_t kMs = 1'000'000;

void set_state(SmallTrace& small, trace::RecordingState state, std::string detail = "") {
  trace::Source source;
  source.path = "runs/a/host.tbtrace";
  source.format = "tbtrace";
  source.state = state;
  source.state_detail = std::move(detail);
  small.builder().set_source(source);
}

// Steps of 10 ms, forward from end to end, of which some have a longer `grown` part at the end.
void add_steps(SmallTrace& small, int count, const std::set<int>& slow = {},
               Category grown = Category::checkpoint) {
  const auto main = small.thread("main");
  std::int64_t now_ns = 0;
  for (int i = 0; i < count; ++i) {
    const std::int64_t more_ns = slow.contains(i) ? 8 * kMs : 0;
    small.step(main, i, now_ns, now_ns + 10 * kMs + more_ns);
    small.slice(main, "forward", Category::forward, now_ns, now_ns + 10 * kMs);
    if (more_ns > 0) {
      small.slice(main, "more", grown, now_ns + 10 * kMs, now_ns + 10 * kMs + more_ns);
    }
    now_ns += 10 * kMs + more_ns;
  }
}

// Steps of 10 ms with a kernel of `busy_ms` each and `host` on the thread for the whole step.
void add_device_steps(SmallTrace& small, std::int64_t busy_ms, Category host) {
  const auto main = small.thread("main");
  const auto stream = small.stream(0, 7);
  for (std::int64_t i = 0; i < 4; ++i) {
    const std::int64_t at_ns = i * 10 * kMs;
    small.step(main, i, at_ns, at_ns + 10 * kMs);
    small.slice(main, "work", host, at_ns, at_ns + 10 * kMs);
    small.slice(stream, "gemm", Category::kernel, at_ns, at_ns + busy_ms * kMs);
  }
}

struct Said {
  const char* name;
  std::function<void(SmallTrace&)> build;
  const char* finding;
  const char* advice;
};
void PrintTo(const Said& said, std::ostream* out) { *out << said.finding; }

const Said kSaid[] = {
    {"nothing", [](SmallTrace&) {}, "Nothing is in this recording.",
     "Give the program steps and ranges with tbprof.h or NVTX, and record it with tbprof run."},
    {"nothing_yet", [](SmallTrace& small) { set_state(small, trace::RecordingState::live); },
     "Nothing has been recorded yet.",
     "Give the program steps and ranges with tbprof.h or NVTX, and record it with tbprof run."},
    {"nothing_before_a_cut",
     [](SmallTrace& small) {
       set_state(small, trace::RecordingState::cut, "The file ends inside its first event.");
     },
     "Nothing of this recording could be read.", "The file ends inside its first event."},
    {"no_window",
     [](SmallTrace& small) {
       trace::RecordingWindows windows;
       windows.is_windowed = true;
       windows.noted_steps = {{1, 0, kMs}, {2, kMs, kMs}};
       small.builder().set_windows(std::move(windows));
       set_state(small, trace::RecordingState::cut, "The program was killed.");
     },
     "No window was opened in 2 steps.",
     "Record steps, a range or a time that the program comes to, or ask by `tbprof capture` while "
     "it runs."},
    {"samples_only",
     [](SmallTrace& small) {
       trace::Samples samples;
       samples.threads = {{4711, "python3", trace::kNoSample, 0, 1}};
       samples.rows.resize(1);
       samples.rows[0].duration_ns = kMs;
       small.builder().set_samples(std::move(samples));
     },
     "No step or range was recorded, but what the threads did was seen.",
     "tbprof analyze --view samples prints it; PyTorch's steps are marked by themselves, those "
     "of other programs with tbprof.h or NVTX."},
    {"few_slow_steps",
     [](SmallTrace& small) {
       add_steps(small, 400, {100, 200});
     },
     "400 steps take 10.0 ms at the median; 2 are slow.",
     "To make a step shorter, begin with its longest part: forward, 99.6 %."},
    {"full_buffers",
     [](SmallTrace& small) {
       add_steps(small, 20);
       small.builder().add_loss({"buffer_full", 60, kMs, 2 * kMs, ""});
     },
     "75.0 % of the events were lost. 20 steps take 10.0 ms at the median; none is slow.",
     "Record fewer or longer ranges, or with a larger TBPROF_BUFFER_KB: the figures hold for the "
     "rest only."},
    {"full_disk",
     [](SmallTrace& small) {
       add_steps(small, 20);
       small.builder().add_loss({"write_failed", 20, kMs, 2 * kMs, ""});
     },
     "50.0 % of the events were lost, because the disk refused them. 20 steps take 10.0 ms at the "
     "median; none is slow.",
     "Make room on the disk and record again: the figures hold for the rest only."},
    {"hardly_any_loss",
     [](SmallTrace& small) {
       add_steps(small, 200);
       small.builder().add_loss({"buffer_full", 1, kMs, 2 * kMs, ""});
     },
     "200 steps take 10.0 ms at the median; none is slow.",
     "To make a step shorter, begin with its longest part: forward, 100.0 %."},
    {"no_steps",
     [](SmallTrace& small) {
       small.slice(small.thread("main"), "load", Category::input, 0, 30 * kMs);
     },
     "No step was marked in 30.0 ms.",
     "Mark each step with tbprof::Step, in Python with tbprof.step(), or with an NVTX range named "
     "“step 1”; their times then stand here."},
    {"first_step_cut",
     [](SmallTrace& small) {
       set_state(small, trace::RecordingState::cut);
       small.step(small.thread("main"), 1, 0, 5 * kMs, false);
     },
     "No step is complete yet in 5.00 ms.", "Record for longer than one step takes."},
    {"first_step_live",
     [](SmallTrace& small) {
       set_state(small, trace::RecordingState::live);
       small.step(small.thread("main"), 1, 0, 5 * kMs, false);
     },
     "No step is complete yet in 5.00 ms.", "The figures appear with the end of the first step."},
    {"one_step", [](SmallTrace& small) { add_steps(small, 1); },
     "The one complete step takes 10.0 ms.",
     "To make a step shorter, begin with its longest part: forward, 100.0 %."},
    {"even_steps", [](SmallTrace& small) { add_steps(small, 20); },
     "20 steps take 10.0 ms at the median; none is slow.",
     "To make a step shorter, begin with its longest part: forward, 100.0 %."},
    {"bare_steps",
     [](SmallTrace& small) {
       const auto main = small.thread("main");
       for (int i = 0; i < 3; ++i) small.step(main, i, i * kMs, (i + 1) * kMs);
     },
     "3 steps take 1.00 ms at the median; none is slow.",
     "Add ranges to see more: nothing was recorded during 100.0 % of a step."},
    {"slow_step", [](SmallTrace& small) { add_steps(small, 20, {7}); },
     "1 of 20 steps is slow: step 7 takes 8.00 ms more.",
     "Open step 7 in the timeline: 8.00 ms of it are in checkpoint."},
    {"slow_steps",
     [](SmallTrace& small) {
       add_steps(small, 20, {3, 7});
     },
     "2 of 20 steps are slow: step 3 takes 8.00 ms more.",
     "Open step 3 in the timeline: 8.00 ms of it are in checkpoint."},
    {"slow_first_step", [](SmallTrace& small) { add_steps(small, 20, {0}); },
     "1 of 20 steps is slow: step 0 takes 8.00 ms more.",
     "It is the first step, into which start-up work falls; judge the speed by the later ones, "
     "which take 10.0 ms."},
    {"input",
     [](SmallTrace& small) {
       const auto main = small.thread("main");
       for (int i = 0; i < 5; ++i) {
         small.step(main, i, i * 10 * kMs, (i + 1) * 10 * kMs);
         small.slice(main, "next batch", Category::input, i * 10 * kMs, i * 10 * kMs + 3 * kMs);
       }
     },
     "Input takes 30.0 % of a step.", "Load input ahead of time or with more workers."},
    {"idle_behind_host_code",
     [](SmallTrace& small) { add_device_steps(small, 6, Category::cpu_operator); },
     // The last kernel ends 4 ms before its step, where the device's time ends: 3 gaps of 4 in 36.
     "The GPU is idle 33.3 % of the time.",
     "Give the device more at once: host code takes 40.0 % of a step while the device does "
     "nothing."},
    {"idle_behind_calls",
     [](SmallTrace& small) { add_device_steps(small, 6, Category::runtime_api); },
     "The GPU is idle 33.3 % of the time.",
     "Launch less often or with CUDA graphs: calls into the CUDA runtime take 40.0 % of a step "
     "while the device does nothing."},
    {"busy_device", [](SmallTrace& small) { add_device_steps(small, 10, Category::cpu_operator); },
     "4 steps take 10.0 ms at the median; none is slow.",
     "To make a step shorter, begin with its longest part: kernels, 100.0 %."},
};

class Headlines : public testing::TestWithParam<Said> {};

TEST_P(Headlines, SayTheLargestLossAndWhatToDo) {
  SmallTrace small;
  GetParam().build(small);
  const Json report = overview_report(*small.seal());
  EXPECT_EQ(with_plain_spaces(report["headline"]["finding"].get<std::string>()),
            GetParam().finding);
  EXPECT_EQ(with_plain_spaces(report["headline"]["advice"].get<std::string>()), GetParam().advice);
}

INSTANTIATE_TEST_SUITE_P(Overview, Headlines, testing::ValuesIn(kSaid),
                         [](const auto& test) { return test.param.name; });

TEST(OverviewReport, HasTheShapeThatItsHeaderPromises) {
  SmallTrace small;
  set_state(small, trace::RecordingState::cut, "The program was killed.");
  small.builder().add_property("host", "a");
  add_steps(small, 20, {7});
  small.builder().add_loss({"buffer_full", 312, kMs, 2 * kMs, "312 events were not recorded."});
  const auto trace = small.seal();
  const Json report = overview_report(*trace);

  const Json& capture = report["capture"];
  EXPECT_EQ(capture["state"], "cut");
  EXPECT_EQ(capture["state_detail"], "The program was killed.");
  EXPECT_EQ(capture["path"], "runs/a/host.tbtrace");
  EXPECT_EQ(capture["duration_ns"], 208 * kMs);
  EXPECT_EQ(capture["properties"], (Json{{"host", "a"}}));
  EXPECT_EQ(report["counts"]["slices"], 21);
  EXPECT_EQ(report["counts"]["steps"], 20);
  EXPECT_EQ(report["losses"],
            Json::array({Json{{"kind", "buffer_full"},
                              {"label", "full buffers"},
                              {"count", 312},
                              {"from_ns", kMs},
                              {"until_ns", 2 * kMs},
                              {"detail", "312 events were not recorded."},
                              {"meaning",
                               "The figures hold for what was kept: counts and times may be "
                               "too low, gaps too long."}}}));
  const Json& steps = report["steps"];
  EXPECT_EQ(steps["count"], 20);
  EXPECT_EQ(steps["steps_shown"], 20);
  EXPECT_EQ(steps["median_ns"], 10 * kMs);
  EXPECT_EQ(steps["max_ns"], 18 * kMs);
  EXPECT_EQ(steps["division"], "by_self_time");
  EXPECT_EQ(steps["includes_device_work"], false);
  ASSERT_EQ(steps["list"].size(), 20u);
  for (const Json& step : steps["list"]) {
    std::int64_t sum_ns = 0;
    for (const auto& key : steps["part_keys"]) {
      sum_ns += step["parts"][key.get<std::string>()].get<std::int64_t>();
    }
    EXPECT_EQ(sum_ns, step["duration_ns"]) << step["number"];
  }
  ASSERT_EQ(steps["slow"].size(), 1u);
  EXPECT_EQ(steps["slow"][0]["number"], 7);
  EXPECT_EQ(steps["slow"][0]["excess_ns"], 8 * kMs);
  EXPECT_EQ(steps["slow"][0]["because_key"], "checkpoint");
  EXPECT_EQ(steps["slow"][0]["because_ns"], 8 * kMs);
  EXPECT_EQ(report["parts_mean"]["checkpoint"], 0.4 * kMs);
  EXPECT_EQ(report["devices"], Json::array());
}

TEST(OverviewReport, DevicesAddUp) {
  SmallTrace small;
  add_device_steps(small, 6, Category::cpu_operator);
  const Json report = overview_report(*small.seal());
  ASSERT_EQ(report["devices"].size(), 1u);
  const Json& device = report["devices"][0];
  EXPECT_EQ(device["name"], "GPU 0");
  EXPECT_EQ(device["busy_ns"], 24 * kMs);
  EXPECT_EQ(device["idle_ns"], 12 * kMs);
  EXPECT_EQ(device["span_ns"], 36 * kMs);
  EXPECT_EQ(device["computation_ns"], 24 * kMs);
  EXPECT_EQ(device["streams"], 1);
  EXPECT_EQ(report["steps"]["division"], "by_priority");
  EXPECT_EQ(report["parts_mean"]["kernel"], 6.0 * kMs);
  EXPECT_EQ(report["parts_mean"]["cpu_operator"], 4.0 * kMs);
}

TEST(OverviewReport, ListOfManyStepsIsBoundedAndSaysSo) {
  SmallTrace small;
  add_steps(small, 5000, {1234, 4321});
  const auto trace = small.seal();
  const Json steps = overview_report(*trace)["steps"];
  EXPECT_EQ(steps["count"], 5000);
  EXPECT_EQ(steps["complete_count"], 5000);
  EXPECT_EQ(steps["steps_shown"], kOverviewSteps);
  ASSERT_EQ(steps["list"].size(), kOverviewSteps);
  std::set<std::int64_t> shown;
  std::int64_t widest_gap = 0;
  for (const Json& step : steps["list"]) {
    const auto number = step["number"].get<std::int64_t>();
    if (!shown.empty()) {
      EXPECT_GT(number, *shown.rbegin()) << "in order of time, none twice";
      widest_gap = std::max(widest_gap, number - *shown.rbegin());
    }
    shown.insert(number);
  }
  for (const std::int64_t kept : {0, 1234, 4321, 4999}) EXPECT_TRUE(shown.contains(kept)) << kept;
  EXPECT_LE(widest_gap, 4) << "the others are spread evenly";
  EXPECT_EQ(steps["slow"].size(), 2u);
  EXPECT_EQ(steps_report(*trace)["steps"]["list"].size(), 5000u) << "without a limit: all";
}

}  // namespace
}  // namespace tbprof::analyzer::report
