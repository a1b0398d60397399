#include "analyzer/profile/interval_set.h"

#include <gtest/gtest.h>

#include <bitset>
#include <random>

namespace tbprof::analyzer::profile {
namespace {

constexpr std::size_t kMoments = 200;
using Moments = std::bitset<kMoments>;

// Random intervals together with the moments that they cover, counted one by one.
struct Sample {
  std::vector<Interval> intervals;
  Moments moments;
};

Sample random_sample(std::mt19937& random, int count) {
  std::uniform_int_distribution<std::int64_t> start(0, kMoments - 1);
  std::uniform_int_distribution<std::int64_t> length(0, 30);
  Sample sample;
  for (int i = 0; i < count; ++i) {
    const std::int64_t from = start(random);
    const std::int64_t until = std::min<std::int64_t>(from + length(random), kMoments);
    sample.intervals.push_back({from, until});
    for (std::int64_t t = from; t < until; ++t) sample.moments.set(static_cast<std::size_t>(t));
  }
  return sample;
}

Moments moments_of(const IntervalSet& set) {
  Moments moments;
  for (const Interval& interval : set.intervals()) {
    for (std::int64_t t = interval.start_ns; t < interval.end_ns; ++t) {
      moments.set(static_cast<std::size_t>(t));
    }
  }
  return moments;
}

void expect_canonical(const IntervalSet& set) {
  std::int64_t last_end = -1;
  for (const Interval& interval : set.intervals()) {
    EXPECT_LT(interval.start_ns, interval.end_ns);
    EXPECT_GT(interval.start_ns, last_end) << "intervals overlap or touch";
    last_end = interval.end_ns;
  }
}

TEST(IntervalSet, AgreesWithCountingMomentByMoment) {
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    const Sample left = random_sample(random, round % 12);
    const Sample right = random_sample(random, round % 7);
    const IntervalSet a = IntervalSet::of(left.intervals);
    const IntervalSet b = IntervalSet::of(right.intervals);
    const IntervalSet both[] = {a, b, unite(a, b), subtract(a, b)};
    const Moments truth[] = {left.moments, right.moments, left.moments | right.moments,
                             left.moments & ~right.moments};
    for (std::size_t i = 0; i < std::size(both); ++i) {
      expect_canonical(both[i]);
      ASSERT_EQ(moments_of(both[i]), truth[i]) << "operation " << i << " in round " << round;
      EXPECT_EQ(both[i].length_ns(), static_cast<std::int64_t>(truth[i].count()));
    }
  }
}

TEST(IntervalUnion, IsTheUnionOfAllThatWasAdded) {
  std::mt19937 random(11);
  for (int round = 0; round < 100; ++round) {
    IntervalUnion sets;
    Moments truth;
    for (int i = 0; i < round % 9; ++i) {
      const Sample sample = random_sample(random, 1 + i * 3 % 8);
      truth |= sample.moments;
      sets.add(IntervalSet::of(sample.intervals));
    }
    const IntervalSet result = sets.take();
    expect_canonical(result);
    EXPECT_EQ(moments_of(result), truth);
    EXPECT_TRUE(sets.take().empty());
  }
}

TEST(IntervalSet, JoinsIntervalsThatTouch) {
  const IntervalSet set = IntervalSet::of({{10, 20}, {0, 10}, {30, 30}, {25, 22}});
  EXPECT_EQ(set, IntervalSet::of({{0, 20}}));
}

}  // namespace
}  // namespace tbprof::analyzer::profile
