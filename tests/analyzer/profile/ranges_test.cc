#include "analyzer/profile/ranges.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "analyzer/profile/range_tree.h"
#include "tests/analyzer/small_trace.h"

namespace tbprof::analyzer::profile {
namespace {

using tests::Category;
using tests::SmallTrace;

const RangeRow& row(const RangeTable& table, std::string_view name) {
  for (const RangeRow& candidate : table.rows) {
    if (candidate.name == name) return candidate;
  }
  static const RangeRow none;
  ADD_FAILURE() << "no row " << name;
  return none;
}

TEST(Ranges, SelfTimeIsWhatNestedRangesLeave) {
  SmallTrace small;
  const auto main = small.thread("main");
  small.step(main, 1, 0, 500);
  small.step(main, 2, 500, 1000);
  small.slice(main, "forward", Category::forward, 0, 400);
  small.slice(main, "layer", Category::other, 100, 200);
  small.slice(main, "layer", Category::other, 200, 350);
  small.slice(main, "matmul", Category::other, 210, 260);
  small.slice(main, "forward", Category::forward, 600, 800);
  small.slice(main, "after", Category::other, 1000, 1100);
  const RangeTable table = range_table(*small.seal());
  EXPECT_EQ(table.step_count, 2u);
  EXPECT_EQ(table.span_ns, 1100);
  EXPECT_EQ(table.rows[0].name, "forward");
  const RangeRow& forward = row(table, "forward");
  EXPECT_EQ(forward.count, 2u);
  EXPECT_EQ(forward.total_ns, 600);
  EXPECT_EQ(forward.self_ns, 350);
  EXPECT_EQ(forward.min_ns, 200);
  EXPECT_EQ(forward.max_ns, 400);
  EXPECT_EQ(forward.p50_ns, 200);
  EXPECT_EQ(forward.p99_ns, 400);
  EXPECT_DOUBLE_EQ(forward.mean_ns(), 300);
  EXPECT_EQ(forward.in_steps_ns, 600);
  EXPECT_EQ(row(table, "layer").self_ns, 200);
  EXPECT_EQ(row(table, "matmul").self_ns, 50);
  EXPECT_EQ(row(table, "after").in_steps_ns, 0);
}

TEST(Ranges, SameNameOfAnotherCategoryIsAnotherRange) {
  SmallTrace small;
  const auto main = small.thread("main");
  small.slice(main, "x", Category::forward, 0, 10);
  small.slice(main, "x", Category::backward, 20, 50);
  EXPECT_EQ(range_table(*small.seal()).rows.size(), 2u);
}

TEST(Ranges, StepMarkersAreOneRange) {
  SmallTrace small;
  const auto main = small.thread("main");
  for (std::int64_t i = 8; i < 12; ++i) {
    small.step(main, i, i * 10, i * 10 + 10);
    small.slice(main, "step " + std::to_string(i), Category::step, i * 10, i * 10 + 10);
    small.slice(main, "layer 1", Category::other, i * 10, i * 10 + 5);
  }
  const RangeTable table = range_table(*small.seal());
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(row(table, "step *").count, 4u);
  EXPECT_EQ(row(table, "layer 1").count, 4u);
}

TEST(Ranges, DeviceTracksOnlyWhenAskedFor) {
  SmallTrace small;
  small.slice(small.thread("main"), "launch", Category::other, 0, 10);
  small.slice(small.stream(0, 7), "gemm", Category::kernel, 5, 25);
  const auto trace = small.seal();
  EXPECT_EQ(range_table(*trace).rows.size(), 1u);
  RangeFilter device;
  device.host = false;
  device.device = true;
  const RangeTable kernels = range_table(*trace, device);
  ASSERT_EQ(kernels.rows.size(), 1u);
  EXPECT_EQ(kernels.rows[0].name, "gemm");
  RangeFilter one;
  one.track = 1;
  EXPECT_EQ(range_table(*trace, one).rows[0].name, "gemm");
}

TEST(Ranges, OfAnyLaneCountForTheStepInWhichTheyBegin) {
  SmallTrace small;
  const auto main = small.thread("main");
  small.step(main, 1, 100, 200);
  small.slice(main, "step 1", Category::step, 100, 200);
  small.slice(main, "outer", Category::other, 300, 350);
  for (const std::int64_t start : {110, 140, 170}) {
    small.slice(main, "inner", Category::other, start, start + 20);
  }
  const RangeTable table = range_table(*small.seal());
  EXPECT_EQ(row(table, "inner").in_steps_ns, 60);
  EXPECT_EQ(row(table, "inner").in_steps_count, 3u);
  EXPECT_EQ(row(table, "outer").in_steps_count, 0u);
}

TEST(Ranges, CompleteStepsAreThoseOfTheStepTable) {
  SmallTrace small;
  const auto main = small.thread("main");
  const auto stream = small.stream(0, 7);
  for (std::int64_t i = 0; i < 3; ++i) {
    small.step(main, i, i * 100, i * 100 + 100);
    const auto launch = small.slice(main, "launch", Category::runtime_api, i * 100, i * 100 + 2);
    if (i == 2) continue;  // its work was not seen any more
    const auto work = small.slice(stream, "gemm", Category::kernel, i * 100 + 5, i * 100 + 60);
    small.builder().set_correlation(launch, static_cast<std::uint64_t>(i + 1));
    small.builder().set_correlation(work, static_cast<std::uint64_t>(i + 1));
  }
  const RangeTable table = range_table(*small.seal());
  EXPECT_EQ(table.step_count, 2u);
  EXPECT_EQ(row(table, "launch").in_steps_count, 2u);
}

// Of two that overlap the second stands a lane lower, and what it holds lower still.
TEST(Ranges, OverlapsLeaveParentsTheirChildren) {
  SmallTrace small;
  const auto main = small.thread("main");
  small.slice(main, "A", Category::other, 0, 10);
  small.slice(main, "B", Category::other, 5, 15);
  small.slice(main, "C", Category::other, 6, 8);
  small.slice(main, "D", Category::other, 7, 12);  // overlaps C, lies in B
  const auto trace = small.seal();
  const RangeTable table = range_table(*trace);
  EXPECT_EQ(row(table, "A").self_ns, 10);
  EXPECT_EQ(row(table, "B").self_ns, 4);  // 10 less [6, 12)
  EXPECT_EQ(row(table, "C").self_ns, 2);
  EXPECT_EQ(row(table, "D").self_ns, 5);
  const RangeTree tree = range_tree(*trace);
  const auto b = tree.child(0, "B", Category::other);
  ASSERT_NE(b, trace::kNone);
  EXPECT_NE(tree.child(b, "D", Category::other), trace::kNone);
  EXPECT_EQ(tree.child(0, "D", Category::other), trace::kNone);
  EXPECT_EQ(tree.nodes[b].self_ns, 4);
  EXPECT_EQ(tree.nodes[0].total_ns, 20);
}

TEST(Ranges, OfNoLengthOnABoundaryBelongToTheSecond) {
  SmallTrace small;
  const auto main = small.thread("main");
  small.slice(main, "A", Category::other, 0, 10);
  small.slice(main, "B", Category::other, 10, 20);
  small.slice(main, "z", Category::other, 10, 10);
  const RangeTree tree = range_tree(*small.seal());
  EXPECT_EQ(tree.child(tree.child(0, "A", Category::other), "z", Category::other), trace::kNone);
  EXPECT_NE(tree.child(tree.child(0, "B", Category::other), "z", Category::other), trace::kNone);
}

TEST(RangeTree, IsByPathOverThreadsAndSteps) {
  SmallTrace small;
  for (std::int64_t tid = 1; tid <= 2; ++tid) {
    const auto thread = small.thread("worker", tid);
    small.slice(thread, "train", Category::other, 0, 1000);
    small.slice(thread, "forward", Category::forward, 0, 400);
    small.slice(thread, "layer", Category::other, 0, 100);
    small.slice(thread, "backward", Category::backward, 400, 900);
    small.slice(thread, "layer", Category::other, 400, 600);
  }
  const RangeTree tree = range_tree(*small.seal());
  EXPECT_EQ(tree.nodes[0].total_ns, 2000);
  const auto train = tree.child(0, "train", Category::other);
  ASSERT_NE(train, trace::kNone);
  EXPECT_EQ(tree.nodes[train].count, 2u);
  EXPECT_EQ(tree.nodes[train].self_ns, 200);
  ASSERT_EQ(tree.nodes[train].children.size(), 2u);
  const auto backward = tree.nodes[train].children[0];  // the longest first
  EXPECT_EQ(tree.name_of(tree.nodes[backward]).text, "backward");
  const auto layer = tree.child(backward, "layer", Category::other);
  EXPECT_EQ(tree.nodes[layer].total_ns, 400);
  EXPECT_EQ(tree.nodes[backward].self_ns, 600);
  EXPECT_EQ(tree.child(backward, "layer", Category::forward), trace::kNone);
}

struct Truth {
  std::uint64_t count = 0;
  std::int64_t total_ns = 0;
  std::int64_t self_ns = 0;
};

// Nested calls at random, with self time known while they are made.
std::int64_t random_call(SmallTrace& small, trace::TrackId track, std::mt19937& random,
                         std::int64_t start_ns, int depth, std::map<std::string, Truth>& truth) {
  const std::string name = "f" + std::to_string(random() % 5);
  std::int64_t now = start_ns + static_cast<std::int64_t>(random() % 4) + (depth == 0 ? 0 : 1);
  std::int64_t nested_ns = 0;
  if (depth < 6) {
    for (unsigned i = random() % 4; i > 0; --i) {
      const std::int64_t end = random_call(small, track, random, now, depth + 1, truth);
      nested_ns += end - now;
      now = end;  // the next begins where this one ended
    }
  }
  now += 1 + static_cast<std::int64_t>(random() % 4);
  small.slice(track, name, Category::other, start_ns, now);
  Truth& entry = truth[name];
  ++entry.count;
  entry.total_ns += now - start_ns;
  entry.self_ns += now - start_ns - nested_ns;
  return now;
}

TEST(Ranges, AgreeWithCallsThatKeptTheirOwnBooks) {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    SmallTrace small;
    std::map<std::string, Truth> truth;
    for (std::int64_t tid = 1; tid <= 3; ++tid) {
      const auto thread = small.thread("t", tid);
      std::int64_t now = 0;
      for (int i = 0; i < 20; ++i) now = random_call(small, thread, random, now, 0, truth);
    }
    const auto trace = small.seal();
    const RangeTable table = range_table(*trace);
    ASSERT_EQ(table.rows.size(), truth.size());
    for (const RangeRow& row : table.rows) {
      EXPECT_EQ(row.count, truth[row.name].count);
      EXPECT_EQ(row.total_ns, truth[row.name].total_ns);
      EXPECT_EQ(row.self_ns, truth[row.name].self_ns) << row.name << " in round " << round;
    }
    const RangeTree tree = range_tree(*trace);
    std::map<std::string, Truth> by_node;
    for (std::size_t id = 1; id < tree.nodes.size(); ++id) {
      Truth& entry = by_node[tree.name_of(tree.nodes[id]).text];
      entry.count += tree.nodes[id].count;
      entry.self_ns += tree.nodes[id].self_ns;
    }
    for (const auto& [name, entry] : truth) {
      EXPECT_EQ(by_node[name].count, entry.count);
      EXPECT_EQ(by_node[name].self_ns, entry.self_ns);
    }
  }
}

}  // namespace
}  // namespace tbprof::analyzer::profile
