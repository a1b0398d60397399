// A step's two times in the timeline's answers: with its device work, and as it was marked.
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "analyzer/profile/steps.h"
#include "plugins/plugin.h"
#include "tests/analyzer/small_trace.h"
#include "tests/plugins/question_of.h"

namespace tbprof::plugins::timeline {
Plugin plugin();
}

namespace tbprof::plugins::tests {
namespace {

using analyzer::tests::Category;
using analyzer::tests::SmallTrace;
using nlohmann::json;

// Step 1 marks 0 to 100 and works on the device until 150, step 2 marks 110 to 200 and works until
// 230. Two threads are called "worker".
TracePointer late_device() {
  SmallTrace small;
  const auto main = small.thread("main", 1);
  const auto stream = small.stream(0, 7);
  small.step(main, 1, 0, 100);
  small.step(main, 2, 110, 200);
  small.builder().add_link(small.slice(main, "launch", Category::runtime_api, 20, 30),
                           small.slice(stream, "kernel", Category::kernel, 40, 150));
  small.builder().add_link(small.slice(main, "launch", Category::runtime_api, 120, 130),
                           small.slice(stream, "kernel", Category::kernel, 160, 230));
  small.slice(small.thread("worker", 41), "load", Category::input, 0, 50);
  small.slice(small.thread("worker", 42), "load", Category::input, 0, 60);
  return small.seal();
}

json ask_json(const TracePointer& trace, std::string_view route, const Parameters& parameters) {
  const auto answer = ask(timeline::plugin(), route, trace, parameters);
  EXPECT_TRUE(answer.ok()) << (answer.ok() ? "" : answer.error().message);
  return answer.ok() ? json::parse(answer.value().body) : json();
}

json slice_named(const TracePointer& trace, std::string_view name, std::int64_t start_ns) {
  for (analyzer::trace::SliceId id = 0; id < trace->slice_count(); ++id) {
    const auto slice = trace->slice(id);
    if (slice.start_ns != start_ns || trace->names()[slice.name].text != name) continue;
    return ask_json(trace, "slice", {{"id", std::to_string(id)}});
  }
  ADD_FAILURE() << "there is no slice " << name;
  return {};
}

TEST(TimelineSteps, TheRouteSaysBothTimesAsTheTableOfStepsHasThem) {
  const TracePointer trace = late_device();
  const auto table = analyzer::profile::step_table(*trace);
  ASSERT_EQ(table.steps.size(), 2u);
  ASSERT_TRUE(table.includes_device_work);
  for (const auto& expected : table.steps) {
    const json step = ask_json(trace, "step", {{"number", std::to_string(expected.number)}});
    EXPECT_EQ(step["start_ns"], expected.start_ns);
    EXPECT_EQ(step["duration_ns"], expected.duration_ns);
    EXPECT_EQ(step["marked_start_ns"], expected.marked_start_ns);
    EXPECT_EQ(step["marked_duration_ns"], expected.marked_duration_ns);
    EXPECT_EQ(step["track_title"], "main");
  }
  const json first = ask_json(trace, "step", {{"index", "0"}});
  EXPECT_EQ(first["duration_ns"], 150);
  EXPECT_EQ(first["marked_duration_ns"], 100);
}

TEST(TimelineSteps, TheRulerShowsTheTimeWithDeviceWorkAndNamesTheMarkedOne) {
  const TracePointer trace = late_device();
  const auto answer =
      ask(timeline::plugin(), "window", trace,
          {{"from_ns", "0"}, {"to_ns", "230"}, {"width_px", "230"}, {"tracks", "steps"}});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  const std::string& bytes = answer.value().body;
  std::uint32_t head_bytes = 0;
  std::memcpy(&head_bytes, bytes.data() + 4, 4);
  const json names = json::parse(bytes.substr(8, head_bytes))["meta"]["names"];
  EXPECT_EQ(names, json::parse(R"([["Step 1", "step", 100], ["Step 2", "step", 90]])"));
}

TEST(TimelineSteps, DeviceWorkBelongsToTheStepThatLaunchedIt) {
  const TracePointer trace = late_device();
  EXPECT_EQ(slice_named(trace, "kernel", 40)["step"]["number"], 1);
  EXPECT_EQ(slice_named(trace, "kernel", 160)["step"]["number"], 2);
  // The device is still at step 1, the thread is not.
  EXPECT_EQ(slice_named(trace, "launch", 120)["step"]["number"], 2);
  EXPECT_EQ(slice_named(trace, "launch", 20)["step"]["number"], 1);
}

TEST(TimelineSteps, StepsOfOneNumberAreToldApartByTheirStart) {
  SmallTrace small;
  const auto main = small.thread("main");
  for (const std::int64_t start_ns : {0, 100, 200}) small.step(main, 5, start_ns, start_ns + 50);
  const TracePointer trace = small.seal();
  EXPECT_EQ(ask_json(trace, "step", {{"number", "5"}})["index"], 0);
  EXPECT_EQ(ask_json(trace, "step", {{"number", "5"}, {"start_ns", "200"}})["index"], 2);
  EXPECT_EQ(ask_json(trace, "step", {{"number", "5"}, {"start_ns", "104"}})["index"], 1);
  const auto none = ask(timeline::plugin(), "step", trace, {{"index", "3"}});
  EXPECT_EQ(none.error().code, proto::ErrorCode::not_found);
}

TEST(TimelineSteps, ThreadsOfOneNameSayTheirIds) {
  const TracePointer trace = late_device();
  const json tracks = ask_json(trace, "tracks", {});
  std::vector<std::string> titles;
  for (const json& track : tracks["groups"][1]["tracks"]) titles.push_back(track["title"]);
  std::sort(titles.begin(), titles.end());
  EXPECT_EQ(titles, (std::vector<std::string>{"main", "worker 41", "worker 42"}));
  EXPECT_EQ(slice_named(trace, "load", 0)["track_title"].get<std::string>().substr(0, 8),
            "worker 4");
}

}  // namespace
}  // namespace tbprof::plugins::tests
