#include "analyzer/trace/trace_builder.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace tbprof::analyzer::trace {
namespace {

struct Row {
  std::int64_t start_ns;
  std::int64_t duration_ns;
};

std::shared_ptr<const Trace> seal_rows(const std::vector<Row>& rows,
                                       EqualSlices rule = EqualSlices::first_is_outer) {
  TraceBuilder builder;
  builder.set_equal_slices(rule);
  const TrackId track = builder.add_track({});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    builder.add_slice(track, rows[i].start_ns, rows[i].duration_ns,
                      builder.intern_name("row" + std::to_string(i), Category::other));
  }
  return builder.seal();
}

// What every sealed trace promises about its lanes.
void expect_sound_lanes(const Trace& trace) {
  SliceId next = 0;
  for (const Lane& lane : trace.lanes()) {
    ASSERT_EQ(lane.first_slice, next);
    ASSERT_GT(lane.slice_count, 0u);
    next += lane.slice_count;
    for (SliceId id = lane.first_slice + 1; id < next; ++id) {
      ASSERT_GE(trace.slice(id).start_ns, trace.slice(id - 1).end_ns());
    }
  }
  ASSERT_EQ(next, trace.slice_count());
  for (const Track& track : trace.tracks()) {
    for (std::uint32_t depth = 0; depth < track.lane_count; ++depth) {
      ASSERT_EQ(trace.lanes_of(track)[depth].depth, depth);
    }
  }
}

std::uint32_t depth_of(const Trace& trace, std::string_view name) {
  for (SliceId id = 0; id < trace.slice_count(); ++id) {
    if (trace.names()[trace.slice(id).name].text == name) return trace.lane_of(id).depth;
  }
  return kNone;
}

TEST(TraceBuilder, NestsWhatComesSorted) {
  const auto trace = seal_rows({{100, 50}, {110, 10}, {112, 3}, {130, 20}, {150, 5}});
  expect_sound_lanes(*trace);
  EXPECT_EQ(depth_of(*trace, "row0"), 0u);
  EXPECT_EQ(depth_of(*trace, "row1"), 1u);
  EXPECT_EQ(depth_of(*trace, "row2"), 2u);
  EXPECT_EQ(depth_of(*trace, "row3"), 1u);
  EXPECT_EQ(depth_of(*trace, "row4"), 0u);
  EXPECT_EQ(trace->duration_ns(), 55);
}

TEST(TraceBuilder, OrderOfArrivalChangesNothing) {
  const std::vector<Row> by_start = {{0, 100}, {10, 20}, {12, 5}, {17, 10}, {40, 60}, {99, 1}};
  const std::vector<Row> by_end = {{12, 5}, {17, 10}, {10, 20}, {99, 1}, {40, 60}, {0, 100}};
  const std::vector<Row> mixed = {{40, 60}, {12, 5}, {0, 100}, {99, 1}, {17, 10}, {10, 20}};
  const auto reference = seal_rows(by_start);
  for (const auto& rows : {by_end, mixed}) {
    const auto trace = seal_rows(rows);
    expect_sound_lanes(*trace);
    ASSERT_EQ(trace->lanes().size(), reference->lanes().size());
    for (SliceId id = 0; id < trace->slice_count(); ++id) {
      EXPECT_EQ(trace->slice(id).start_ns, reference->slice(id).start_ns);
      EXPECT_EQ(trace->slice(id).duration_ns, reference->slice(id).duration_ns);
    }
  }
}

