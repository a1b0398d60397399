#include "analyzer/profile/distribution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace tbprof::analyzer::profile {
namespace {

TEST(Distribution, OfNothingIsZero) {
  const Distribution d = distribution_of({});
  EXPECT_EQ(d.count, 0u);
  EXPECT_EQ(d.median, 0);
  EXPECT_EQ(d.p99, 0);
}

TEST(Distribution, MedianOfAnEvenCountLiesInTheMiddle) {
  EXPECT_EQ(median_of({4, 1, 3, 2}), 2);  // 2.5, rounded down
  EXPECT_EQ(median_of({40, 10, 30, 20}), 25);
  EXPECT_EQ(median_of({5}), 5);
}

TEST(Distribution, PercentileIsTheNearestRank) {
  std::vector<std::int64_t> values(100);
  std::iota(values.begin(), values.end(), 1);
  std::reverse(values.begin(), values.end());
  EXPECT_EQ(percentile(values, 99), 99);
  EXPECT_EQ(percentile(values, 50), 50);
  EXPECT_EQ(percentile(values, 1), 1);
  EXPECT_EQ(percentile(values, 100), 100);
  std::vector<std::int64_t> few = {10, 20, 30};
  EXPECT_EQ(percentile(few, 99), 30);
  EXPECT_EQ(percentile(few, 34), 20);
}

TEST(Distribution, SpreadIgnoresAnOutlier) {
  const Distribution d = distribution_of({10, 11, 12, 13, 1000});
  EXPECT_EQ(d.median, 12);
  EXPECT_EQ(d.mad, 1);
  EXPECT_EQ(d.total, 1046);
  EXPECT_DOUBLE_EQ(d.mean, 209.2);
  EXPECT_EQ(d.min, 10);
  EXPECT_EQ(d.max, 1000);
}

}  // namespace
}  // namespace tbprof::analyzer::profile
