#include "analyzer/timeline/busy_union.h"

#include <gtest/gtest.h>

#include <vector>

#include "analyzer/profile/device_busy.h"
#include "analyzer/timeline/slice_details.h"
#include "analyzer/timeline/timeline_index.h"
#include "tests/analyzer/small_trace.h"
#include "tests/analyzer/timeline/random_trace.h"

namespace tbprof::analyzer::timeline {
namespace {

TEST(BusyUnion, AgreesWithATickByTickOracle) {
  for (std::uint32_t seed = 1; seed < 6; ++seed) {
    const auto trace = tbprof::tests::random_trace(seed, {60, 30, 200, 6});
    std::vector<bool> busy(static_cast<std::size_t>(trace->duration_ns()) + 1, false);
    for (trace::SliceId id = 0; id < trace->slice_count(); ++id) {
      const trace::Slice slice = trace->slice(id);
      for (std::int64_t t = slice.start_ns; t < slice.end_ns(); ++t) {
        busy[static_cast<std::size_t>(t)] = true;
      }
    }
    const TimelineIndex index(*trace);
    const IndexedRow* row = index.busy_of(0);
    const IndexedRow* idle = index.idle_of(0);
    ASSERT_NE(row, nullptr);
    const std::int64_t first = row->row.start_ns(0);
    const std::int64_t last = row->row.end_ns(row->row.size() - 1);
    std::int64_t busy_ns = 0;
    std::int64_t idle_ns = 0;
    for (std::int64_t t = first; t < last; ++t) {
      ++(busy[static_cast<std::size_t>(t)] ? busy_ns : idle_ns);
    }
    const auto covered = [&](const IndexedRow& rows, std::int64_t from, std::int64_t to) {
      return rows.pyramid.covered_ns(rows.row, from, to);
    };
    EXPECT_EQ(covered(*row, 0, trace->duration_ns()), busy_ns);
    EXPECT_EQ(covered(*idle, 0, trace->duration_ns()), idle_ns);
    EXPECT_EQ(busy_ns + idle_ns, last - first);
    for (std::uint32_t i = 0; i < idle->row.size(); ++i) {
      EXPECT_FALSE(busy[static_cast<std::size_t>(idle->row.start_ns(i))]);
      EXPECT_TRUE(busy[static_cast<std::size_t>(idle->row.end_ns(i))]);
    }
  }
}

TEST(BusyUnion, IdleIsThatOfTheOverview) {
  analyzer::tests::SmallTrace small;
  const auto main = small.thread("main");
  const auto stream = small.stream(0, 7);
  const auto launch = small.slice(main, "launch", proto::Category::runtime_api, 100, 110);
  small.slice(stream, "left over", proto::Category::kernel, 0, 50);
  const auto first = small.slice(stream, "gemm", proto::Category::kernel, 120, 150);
  small.slice(stream, "gemm", proto::Category::kernel, 180, 200);
  small.builder().add_link(launch, first);
  const auto trace = small.seal();
  const TimelineIndex index(*trace);
  const auto devices = profile::device_busy(*trace);
  ASSERT_EQ(devices.size(), 1u);
  EXPECT_EQ(devices[0].idle_ns, 30);
  EXPECT_EQ(index.find_track("idle0")->busy_ns, 30);
  EXPECT_EQ(index.find_track("t1")->busy_ns, 100);
}

TEST(BusyUnion, AThreadIsBusyWhileAnyOfItsLanesIs) {
  analyzer::tests::SmallTrace small;
  const auto main = small.thread("main");
  small.slice(main, "A", proto::Category::other, 0, 10);
  small.slice(main, "B", proto::Category::other, 5, 15);
  const auto trace = small.seal();
  const TimelineIndex index(*trace);
  EXPECT_EQ(index.find_track("t0")->busy_ns, 15);
}

TEST(BusyUnion, AThreadWithMarksOnlyIsShown) {
  analyzer::tests::SmallTrace small;
  const auto marks = small.thread("marks");
  small.builder().add_instant({marks, 40, small.builder().intern_name("mark", {})});
  small.builder().add_instant({marks, 70, small.builder().intern_name("mark", {})});
  const auto trace = small.seal();
  const TimelineIndex index(*trace);
  const PictureTrack* track = index.find_track("t0");
  ASSERT_NE(track, nullptr);
  EXPECT_EQ(track->lane_count, 1u);
  EXPECT_EQ(track->first_ns, 40);
  EXPECT_EQ(track->last_ns, 70);
}

TEST(TimelineIndex, LendsTalliesAgain) {
  const auto trace = tbprof::tests::random_trace(1, {60, 30, 200, 6});
  const TimelineIndex index(*trace);
  auto first = index.borrow_tallies();
  auto second = index.borrow_tallies();
  EXPECT_NE(first, second);
  const auto* lent = first.get();
  index.give_back(std::move(first));
  EXPECT_EQ(index.borrow_tallies().get(), lent);
}

TEST(SliceDetails, OverlapsLeaveASliceItsChildren) {
  analyzer::tests::SmallTrace small;
  const auto main = small.thread("main");
  small.slice(main, "A", proto::Category::other, 0, 10);
  small.slice(main, "B", proto::Category::other, 5, 15);
  small.slice(main, "C", proto::Category::other, 6, 8);
  small.slice(main, "D", proto::Category::other, 7, 12);
  const auto trace = small.seal();
  const TimelineIndex index(*trace);
  const trace::SliceId b = trace->lanes()[1].first_slice;
  const auto details = slice_details(index, b);
  ASSERT_TRUE(details.ok());
  EXPECT_EQ(details.value().child_count, 2u);
  EXPECT_EQ(details.value().self_ns, 4);
  const auto down = neighbour_of(index, b, Way::down);
  ASSERT_TRUE(down.has_value());
  EXPECT_EQ(trace->slice(*down).start_ns, 6);
}

TEST(BusyUnion, AnnotationsOfTheDeviceAreNotWork) {
  trace::TraceBuilder builder;
  builder.set_start_ns(0);
  trace::Track stream;
  stream.kind = proto::TrackKind::stream;
  stream.device = 0;
  const auto track = builder.add_track(stream);
  const auto range = builder.intern_name("forward", proto::Category::gpu_annotation);
  const auto kernel = builder.intern_name("gemm", proto::Category::kernel);
  builder.add_slice(track, 0, 100, range);
  builder.add_slice(track, 10, 20, kernel);
  builder.add_slice(track, 50, 30, kernel);
  const auto trace = builder.seal();
  const TimelineIndex index(*trace);
  const PictureTrack* row = index.find_track("t0");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->busy_ns, 50);
  EXPECT_EQ(index.find_track("idle0")->busy_ns, 20);
}

TEST(BusyUnion, BetweenWindowsTheDeviceIsNotIdle) {
  trace::TraceBuilder builder;
  builder.set_start_ns(0);
  trace::RecordingWindows windows;
  windows.is_windowed = true;
  windows.windows = {{0, 100, proto::WindowCause::steps, ""},
                     {500, 600, proto::WindowCause::steps, ""}};
  builder.set_windows(std::move(windows));
  trace::Track stream;
  stream.kind = proto::TrackKind::stream;
  stream.device = 0;
  const auto track = builder.add_track(stream);
  const auto kernel = builder.intern_name("gemm", proto::Category::kernel);
  for (const std::int64_t start_ns : {10, 50, 510, 550})
    builder.add_slice(track, start_ns, 20, kernel);
  const auto trace = builder.seal();
  const TimelineIndex index(*trace);
  const SliceRow& idle = index.idle_of(0)->row;
  ASSERT_EQ(idle.size(), 2u);
  EXPECT_EQ(idle.start_ns(0), 30);
  EXPECT_EQ(idle.start_ns(1), 530);
  EXPECT_EQ(index.find_track("idle0")->busy_ns, 40);
}

}  // namespace
}  // namespace tbprof::analyzer::timeline
