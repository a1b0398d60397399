// The timeline of real traces, against what is known of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "analyzer/load.h"
#include "analyzer/timeline/slice_details.h"
#include "analyzer/timeline/timeline_index.h"
#include "analyzer/timeline/window.h"

namespace tbprof::analyzer::timeline {
namespace {

const std::string kTraces = TBPROF_SHARED_DATA "/traces/";

std::shared_ptr<const trace::Trace> load_or_skip(const std::string& file) {
  if (!std::filesystem::exists(kTraces + file)) return nullptr;
  auto loaded = load(kTraces + file);
  EXPECT_TRUE(loaded.ok()) << loaded.error().message;
  return loaded.ok() ? loaded.take() : nullptr;
}

class RealTrace : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    trace_ = load_or_skip(GetParam());
    if (trace_ == nullptr) GTEST_SKIP() << "../shared/data/traces/" << GetParam() << " is missing";
    index_ = std::make_unique<TimelineIndex>(*trace_);
  }
  std::shared_ptr<const trace::Trace> trace_;
  std::unique_ptr<TimelineIndex> index_;
};

TEST_P(RealTrace, EveryWindowIsBoundedAndCountsEverySlice) {
  WindowQuestion question;
  question.width_px = 800;
  for (const auto& group : index_->picture().groups) {
    for (const auto& track : group.tracks) question.tracks.push_back(&track);
  }
  for (const std::int64_t parts : {1, 7, 100, 10000}) {
    question.from_ns = trace_->duration_ns() / 3;
    question.to_ns = question.from_ns + trace_->duration_ns() / parts + 1;
    if (parts == 1) question.from_ns = 0;
    auto answer = answer_window(*index_, question);
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    std::uint32_t items = 0;
    for (const WindowRow& row : answer.value().rows) {
      const std::uint32_t end = row.rectangle_end + row.column_end;
      EXPECT_LE(end - items, question.width_px + 2);
      items = end;
    }
    if (parts > 1) continue;
    std::uint64_t slices = 0;
    for (const WindowRow& row : answer.value().rows) {
      const PictureTrack& track = *question.tracks[row.track];
      if (track.kind != PictureTrackKind::idle) slices += row.slice_count;
    }
    EXPECT_EQ(slices, trace_->slice_count());
  }
}

TEST_P(RealTrace, EveryKernelLeadsToItsLaunchAndBack) {
  std::size_t linked = 0;
  for (const trace::Link& link : trace_->links_by_from()) {
    if (++linked > 200) break;
    const auto launch = slice_details(*index_, link.from);
    const auto work = slice_details(*index_, link.to);
    ASSERT_TRUE(launch.ok() && work.ok());
    const auto& to = launch.value().launches;
    EXPECT_TRUE(std::any_of(to.begin(), to.end(),
                            [&](const trace::Slice& slice) { return slice.id == link.to; }));
    const auto& from = work.value().launched_by;
    EXPECT_TRUE(std::any_of(from.begin(), from.end(),
                            [&](const trace::Slice& slice) { return slice.id == link.from; }));
  }
  EXPECT_GT(linked, 0u);
}

TEST_P(RealTrace, WalkingAlongALaneAndBackComesHome) {
  for (const trace::Lane& lane : trace_->lanes()) {
    if (lane.slice_count < 2) continue;
    const auto next = neighbour_of(*index_, lane.first_slice, Way::next);
    ASSERT_TRUE(next.has_value());
    EXPECT_EQ(neighbour_of(*index_, *next, Way::previous), lane.first_slice);
    const auto down = neighbour_of(*index_, lane.first_slice, Way::down);
    if (down) {
      EXPECT_EQ(neighbour_of(*index_, *down, Way::up), lane.first_slice);
    }
  }
}