TEST(TraceBuilder, OverlapGoesToTheLowestFreeLane) {
  // row1 begins inside row0 and ends after it; row2 lies in row1 only.
  const auto trace = seal_rows({{0, 10}, {5, 10}, {12, 2}, {20, 1}});
  expect_sound_lanes(*trace);
  EXPECT_EQ(depth_of(*trace, "row0"), 0u);
  EXPECT_EQ(depth_of(*trace, "row1"), 1u);
  EXPECT_EQ(depth_of(*trace, "row2"), 2u);
  EXPECT_EQ(depth_of(*trace, "row3"), 0u);
  const SliceId overlapping = trace->lanes()[1].first_slice;
  EXPECT_FALSE(trace->parent_of(overlapping).has_value());
  const SliceId inner = trace->lanes()[2].first_slice;
  EXPECT_EQ(trace->parent_of(inner), overlapping);
}

TEST(TraceBuilder, EqualSlicesNestByTheRule) {
  const std::vector<Row> rows = {{5, 10}, {5, 10}};
  EXPECT_EQ(depth_of(*seal_rows(rows, EqualSlices::first_is_outer), "row0"), 0u);
  EXPECT_EQ(depth_of(*seal_rows(rows, EqualSlices::last_is_outer), "row0"), 1u);
}

TEST(TraceBuilder, ZeroDurationsAreSlices) {
  const auto trace = seal_rows({{5, 0}, {5, 0}, {5, 10}, {7, 0}, {15, 0}});
  expect_sound_lanes(*trace);
  EXPECT_EQ(trace->slice_count(), 5u);
  EXPECT_EQ(depth_of(*trace, "row3"), 1u);
  EXPECT_EQ(depth_of(*trace, "row4"), 0u);
}

TEST(TraceBuilder, RandomRowsKeepTheLanesSound) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Row> rows;
    const int count = static_cast<int>(random() % 300);
    for (int i = 0; i < count; ++i) {
      rows.push_back({static_cast<std::int64_t>(random() % 200),
                      static_cast<std::int64_t>(random() % (round % 2 == 0 ? 10 : 100))});
    }
    const auto trace = seal_rows(rows);
    expect_sound_lanes(*trace);
    EXPECT_EQ(trace->slice_count(), rows.size());
  }
}

TEST(TraceBuilder, ParentIsTheTightestHolder) {
  std::mt19937 random(11);
  std::vector<Row> rows;
  for (int i = 0; i < 400; ++i) {
    rows.push_back(
        {static_cast<std::int64_t>(random() % 500), static_cast<std::int64_t>(1 + random() % 40)});
  }
  const auto trace = seal_rows(rows);
  for (SliceId id = 0; id < trace->slice_count(); ++id) {
    const auto parent = trace->parent_of(id);
    if (!parent) continue;
    EXPECT_LT(trace->lane_of(*parent).depth, trace->lane_of(id).depth);
    EXPECT_LE(trace->slice(*parent).start_ns, trace->slice(id).start_ns);
    EXPECT_GE(trace->slice(*parent).end_ns(), trace->slice(id).end_ns());
  }
}

TEST(TraceBuilder, LongDurationsAreExact) {
  const std::int64_t long_ns = 0xffffffffLL;
  const auto trace = seal_rows({{0, long_ns * 3}, {1, long_ns - 1}, {long_ns + 10, long_ns}});
  ASSERT_EQ(trace->slice_count(), 3u);
  EXPECT_EQ(trace->slice(0).duration_ns, long_ns * 3);
  EXPECT_EQ(trace->slice(1).duration_ns, long_ns - 1);
  EXPECT_EQ(trace->slice(2).duration_ns, long_ns);
}

TEST(TraceBuilder, ExtremeTimesAreClampedAndCounted) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const auto trace = seal_rows({{-most - 1, most}, {most, most}, {3, -4}});
  expect_sound_lanes(*trace);
  ASSERT_EQ(trace->losses().size(), 1u);
  EXPECT_EQ(trace->losses()[0].kind, "extreme_time");
  EXPECT_EQ(trace->losses()[0].count, 3u);
  for (SliceId id = 0; id < trace->slice_count(); ++id) {
    EXPECT_GE(trace->slice(id).start_ns, 0);
    EXPECT_GE(trace->slice(id).duration_ns, 0);
  }
}

