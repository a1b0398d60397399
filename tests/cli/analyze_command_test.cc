// The output of `tbprof analyze` on small traces, line by line.
#include "cli/analyze_command.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "analyzer/report/json.h"
#include "analyzer/report/overview_report.h"
#include "cli/display_width.h"
#include "tests/analyzer/small_trace.h"

namespace tbprof::cli {
namespace {

using analyzer::tests::Category;
using analyzer::tests::SmallTrace;
using TracePointer = std::shared_ptr<const analyzer::trace::Trace>;

// Six steps of 10 ms, the fourth with 8 ms more input; the recording was cut in the seventh.
TracePointer training() {
  SmallTrace small;
  analyzer::trace::Source source;
  source.path = "runs/a/host_1_2.tbtrace";
  source.format = "tbtrace";
  source.state = analyzer::trace::RecordingState::cut;
  source.state_detail = "The program was killed; what it recorded until 72 ms is here.";
  small.builder().set_source(source);
  const auto main = small.thread("main");
  std::int64_t now = 0;
  for (std::int64_t i = 1; i <= 6; ++i) {
    const std::int64_t input = i == 4 ? 10'000'000 : 2'000'000;
    const std::int64_t end = now + input + 8'000'000;
    small.step(main, i, now, end);
    small.slice(main, "next batch", Category::input, now, now + input);
    small.slice(main, "forward", Category::forward, now + input, end - 5'000'000);
    small.slice(main, "a layer with a name that is far too long for the table", Category::other,
                now + input, now + input + 1'000'000);
    small.slice(main, "backward", Category::backward, end - 5'000'000, end - 1'000'000);
    now = end;
  }
  small.step(main, 7, now, now + 4'000'000, false);
  small.builder().add_loss({"buffer_full", 312, 1, 2, "312 events were not recorded."});
  return small.seal();
}

TracePointer device() {
  SmallTrace small;
  const auto main = small.thread("main");
  const auto stream = small.stream(0, 7);
  for (std::int64_t i = 0; i < 4; ++i) {
    const std::int64_t at = i * 1'000'000;
    small.step(main, i, at, at + 1'000'000);
    small.slice(main, "aten::mm", Category::cpu_operator, at, at + 400'000);
    small.slice(stream, "gemm", Category::kernel, at + 300'000, at + 900'000);
  }
  return small.seal();
}

std::string output(const TracePointer& trace, AnalyzeView view,
                   AnalyzeFormat format = AnalyzeFormat::text, std::size_t width = 100) {
  AnalyzeOptions options;
  options.view = view;
  options.format = format;
  options.width_columns = width;
  return analyze_output(*trace, options);
}

TEST(Analyze, OverviewSaysWhatIsWrongFirst) {
  EXPECT_EQ(output(training(), AnalyzeView::overview),
            R"(runs/a/host_1_2.tbtrace
tbtrace, cut: The program was killed; what it recorded until 72 ms is here.
72.0 ms: 24 slices on 1 track, 7 steps
Lost: 312 events were not recorded.
The figures hold for what was kept: counts and times may be too low, gaps too long.

92.9 % of the events were lost. Input takes 29.4 % of a step.
Record fewer or longer ranges, or with a larger TBPROF_BUFFER_KB: the figures hold for the rest
only.

7 steps, 1 of them not complete: median 10.0 ms, mean 11.3 ms, p99 18.0 ms, min 10.0 ms, max
18.0 ms.

mean step         ms      %
input           3.33   29.4
forward         3.00   26.5
backward        4.00   35.3
optimizer          0      0
communication      0      0
checkpoint         0      0
other           1.00    8.8
all            11.33  100.0

Step 4 takes 8.00 ms more than the median step, 8.00 ms of it in input.
)");
}

TEST(Analyze, StepsAreATableWithOneUnitAColumn) {
  EXPECT_EQ(output(device(), AnalyzeView::steps),
            R"(small.tbtrace
tbtrace, finished
4.00 ms: 8 slices on 2 tracks, 4 steps

4 steps: median 1.00 ms, mean 1.00 ms, p99 1.00 ms, min 1.00 ms, max 1.00 ms.

step  start  takes  kernel  cpu_operator  other
         ms     ms      ms            ms     ms
   0      0  1.000   0.600         0.300  0.100
   1  1.000  1.000   0.600         0.300  0.100
   2  2.000  1.000   0.600         0.300  0.100
   3  3.000  1.000   0.600         0.300  0.100
)");
}

TEST(Analyze, OneStepIsSaidOnce) {
  const auto steps = [](bool has_cut_one) {
    SmallTrace small;
    const auto main = small.thread("main");
    small.step(main, 1, 0, 10'000'000);
    if (has_cut_one) small.step(main, 2, 10'000'000, 12'000'000, false);
    return small.seal();
  };
  for (const AnalyzeView view : {AnalyzeView::overview, AnalyzeView::steps}) {
    const std::string alone = output(steps(false), view);
    EXPECT_NE(alone.find("\n1 step: 10.0 ms.\n"), std::string::npos) << alone;
    const std::string cut = output(steps(true), view);
    EXPECT_NE(cut.find("\n2 steps, 1 of them not complete; the complete one takes 10.0 ms.\n"),
              std::string::npos)
        << cut;
    for (const std::string& text : {alone, cut}) {
      for (const char* word : {"median 1", "mean 1", "p99", "min ", "max "}) {
        EXPECT_EQ(text.find(word), std::string::npos) << text;
      }
    }
  }
}

TEST(Analyze, LongListsOfStepsSayThatTheyAreCut) {
  SmallTrace small;
  const auto main = small.thread("main");
  for (std::int64_t i = 0; i < 50; ++i) small.step(main, i, i * 1'000'000, (i + 1) * 1'000'000);
  const auto trace = small.seal();
  AnalyzeOptions options;
  options.view = AnalyzeView::steps;
  options.limit = 20;
  const std::string text = analyze_output(*trace, options);
  EXPECT_NE(text.find("\n\u2026 20 of 50 steps: "), std::string::npos) << text;
}

TEST(Analyze, DevicesShowWhatTheyWaited) {
  const std::string text = output(device(), AnalyzeView::overview);
  EXPECT_NE(text.find("The GPU is idle 33.3 % of the time.\n"), std::string::npos);
  EXPECT_NE(
      text.find("device  streams   span   busy   idle  idle  compute  copy only  comm. only\n"
                "                    ms     ms     ms     %       ms         ms          ms\n"
                "GPU 0         1  3.600  2.400  1.200  33.3    2.400          0           0\n"),
      std::string::npos)
      << text;
}

TEST(Analyze, RangesFitTheTerminal) {
  const std::string text = output(training(), AnalyzeView::ranges, AnalyzeFormat::text, 110);
  EXPECT_NE(text.find("\nrange"), std::string::npos);
  EXPECT_NE(text.find("\u2026"), std::string::npos) << "the long name must be cut";
  EXPECT_EQ(text.find("far too long"), std::string::npos);
  const std::string unbounded = output(training(), AnalyzeView::ranges, AnalyzeFormat::text, 400);
  EXPECT_NE(unbounded.find("a layer with a name that is far too long for the table  other"),
            std::string::npos);
}

TEST(Analyze, RangesSayTheFindingAndWhatTheirShareIs) {
  const std::string text = output(training(), AnalyzeView::ranges);
  EXPECT_NE(text.find("\n\nbackward itself takes 38.7 % of the time in ranges of steps.\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("% of time is total against the 72.0 ms"), std::string::npos) << text;
  EXPECT_EQ(text.find("No room for"), std::string::npos) << text;
}

TEST(Analyze, EveryViewFitsANarrowTerminalAndNamesWhatItLeavesOut) {
  for (const AnalyzeView view : {AnalyzeView::overview, AnalyzeView::steps, AnalyzeView::ranges}) {
    const std::string text = output(training(), view, AnalyzeFormat::text, 60);
    std::size_t begin = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos;
         end = text.find('\n', begin)) {
      const std::string line = text.substr(begin, end - begin);
      EXPECT_LE(display_width(line), 60u) << line;
      begin = end + 1;
    }
  }
  const std::string ranges = output(training(), AnalyzeView::ranges, AnalyzeFormat::text, 60);
  EXPECT_NE(ranges.find("No room for category, % of time, p50, p99, max, a step: a"),
            std::string::npos)
      << ranges;
  EXPECT_NE(ranges.find("  self"), std::string::npos) << ranges;
}

TEST(Analyze, OneOfAKindIsSaidInTheSingular) {
  SmallTrace small;
  const auto main = small.thread("main");
  small.slice(main, "work", Category::other, 0, 1000);
  small.builder().add_loss({"bad_payload", 1, 0, 0, ""});
  const std::string text = output(small.seal(), AnalyzeView::ranges);
  EXPECT_NE(text.find("1 slice on 1 track, 0 steps\nLost: 1 record is not whole: damaged records."),
            std::string::npos)
      << text;
}

TEST(Analyze, ALimitIsSaidBesideTheTable) {
  AnalyzeOptions options;
  options.view = AnalyzeView::steps;
  options.limit = 4;
  const std::string steps = analyze_output(*training(), options);
  EXPECT_NE(steps.find("\u2026 4 of 7 steps: "), std::string::npos) << steps;
  EXPECT_NE(steps.find("+8.00 ms"), std::string::npos) << "the slow step is shown\n" << steps;
  options.view = AnalyzeView::ranges;
  options.limit = 1;
  const std::string ranges = analyze_output(*training(), options);
  EXPECT_NE(ranges.find("\u2026 and 3 ranges more, "), std::string::npos) << ranges;
}

TEST(Analyze, JsonIsTheReport) {
  const TracePointer trace = training();
  const std::string text = output(trace, AnalyzeView::overview, AnalyzeFormat::json);
  EXPECT_EQ(text, analyzer::report::json_text(analyzer::report::overview_report(*trace)) + "\n");
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["capture"]["state"], "cut");
  EXPECT_EQ(json["steps"]["complete_count"], 6);
  EXPECT_EQ(json["steps"]["slow"][0]["number"], 4);
  EXPECT_EQ(json["steps"]["slow"][0]["because_key"], "input");
  EXPECT_EQ(json["steps"]["list"][6]["complete"], false);
  EXPECT_EQ(json["losses"][0]["count"], 312);
}

TEST(Analyze, CsvHasUnitsInItsHead) {
  const std::string steps = output(training(), AnalyzeView::steps, AnalyzeFormat::csv);
  EXPECT_EQ(steps.substr(0, steps.find('\n')),
            "number,name,start_ns,duration_ns,complete,marked_start_ns,marked_duration_ns,input_ns,"
            "forward_ns,backward_ns,optimizer_ns,communication_ns,checkpoint_ns,other_ns");
  EXPECT_EQ(std::count(steps.begin(), steps.end(), '\n'), 8);
  const std::string overview = output(training(), AnalyzeView::overview, AnalyzeFormat::csv);
  EXPECT_NE(overview.find("\nsteps.median_ns,10000000\n"), std::string::npos) << overview;
}

TEST(Analyze, WithoutStepsSaysHowToMarkThem) {
  SmallTrace small;
  small.slice(small.thread("main"), "work", Category::other, 0, 1000);
  const std::string text = output(small.seal(), AnalyzeView::steps);
  EXPECT_NE(text.find("No step was marked"), std::string::npos);
  EXPECT_NE(text.find("tbprof::Step"), std::string::npos);
}

TEST(Analyze, NamesCannotSteerTheTerminal) {
  SmallTrace small;
  small.slice(small.thread("main"), "\x1b[2Jgone", Category::other, 0, 1000);
  EXPECT_EQ(output(small.seal(), AnalyzeView::ranges).find('\x1b'), std::string::npos);
}

int status_of(std::vector<std::string> arguments) {
  CLI::App app("test", "tbprof");
  int status = -1;
  add_analyze_command(app, status);
  std::reverse(arguments.begin(), arguments.end());
  app.parse(std::move(arguments));
  return status;
}

TEST(Analyze, AnUnreadablePathIsStatusOneAndOneSentence) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(status_of({"analyze", "/no/such/trace"}), 1);
  const std::string error = testing::internal::GetCapturedStderr();
  EXPECT_EQ(error.rfind("tbprof analyze: ", 0), 0u);
  EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 1);
}

TEST(Analyze, WrongUsageIsRefused) {
  EXPECT_THROW(status_of({"analyze"}), CLI::ParseError);
  EXPECT_THROW(status_of({"analyze", "x", "--view", "moon"}), CLI::ParseError);
  EXPECT_THROW(status_of({"analyze", "x", "--limit", "-3"}), CLI::ParseError);
}

}  // namespace
}  // namespace tbprof::cli
