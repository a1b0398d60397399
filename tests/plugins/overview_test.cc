#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "analyzer/report/json.h"
#include "analyzer/report/overview_report.h"
#include "plugins/plugin.h"
#include "tests/analyzer/small_trace.h"
#include "tests/plugins/question_of.h"

namespace tbprof::plugins::overview {
Plugin plugin();
}

namespace tbprof::plugins::tests {
namespace {

using analyzer::tests::Category;
using analyzer::tests::SmallTrace;

TracePointer three_steps() {
  SmallTrace small;
  const auto main = small.thread("main");
  for (std::int64_t i = 1; i <= 3; ++i) {
    small.step(main, i, i * 1000, i * 1000 + 900);
    small.slice(main, "forward", Category::forward, i * 1000, i * 1000 + 600);
  }
  small.builder().add_loss({"buffer_full", 7, 10, 20, "The buffer was full."});
  return small.seal();
}

TEST(OverviewPlugin, AnswersTheReportThatTheCommandLinePrints) {
  const TracePointer trace = three_steps();
  const auto answer = ask(overview::plugin(), "report", trace);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer.value().content_type, kJson);
  EXPECT_EQ(answer.value().body,
            analyzer::report::json_text(analyzer::report::overview_report(*trace)));
}

TEST(OverviewPlugin, AMissingOrUnknownCaptureIsAnError) {
  const OneTraceLibrary library(three_steps());
  const Plugin plugin = overview::plugin();
  const Params none;
  EXPECT_EQ(plugin.routes[0].answer({none, library}).error().code,
            proto::ErrorCode::invalid_argument);
  Params other;
  other.add("capture", "other");
  EXPECT_EQ(plugin.routes[0].answer({other, library}).error().code, proto::ErrorCode::not_found);
}

TEST(OverviewPlugin, StreamsEveryStepAsCsv) {
  const auto csv = read_stream(overview::plugin(), "steps.csv", three_steps());
  ASSERT_TRUE(csv.ok());
  EXPECT_EQ(std::count(csv.value().begin(), csv.value().end(), '\n'), 4);
  EXPECT_NE(csv.value().find("2,step 2,2000,900,true,2000,900,0,600,0,0,0,0,300\n"),
            std::string::npos)
      << csv.value();
}

TEST(OverviewPlugin, PushesProgress) {
  const TracePointer trace = three_steps();
  const Plugin plugin = overview::plugin();
  ASSERT_EQ(plugin.pushes.size(), 1u);
  const auto json = nlohmann::json::parse(plugin.pushes[0].message(*trace).value());
  EXPECT_EQ(json["steps"], 3);
  EXPECT_EQ(json["median_ns"], 900);
  EXPECT_EQ(json["lost"], 7);
  EXPECT_EQ(json["state"], "finished");
  EXPECT_EQ(json["duration_ns"], 3900);
}

}  // namespace
}  // namespace tbprof::plugins::tests
