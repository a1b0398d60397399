#include "cuda/launch_tally.h"

#include <gtest/gtest.h>

namespace tbprof::cuda {
namespace {

TEST(LaunchTally, WorkIsMatchedByItsCallInWhateverOrder) {
  LaunchTally tally;
  tally.add_call(7);
  tally.add_work(7);
  tally.add_work(9);
  EXPECT_EQ(tally.take_unmatched(false), 0u);
  tally.add_call(9);
  EXPECT_EQ(tally.take_unmatched(true), 0u);
}

TEST(LaunchTally, WorkWithoutACallIsCountedOnceAtTheEnd) {
  LaunchTally tally;
  tally.add_work(3);
  tally.add_work(0);  // it names none
  tally.add_call(4);
  EXPECT_EQ(tally.take_unmatched(false), 0u);
  EXPECT_EQ(tally.take_unmatched(true), 1u);
  EXPECT_EQ(tally.take_unmatched(true), 0u);
}

TEST(LaunchTally, OfWorkOfAMillionCallsAgoTheCallCannotCome) {
  LaunchTally tally;
  tally.add_call(10);
  tally.add_work(11);
  tally.add_call(5'000'000);
  EXPECT_EQ(tally.take_unmatched(false), 1u);
  // The place of 5,000,000 held others before.
  tally.add_work(5'000'000 - (1u << 20) + 1);
  EXPECT_EQ(tally.take_unmatched(true), 1u);
}

}  // namespace
}  // namespace tbprof::cuda