TEST(TraceBuilder, BottomlessNestingIsCutAndCounted) {
  std::vector<Row> nested;
  std::vector<Row> staircase;
  for (int i = 0; i < 20000; ++i) {
    nested.push_back({i, 100000 - 2 * i});
    staircase.push_back({i, 100000});
  }
  for (const auto& rows : {nested, staircase}) {
    const auto trace = seal_rows(rows);
    expect_sound_lanes(*trace);
    EXPECT_EQ(trace->slice_count(), 4096u);
    ASSERT_EQ(trace->losses().size(), 1u);
    EXPECT_EQ(trace->losses()[0].kind, "too_deep");
    EXPECT_EQ(trace->losses()[0].count, 20000u - 4096u);
  }
}

TEST(TraceBuilder, FirstEndingAfterFindsTheBorder) {
  const auto trace = seal_rows({{10, 5}, {20, 5}, {30, 5}});
  const Lane& lane = trace->lanes()[0];
  EXPECT_EQ(trace->first_ending_after(lane, -1), 0u);
  EXPECT_EQ(trace->first_ending_after(lane, 4), 0u);
  EXPECT_EQ(trace->first_ending_after(lane, 5), 1u);
  EXPECT_EQ(trace->first_ending_after(lane, 25), 3u);
}

TEST(TraceBuilder, CorrelationLinksLaunchToAllItsWork) {
  TraceBuilder builder;
  const TrackId host = builder.add_track({});
  Track stream;
  stream.kind = TrackKind::stream;
  const TrackId device = builder.add_track(stream);
  const NameId api = builder.intern_name("cudaGraphLaunch", Category::runtime_api);
  const NameId kernel = builder.intern_name("k", Category::kernel);
  // The device rows come first, so that rows and slices are numbered differently.
  for (int i = 0; i < 3; ++i) {
    const RowId row = builder.add_slice(device, 100 + 10 * i, 10, kernel);
    builder.set_correlation(row, 7);
    builder.add_attribute(row, "grid", i == 1 ? "[2,1,1]" : "[1,1,1]");
  }
  const RowId unlinked = builder.add_slice(device, 90, 5, kernel);
  builder.set_correlation(unlinked, 8);
  const RowId launch = builder.add_slice(host, 50, 20, api);
  builder.set_correlation(launch, 7);
  builder.add_link(launch, unlinked);
  const auto trace = builder.seal();

  ASSERT_EQ(trace->links_by_from().size(), 4u);
  const SliceId launch_slice = trace->lanes_of(trace->tracks()[host])[0].first_slice;
  EXPECT_EQ(trace->links_from(launch_slice).size(), 4u);
  for (SliceId id = 0; id < trace->slice_count(); ++id) {
    if (id == launch_slice) continue;
    ASSERT_EQ(trace->links_to(id).size(), 1u);
    EXPECT_EQ(trace->links_to(id)[0].from, launch_slice);
  }
  ASSERT_EQ(trace->attributes().size(), 1u);
  const Attribute& grid = trace->attributes()[0];
  ASSERT_EQ(grid.slice.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const bool middle = trace->slice(grid.slice[i]).start_ns == 110 - 50;
    EXPECT_EQ(trace->values()[grid.value[i]], middle ? "[2,1,1]" : "[1,1,1]");
  }
}

TEST(TraceBuilder, NumbersAmongValuesTakeNoText) {
  const std::string texts[] = {"0",  "7",   "2147483647",  "2147483648", "4294967296",
                               "00", "01",  "-1",          "1.5",        "",
                               " 1", "1e3", "12345678901", "a"};
  TraceBuilder builder;
  const TrackId track = builder.add_track({});
  const NameId name = builder.intern_name("op", Category::other);
  std::int64_t start_ns = 0;
  for (const std::string& text : texts) {
    builder.add_attribute(builder.add_slice(track, start_ns++, 1, name), "External id", text);
  }
  const auto trace = builder.seal();
  ASSERT_EQ(trace->attributes().size(), 1u);
  const Attribute& ids = trace->attributes()[0];
  ASSERT_EQ(ids.value.size(), std::size(texts));
  for (std::size_t i = 0; i < std::size(texts); ++i) {
    EXPECT_EQ(trace->value_text(ids.value[i]), texts[i]);
  }
  EXPECT_EQ(trace->values().size(), std::size(texts) - 3);
}

