// The timeline's routes as a program asks them: what they answer, what they refuse.
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "plugins/plugin.h"
#include "tests/analyzer/timeline/random_trace.h"

namespace tbprof::plugins::timeline {
Plugin plugin();
namespace {

using nlohmann::json;

class OneTrace : public Library {
 public:
  explicit OneTrace(TracePointer trace) : trace_(std::move(trace)) {}
  proto::Result<TracePointer> trace(std::string_view capture_id) const override {
    if (capture_id == "c") return trace_;
    return proto::Error{proto::ErrorCode::not_found, "There is no such capture."};
  }

 private:
  TracePointer trace_;
};

class TimelineRoutes : public testing::Test {
 protected:
  using Query = std::map<std::string, std::string>;

  proto::Result<Answer> ask(const std::string& route, const Query& query) {
    Params params;
    for (const auto& [key, value] : query) params.add(key, value);
    for (const Route& candidate : plugin_.routes) {
      if (candidate.name == route) return candidate.answer(Question{params, library_});
    }
    ADD_FAILURE() << "there is no route " << route;
    return proto::Error{proto::ErrorCode::not_found, ""};
  }
  json ask_json(const std::string& route, const Query& query) {
    auto answer = ask(route, query);
    EXPECT_TRUE(answer.ok()) << (answer.ok() ? "" : answer.error().message);
    return answer.ok() ? json::parse(answer.value().body) : json();
  }
  static Query window(const Query& change = {}) {
    Query query = {{"capture", "c"}, {"from_ns", "0"}, {"to_ns", "100000"}, {"width_px", "200"}};
    for (const auto& [key, value] : change) query[key] = value;
    return query;
  }

