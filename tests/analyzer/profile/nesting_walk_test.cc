#include "analyzer/profile/nesting_walk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

#include "analyzer/profile/interval_set.h"
#include "tests/analyzer/small_trace.h"

namespace tbprof::analyzer::profile {
namespace {

using tests::Category;
using tests::SmallTrace;

// Slices that overlap at random, some of no length.
std::shared_ptr<const trace::Trace> random_overlaps(std::mt19937& random) {
  SmallTrace small;
  const auto main = small.thread("main");
  for (int i = 0; i < 200; ++i) {
    const auto start = static_cast<std::int64_t>(random() % 300);
    const auto longest = random() % 4 == 0 ? 120u : 15u;
    small.slice(main, "f", Category::other, start,
                start + static_cast<std::int64_t>(random() % longest));
  }
  return small.seal();
}

// Of all above that hold the slice the one that began last.
std::optional<trace::SliceId> nearest_holder(const trace::Trace& trace, trace::SliceId id) {
  const trace::Slice slice = trace.slice(id);
  std::optional<trace::SliceId> nearest;
  for (trace::SliceId other = 0; other < trace.slice_count(); ++other) {
    const trace::Slice holder = trace.slice(other);
    if (trace.lane_of(other).depth >= trace.lane_of(id).depth) continue;
    if (holder.start_ns > slice.start_ns || holder.end_ns() < slice.end_ns() ||
        holder.end_ns() <= slice.start_ns) {
      continue;
    }
    // Lanes come in order of depth: of two that begin at once the deeper one is the nearest.
    if (!nearest || holder.start_ns >= trace.slice(*nearest).start_ns) nearest = other;
  }
  return nearest;
}

std::int64_t union_of_children_ns(const trace::Trace& trace, trace::SliceId parent) {
  std::vector<trace::Slice> children;
  for (trace::SliceId id = 0; id < trace.slice_count(); ++id) {
    if (trace.parent_of(id) == parent) children.push_back(trace.slice(id));
  }
  std::sort(children.begin(), children.end(),
            [](const auto& a, const auto& b) { return a.start_ns < b.start_ns; });
  IntervalSet taken;
  for (const trace::Slice& child : children) taken.append(child.start_ns, child.end_ns());
  return taken.length_ns();
}

TEST(NestingWalk, VisitsEachSliceOnceInOrderWithItsParent) {
  std::mt19937 random(5);
  for (int round = 0; round < 30; ++round) {
    const auto trace = random_overlaps(random);
    std::vector<std::int64_t> taken_ns(trace->slice_count(), -1);
    std::int64_t last_ns = 0;
    NestingWalk walk(*trace, trace->tracks()[0]);
    while (walk.next()) {
      EXPECT_GE(walk.slice().start_ns, last_ns);
      last_ns = walk.slice().start_ns;
      EXPECT_EQ(walk.parent(), trace->parent_of(walk.slice().id).value_or(trace::kNone));
      EXPECT_EQ(taken_ns[walk.slice().id], -1);
      taken_ns[walk.slice().id] = 0;
      if (walk.parent() == trace::kNone) continue;
      ASSERT_NE(taken_ns[walk.parent()], -1) << "holders come first";
      taken_ns[walk.parent()] += walk.taken_ns();
    }
    for (trace::SliceId id = 0; id < trace->slice_count(); ++id) {
      ASSERT_EQ(trace->parent_of(id), nearest_holder(*trace, id));
      ASSERT_EQ(taken_ns[id], union_of_children_ns(*trace, id));
    }
  }
}

TEST(NestingWalk, WithinASliceFindsItsChildrenOnly) {
  std::mt19937 random(6);
  for (int round = 0; round < 10; ++round) {
    const auto trace = random_overlaps(random);
    for (trace::SliceId id = 0; id < trace->slice_count(); ++id) {
      std::vector<trace::SliceId> children;
      std::int64_t taken_ns = 0;
      NestingWalk walk(*trace, id);
      while (walk.next()) {
        if (walk.parent() != id) continue;
        children.push_back(walk.slice().id);
        taken_ns += walk.taken_ns();
      }
      std::sort(children.begin(), children.end());
      std::vector<trace::SliceId> expected;
      for (trace::SliceId child = 0; child < trace->slice_count(); ++child) {
        if (trace->parent_of(child) == id) expected.push_back(child);
      }
      ASSERT_EQ(children, expected);
      ASSERT_EQ(taken_ns, union_of_children_ns(*trace, id));
    }
  }
}

}  // namespace
}  // namespace tbprof::analyzer::profile
