#include "cuda/cupti_clock.h"

#include <gtest/gtest.h>

namespace tbprof::cuda {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(CuptiClock, HoldsTheNearestOffsetOutsideThePairs) {
  CuptiClock clock;
  EXPECT_TRUE(clock.empty());
  clock.add({100 * kSecond, 5'000 * kSecond});
  EXPECT_EQ(clock.to_monotonic_ns(5'000 * kSecond), 100 * kSecond);
  EXPECT_EQ(clock.to_monotonic_ns(5'001 * kSecond), 101 * kSecond);
  EXPECT_EQ(clock.to_monotonic_ns(4'999 * kSecond), 99 * kSecond);
}

TEST(CuptiClock, SharesDriftBetweenTwoPairs) {
  CuptiClock clock;
  clock.add({0, 1'000 * kSecond});
  clock.add({10 * kSecond, 1'010 * kSecond + 1'000});  // 100 ns a second fast
  EXPECT_EQ(clock.to_monotonic_ns(1'005 * kSecond + 500), 5 * kSecond);
  EXPECT_EQ(clock.to_monotonic_ns(1'010 * kSecond + 1'000), 10 * kSecond);
}

TEST(CuptiClock, AClockThatIsSetMovesNothingThatHappenedOnEitherSide) {
  CuptiClock clock;
  clock.add({10 * kSecond, 1'000 * kSecond});
  clock.add({11 * kSecond, 4'601 * kSecond});  // an hour forward in between
  EXPECT_EQ(clock.to_monotonic_ns(1'000 * kSecond + 300'000'000), 10 * kSecond + 300'000'000);
  EXPECT_EQ(clock.to_monotonic_ns(4'601 * kSecond - 100'000'000), 11 * kSecond - 100'000'000);
}

TEST(CuptiClock, ForgetsTheOldestPairs) {
  CuptiClock clock;
  for (std::int64_t second = 0; second < 1000; ++second) {
    clock.add({second * kSecond, (second + 7) * kSecond + second});
  }
  EXPECT_EQ(clock.to_monotonic_ns(1006 * kSecond + 999), 999 * kSecond);
  // Before all that is known, the oldest known offset.
  EXPECT_EQ(clock.to_monotonic_ns(7 * kSecond), -872);
}

}  // namespace
}  // namespace tbprof::cuda