  TracePointer trace_ = tests::random_trace(3, {400, 300, 500, 6});
  OneTrace library_{trace_};
  Plugin plugin_ = plugin();
};

TEST_F(TimelineRoutes, TracksNameGroupsInTheirOrder) {
  const json tracks = ask_json("tracks", {{"capture", "c"}});
  EXPECT_EQ(tracks["slices"], trace_->slice_count());
  EXPECT_EQ(tracks["duration_ns"], trace_->duration_ns());
  ASSERT_EQ(tracks["groups"].size(), 1u);
  const json& group = tracks["groups"][0];
  EXPECT_EQ(group["device"], true);
  ASSERT_EQ(group["tracks"].size(), 3u);
  EXPECT_EQ(group["tracks"][0]["kind"], "idle");
  EXPECT_GE(group["tracks"][1]["busy_ns"], group["tracks"][2]["busy_ns"]);
}

TEST_F(TimelineRoutes, WindowHeadNamesOnlyWhatOccurs) {
  auto answer = ask("window", window({{"tracks", "t0"}, {"to_ns", "2000"}}));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer.value().content_type, kColumns);
  const std::string& bytes = answer.value().body;
  ASSERT_EQ(bytes.substr(0, 4), "TBC1");
  std::uint32_t head_bytes = 0;
  std::memcpy(&head_bytes, bytes.data() + 4, 4);
  const json head = json::parse(bytes.substr(8, head_bytes));
  EXPECT_EQ(head["meta"]["tracks"], json::array({"t0"}));
  std::set<std::string> in_window;
  for (analyzer::trace::SliceId id = 0; id < trace_->slice_count(); ++id) {
    const auto slice = trace_->slice(id);
    if (trace_->lane_of(id).track != 0 || slice.start_ns >= 2000) continue;
    in_window.insert(trace_->names()[slice.name].text);
  }
  for (const json& name : head["meta"]["names"]) EXPECT_TRUE(in_window.contains(name[0]));
}

TEST_F(TimelineRoutes, HostileWindowsAreRefused) {
  const std::vector<Query> hostile = {
      {{"from_ns", ""}},       {{"from_ns", "1e3"}},
      {{"to_ns", "0"}},        {{"to_ns", "99999999999999999999"}},
      {{"width_px", "0"}},     {{"width_px", "-1"}},
      {{"width_px", "20000"}}, {{"tracks", "t9"}},
      {{"tracks", "t0,,t1"}},  {{"tracks", std::string(100000, 't')}},
  };
  for (const Query& change : hostile) {
    const auto answer = ask("window", window(change));
    ASSERT_FALSE(answer.ok()) << change.begin()->first << " " << change.begin()->second;
    EXPECT_EQ(answer.error().code, proto::ErrorCode::invalid_argument);
    EXPECT_LT(answer.error().message.size(), 400u);
  }
  std::string many = "t0";
  for (int i = 0; i < 2000; ++i) many += ",t0";
  EXPECT_FALSE(ask("window", window({{"tracks", many}})).ok());
}

TEST_F(TimelineRoutes, SliceNeighbourAndFindAgree) {
  const json slice = ask_json("slice", {{"capture", "c"}, {"id", "5"}});
  const json next = ask_json("neighbour", {{"capture", "c"}, {"id", "5"}, {"way", "next"}});
  EXPECT_EQ(next["id"], 6);
  const json back = ask_json("neighbour", {{"capture", "c"}, {"id", "6"}, {"way", "previous"}});
  EXPECT_EQ(back, slice);
  const json found = ask_json("find", {{"capture", "c"},
                                       {"track", slice["track"]},
                                       {"start_ns", slice["start_ns"].dump()},
                                       {"name", slice["name"]}});
  EXPECT_EQ(found, slice);
  const json alike = ask_json("neighbour", {{"capture", "c"}, {"id", "5"}, {"way", "next_alike"}});
  EXPECT_EQ(alike["name"], slice["name"]);
  EXPECT_EQ(alike["alike"]["before"], slice["alike"]["before"].get<int>() + 1);
}

TEST_F(TimelineRoutes, SearchFindsSlicesByAPartOfTheirName) {
  const json first = ask_json("search", {{"capture", "c"}, {"text", "NAME 2"}, {"from_ns", "0"}});
  ASSERT_EQ(first["slice"]["name"], "name 2");
  EXPECT_EQ(first["before"], 0);
  EXPECT_EQ(first["count"], first["slice"]["alike"]["count"]);
  const json second = ask_json("search", {{"capture", "c"},
                                          {"text", "name 2"},
                                          {"from_ns", first["slice"]["start_ns"].dump()},
                                          {"from_id", first["slice"]["id"].dump()}});
  EXPECT_EQ(second["before"], 1);
  EXPECT_GE(second["slice"]["start_ns"], first["slice"]["start_ns"]);
  EXPECT_EQ(ask_json("search", {{"capture", "c"}, {"text", "nowhere"}, {"from_ns", "0"}}),
            json::parse(R"({"count": 0, "before": 0, "slice": null})"));
  const std::vector<Query> hostile = {{{"text", ""}},
                                      {{"text", std::string(400, 'x')}},
                                      {{"text", "x"}, {"way", "sideways"}},
                                      {{"text", "x"}, {"from_id", "-1"}},
                                      {{"text", "x"}, {"from_ns", "now"}}};
  for (Query query : hostile) {
    query.try_emplace("from_ns", "0");
    query["capture"] = "c";
    EXPECT_EQ(ask("search", query).error().code, proto::ErrorCode::invalid_argument);
  }
}

TEST_F(TimelineRoutes, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(ask("slice", {{"capture", "c"}, {"id", "4000000"}}).error().code,
            proto::ErrorCode::not_found);
  EXPECT_EQ(ask("gap", {{"capture", "c"}, {"device", "3"}, {"number", "0"}}).error().code,
            proto::ErrorCode::not_found);
  EXPECT_EQ(ask("step", {{"capture", "c"}, {"number", "1"}}).error().code,
            proto::ErrorCode::not_found);
  EXPECT_EQ(ask("tracks", {{"capture", "d"}}).error().code, proto::ErrorCode::not_found);
}

}  // namespace
}  // namespace tbprof::plugins::timeline
