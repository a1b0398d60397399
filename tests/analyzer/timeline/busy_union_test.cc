#include "analyzer/timeline/busy_union.h"

#include <gtest/gtest.h>

#include <vector>

#include "analyzer/timeline/timeline_index.h"
#include "tests/analyzer/timeline/random_trace.h"

namespace tbprof::analyzer::timeline {
namespace {

TEST(BusyUnion, AgreesWithATickByTickOracle) {
  for (std::uint32_t seed = 1; seed < 6; ++seed) {
    const auto trace = tests::random_trace(seed, {60, 30, 200, 6});
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

}  // namespace
}  // namespace tbprof::analyzer::timeline
