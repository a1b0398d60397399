// What the index of a recording tells before its chunks are read.
#include "analyzer/report/preview_report.h"

#include <gtest/gtest.h>

#include <limits>

namespace tbprof::analyzer::report {
namespace {

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

// 480 us from 1 s on: a bin of the preview is one microsecond.
proto::TraceIndex small_index() {
  proto::TraceIndex index;
  index.start_ns = 1'000'000'000;
  index.end_ns = 1'000'480'000;
  index.slice_count = 9;
  index.step_count = 3;
  index.tracks = {{0, 4, 80'000, {}, proto::TrackKind::thread, "main thread", 7, -1, -1},
                  {1, 5, 1'500, {}, proto::TrackKind::stream, "", 0, 0, 7}};
  index.overview = {{1, 1'000'000'000, 2'000, {1'000, 0, 500}}};
  index.steps = {{2, 1'000'020'000, 5'000}, {1, 1'000'010'000, 8'000}, {3, 1'000'030'000, 6'000}};
  return index;
}

TEST(PreviewReport, TellsStepsInTheirOrder) {
  proto::TraceHeader header;
  header.start_realtime_ns = 1'700'000'000'123'000'000;
  const Json json = preview_report(header, small_index());
  EXPECT_EQ(json["start_unix_ms"], 1'700'000'000'123);
  EXPECT_EQ(json["duration_ns"], 480'000);
  EXPECT_EQ(json["counts"], (Json{{"slices", 9}, {"steps", 3}, {"lost", 0}, {"tracks", 2}}));
  const Json& steps = json["steps"];
  EXPECT_EQ(steps["number"], (Json{1, 2, 3}));
  EXPECT_EQ(steps["start_ns"], (Json{10'000, 20'000, 30'000}));
  EXPECT_EQ(steps["duration_ns"], (Json{8'000, 5'000, 6'000}));
  EXPECT_EQ(steps["median_ns"], 6'000);
  EXPECT_EQ(steps["max_ns"], 8'000);
  EXPECT_EQ(steps["each"], 1);
}

TEST(PreviewReport, TellsWhenEachTrackWasBusy) {
  const Json json = preview_report({}, small_index());
  const Json& tracks = json["tracks"];
  ASSERT_EQ(tracks.size(), 2u);
  EXPECT_EQ(tracks[0]["name"], "main thread");
  EXPECT_TRUE(tracks[0]["busy_percent"].empty());
  EXPECT_EQ(tracks[1]["name"], "stream 7");
  EXPECT_EQ(tracks[1]["kind"], "stream");
  EXPECT_EQ(tracks[1]["device"], 0);
  // Buckets of two microseconds: half busy, idle, a quarter busy.
  const Json& busy = tracks[1]["busy_percent"];
  ASSERT_EQ(busy.size(), kPreviewBins);
  EXPECT_EQ(std::vector<int>(busy.begin(), busy.begin() + 7),
            (std::vector<int>{50, 50, 0, 0, 25, 25, 0}));
}

TEST(PreviewReport, ThreadsOfOneNameHaveTheirNumbers) {
  proto::TraceIndex index = small_index();
  index.tracks = {{0, 4, 0, {}, proto::TrackKind::thread, "train", 7, -1, -1},
                  {1, 4, 0, {}, proto::TrackKind::thread, "train", 9, -1, -1},
                  {2, 4, 0, {}, proto::TrackKind::thread, "loader", 8, -1, -1}};
  const Json tracks = preview_report({}, index)["tracks"];
  EXPECT_EQ(tracks[0]["name"], "train 7");
  EXPECT_EQ(tracks[1]["name"], "train 9");
  EXPECT_EQ(tracks[2]["name"], "loader");
}

TEST(PreviewReport, OfManyStepsItKeepsTheLongest) {
  proto::TraceIndex index = small_index();
  index.steps.clear();
  for (std::int64_t i = 0; i < 9'000; ++i) {
    index.steps.push_back({i, 1'000'000'000 + 10 * i, i == 4'321 ? 9 : 5});
  }
  index.step_count = 18'000;
  index.steps_each = 2;
  const Json steps = preview_report({}, index)["steps"];
  EXPECT_EQ(steps["each"], 10);
  EXPECT_EQ(steps["number"].size(), 1'800u);
  EXPECT_EQ(steps["number"][4'321 / 5], 4'321);
  EXPECT_TRUE(steps["median_ns"].is_null());
  EXPECT_EQ(steps["max_ns"], 9);
}

TEST(PreviewReport, OfManyTracksItKeepsThoseWithMostSlices) {
  proto::TraceIndex index = small_index();
  index.tracks.clear();
  for (std::uint32_t i = 0; i < 100; ++i) {
    index.tracks.push_back({i, i % 4 == 0 ? 1000u : 1u, 0, {}});
  }
  const Json json = preview_report({}, index);
  EXPECT_EQ(json["counts"]["tracks"], 100);
  ASSERT_EQ(json["tracks"].size(), kPreviewTracks);
  EXPECT_EQ(json["tracks"][0]["name"], "track 0");
  EXPECT_EQ(json["tracks"][1]["name"], "track 4");
}

TEST(PreviewReport, TakesAnyNumbers) {
  for (const std::int64_t start : {kMin, std::int64_t{0}, kMax}) {
    for (const std::int64_t end : {kMin, std::int64_t{0}, kMax}) {
      proto::TraceIndex index;
      index.start_ns = start;
      index.end_ns = end;
      index.steps = {{kMin, kMax, kMin}, {kMax, kMin, kMax}};
      index.tracks = {{1, 1, kMin, {}}, {2, 1, kMax, {}}};
      index.overview = {{1, kMin, kMax, {5, 6}}, {1, 0, 1, {7}}, {2, kMax, 1, {0xffffffff, 1}}};
      const Json json = preview_report({}, index);
      for (const Json& track : json["tracks"]) {
        for (const Json& busy : track["busy_percent"]) {
          EXPECT_GE(busy, 0);
          EXPECT_LE(busy, 100);
        }
      }
    }
  }
}

}  // namespace
}  // namespace tbprof::analyzer::report