TEST(TraceBuilder, PropertiesAreBoundedAndTheLastValueCounts) {
  TraceBuilder builder;
  for (std::size_t i = 0; i < TraceBuilder::kMaxProperties + 3; ++i) {
    builder.add_property("k" + std::to_string(i), "first");
  }
  builder.add_property("k1", "second");
  const auto trace = builder.seal();
  EXPECT_EQ(trace->properties().size(), TraceBuilder::kMaxProperties);
  EXPECT_EQ(trace->property("k1"), "second");
  ASSERT_EQ(trace->losses().size(), 1u);
  EXPECT_EQ(trace->losses()[0].kind, "too_many_properties");
  EXPECT_EQ(trace->losses()[0].count, 3u);
}

TEST(TraceBuilder, TimesCountFromTheStart) {
  TraceBuilder builder;
  builder.set_clock_zero_unix_ns(1'000'000);
  builder.set_start_ns(500);
  const TrackId track = builder.add_track({});
  const NameId name = builder.intern_name("n", Category::other);
  builder.add_slice(track, 700, 10, name);
  builder.add_step({.number = 1, .start_ns = 600, .duration_ns = 300, .track = track});
  builder.add_step({.number = 0, .start_ns = 550, .duration_ns = 40, .track = track});
  builder.add_instant({track, 950, name});
  builder.add_counter({track, "c", {800, 750}, {2.0, 1.0}});
  builder.add_loss({"buffer_full", 3, 600, 700, "x"});
  const auto trace = builder.seal();
  EXPECT_EQ(trace->start_unix_ns(), 1'000'500);
  EXPECT_EQ(trace->duration_ns(), 450);
  EXPECT_EQ(trace->slice(0).start_ns, 200);
  ASSERT_EQ(trace->steps().size(), 2u);
  EXPECT_EQ(trace->steps()[0].number, 0);
  EXPECT_EQ(trace->steps()[1].start_ns, 100);
  EXPECT_EQ(trace->counters()[0].time_ns, (std::vector<std::int64_t>{250, 300}));
  EXPECT_EQ(trace->counters()[0].value, (std::vector<double>{1.0, 2.0}));
  EXPECT_EQ(trace->losses()[0].from_ns, 100);
}

TEST(TraceBuilder, SixteenBytesASlice) {
  TraceBuilder builder;
  const TrackId track = builder.add_track({});
  const NameId name = builder.intern_name("n", Category::other);
  const std::size_t count = 200000;
  for (std::size_t i = 0; i < count; ++i) {
    builder.add_slice(track, static_cast<std::int64_t>(i * 10), 9, name);
  }
  const auto trace = builder.seal();
  EXPECT_LE(trace->memory_bytes(), count * 16 + 1024);
}

TEST(TraceBuilder, SameTextOfTwoCategoriesIsTwoNames) {
  TraceBuilder builder;
  const NameId forward = builder.intern_name("x", Category::forward);
  const NameId kernel = builder.intern_name("x", Category::kernel);
  EXPECT_NE(forward, kernel);
  EXPECT_EQ(forward, builder.intern_name("x", Category::forward));
  const auto trace = builder.seal();
  EXPECT_EQ(trace->names()[kernel].category, Category::kernel);
  EXPECT_EQ(trace->slice_count(), 0u);
  EXPECT_EQ(trace->duration_ns(), 0);
}

}  // namespace
}  // namespace tbprof::analyzer::trace
