#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "plugins/plugin.h"
#include "tests/analyzer/small_trace.h"
#include "tests/plugins/question_of.h"

namespace tbprof::plugins::ranges {
Plugin plugin();
}
namespace tbprof::plugins::a_copy {
Plugin plugin();
}

namespace tbprof::plugins::tests {
namespace {

using analyzer::tests::Category;
using analyzer::tests::SmallTrace;

TracePointer nested() {
  SmallTrace small;
  const auto main = small.thread("main");
  small.slice(main, "train", Category::other, 0, 1000);
  small.slice(main, "forward", Category::forward, 0, 400);
  small.slice(main, "layer, \"1\"", Category::other, 0, 100);
  small.slice(main, "backward", Category::backward, 400, 900);
  small.slice(small.stream(0, 7), "gemm", Category::kernel, 100, 300);
  return small.seal();
}

nlohmann::json json_of(const proto::Result<Answer>& answer) {
  EXPECT_TRUE(answer.ok()) << (answer.ok() ? "" : answer.error().message);
  return answer.ok() ? nlohmann::json::parse(answer.value().body) : nlohmann::json();
}

TEST(RangesPlugin, TableIsBoundedAndCountsTheRest) {
  const auto json = json_of(ask(ranges::plugin(), "table", nested(), {{"limit", "2"}}));
  EXPECT_EQ(json["row_count"], 4);
  ASSERT_EQ(json["rows"].size(), 2u);
  EXPECT_EQ(json["rows"][0]["name"], "train");
  EXPECT_EQ(json["rows"][0]["self_ns"], 100);
  EXPECT_EQ(json["others"]["rows"], 2);
  EXPECT_EQ(json["others"]["total_ns"], 500);
}

TEST(RangesPlugin, TableSaysWhatIsMissingAndWhatIsFound) {
  SmallTrace small;
  small.slice(small.thread("main"), "work", Category::other, 0, 1000);
  small.builder().add_loss({"buffer_full", 312, 1, 2, "312 events were not recorded."});
  const auto json = json_of(ask(ranges::plugin(), "table", small.seal()));
  ASSERT_EQ(json["losses"].size(), 1u);
  EXPECT_EQ(json["losses"][0]["count"], 312);
  EXPECT_EQ(json["losses"][0]["detail"], "312 events were not recorded.");
  EXPECT_NE(json["losses"][0]["meaning"], "");
  EXPECT_EQ(json["headline"]["finding"], "work itself takes 100.0\u202f% of the time in ranges.");
}

TEST(RangesPlugin, TreeOpensLevelByLevel) {
  const auto top = json_of(ask(ranges::plugin(), "tree", nested(), {{"depth", "1"}}));
  ASSERT_EQ(top["tree"]["children"].size(), 1u);
  const auto& train = top["tree"]["children"][0];
  EXPECT_EQ(train["key"], "other:train");
  EXPECT_EQ(train["child_count"], 2);
  EXPECT_FALSE(train.contains("children"));
  const auto below = json_of(ask(ranges::plugin(), "tree", nested(),
                                 {{"path", "other:train"}, {"path", "forward:forward"}}));
  EXPECT_EQ(below["tree"]["name"], "forward");
  EXPECT_EQ(below["tree"]["children"][0]["name"], "layer, \"1\"");
}

TEST(RangesPlugin, RefusesWhatItDoesNotKnow) {
  const Plugin plugin = ranges::plugin();
  EXPECT_EQ(ask(plugin, "tree", nested(), {{"path", "no:such"}}).error().code,
            proto::ErrorCode::not_found);
  EXPECT_EQ(ask(plugin, "table", nested(), {{"where", "moon"}}).error().code,
            proto::ErrorCode::invalid_argument);
  EXPECT_EQ(ask(plugin, "table", nested(), {{"limit", "0"}}).error().code,
            proto::ErrorCode::invalid_argument);
  EXPECT_EQ(ask(plugin, "table", nested(), {{"track", "2"}}).error().code,
            proto::ErrorCode::invalid_argument);
}

TEST(RangesPlugin, DeviceRangesWhenAskedFor) {
  const auto json = json_of(ask(ranges::plugin(), "table", nested(), {{"where", "device"}}));
  ASSERT_EQ(json["rows"].size(), 1u);
  EXPECT_EQ(json["rows"][0]["category"], "kernel");
}

TEST(RangesPlugin, CsvQuotesNames) {
  const auto csv = read_stream(ranges::plugin(), "ranges.csv", nested());
  ASSERT_TRUE(csv.ok());
  EXPECT_NE(csv.value().find("\"layer, \"\"1\"\"\",other,1,100,100,100,100,100,100,100,0,0\n"),
            std::string::npos)
      << csv.value();
}

TEST(TemplatePlugin, CountsSlicesByCategory) {
  const Plugin plugin = a_copy::plugin();
  const auto json = json_of(ask(plugin, "counts", nested()));
  EXPECT_EQ(json["slices"], 5);
  EXPECT_EQ(json["by_category"]["other"], 2);
  EXPECT_EQ(json["by_category"]["kernel"], 1);
}

}  // namespace
}  // namespace tbprof::plugins::tests