TEST_P(RealTrace, EveryGapLiesBetweenWorkOfTheDevice) {
  const IndexedRow* idle = index_->idle_of(0);
  ASSERT_NE(idle, nullptr);
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(idle->row.size(), 50); ++i) {
    const auto gap = gap_details(*index_, 0, i);
    ASSERT_TRUE(gap.ok());
    ASSERT_TRUE(gap.value().work_before.has_value());
    ASSERT_TRUE(gap.value().work_after.has_value());
    EXPECT_EQ(trace_->slice(*gap.value().work_before).end_ns(), gap.value().start_ns);
    EXPECT_EQ(trace_->slice(*gap.value().work_after).start_ns,
              gap.value().start_ns + gap.value().duration_ns);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Files, RealTrace,
    testing::Values("h100/Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz",
                    "kineto_2021/num_workers_0/worker0.1623143089861.pt.trace.json.gz",
                    "kineto_2021/num_workers_4/worker0.1623212756351.pt.trace.json.gz"));

// Union over the device by an independent tool, in ms: busy 31.905483, idle 2.986936, within the
// profiler step as it shows on the device.
TEST(RealTraceFigures, QwenIsBusyAndIdleAsMeasuredElsewhere) {
  const auto trace = load_or_skip("h100/Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz");
  if (trace == nullptr) GTEST_SKIP() << "../shared/data/traces/h100 is missing";
  const TimelineIndex index(*trace);
  const IndexedRow* busy = index.busy_of(0);
  const IndexedRow* idle = index.idle_of(0);
  ASSERT_NE(busy, nullptr);
  trace::SliceId id = 0;
  while (trace->category_of(id) != proto::Category::gpu_annotation) ++id;
  const std::int64_t from = trace->slice(id).start_ns;
  const std::int64_t end = trace->slice(id).end_ns();
  EXPECT_NEAR(static_cast<double>(busy->pyramid.covered_ns(busy->row, from, end)), 31905483, 1000);
  EXPECT_NEAR(static_cast<double>(idle->pyramid.covered_ns(idle->row, from, end)), 2986936, 1000);
}

// The program marked 47.2 ms; the device had work from before until 12 ms into it. The overview's
// table of steps says the same.
TEST(RealTraceFigures, QwensStepIsAsLongAsOnEveryOtherPage) {
  const auto trace = load_or_skip("h100/Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz");
  if (trace == nullptr) GTEST_SKIP() << "../shared/data/traces/h100 is missing";
  const TimelineIndex index(*trace);
  ASSERT_EQ(index.steps().row.size(), 1u);
  const auto table = profile::step_table(*trace);
  EXPECT_EQ(index.steps().row.start_ns(0), table.steps[0].start_ns);
  EXPECT_EQ(index.steps().row.duration_ns(0), table.steps[0].duration_ns);
  EXPECT_NEAR(static_cast<double>(index.steps().row.duration_ns(0)), 35.2e6, 0.05e6);
  EXPECT_NEAR(static_cast<double>(table.steps[0].marked_duration_ns), 47.2e6, 0.05e6);
}

// What its profiler recorded around the step: one kernel stream with an annotation, ten Python
// frames that last from the first to the last moment of the main thread.
TEST(RealTraceFigures, QwensKernelsLieInOneLaneAndItsOuterFramesAreKnown) {
  const auto trace = load_or_skip("h100/Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz");
  if (trace == nullptr) GTEST_SKIP() << "../shared/data/traces/h100 is missing";
  const TimelineIndex index(*trace);
  const PictureGroup& gpu = index.picture().groups.at(0);
  ASSERT_EQ(gpu.tracks.size(), 3u);
  EXPECT_EQ(gpu.tracks[1].title, "stream 7");
  EXPECT_EQ(gpu.tracks[1].lane_count, 1u);
  EXPECT_EQ(gpu.tracks[2].title, "stream 7, annotations");
  EXPECT_EQ(gpu.tracks[2].slice_count, 1u);
  EXPECT_EQ(gpu.note, "NVIDIA H100 80GB HBM3, 1 stream");
  const PictureTrack& main = index.picture().groups.at(1).tracks.at(0);
  EXPECT_EQ(main.outer_lane_count, 10u);
  const trace::Track& track = trace->tracks()[main.source];
  for (std::uint32_t depth = 0; depth < main.outer_lane_count; ++depth) {
    EXPECT_EQ(trace->lanes_of(track)[depth].slice_count, 1u);
  }
}

}  // namespace
}  // namespace tbprof::analyzer::timeline
