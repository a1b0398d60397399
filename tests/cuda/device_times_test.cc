#include "cuda/device_times.h"

#include <gtest/gtest.h>

namespace tbprof::cuda {
namespace {

TEST(DeviceTimes, ABadTimeMakesTheLaterOnesOfItsContextDoubtful) {
  DeviceTimes times;
  EXPECT_FALSE(times.add_good(0, 1, 10));
  times.add_bad(0, 1, 20);
  EXPECT_TRUE(times.add_good(0, 1, 21));
  EXPECT_FALSE(times.add_good(0, 2, 22));
  // Its buffer came later than that of the bad one, but it was launched before.
  EXPECT_FALSE(times.add_good(0, 1, 19));
  times.add_bad(0, 1, 15);
  EXPECT_TRUE(times.add_good(0, 1, 19));
}

TEST(DeviceTimes, MemoryGrowsByBuffersBetweenFirstAndLimit) {
  DeviceTimes times;
  times.set_buffer_limit(6);
  EXPECT_EQ(times.most_memory_bytes(0), 0u);
  times.add_good(0, 1, 1);
  EXPECT_EQ(times.most_memory_bytes(0), 4 * kDeviceBufferMemoryBytes);
  EXPECT_EQ(times.most_memory_bytes(1), 0u);
  for (std::uint64_t i = 0; i < 4 * kDeviceBufferRecords; ++i) times.add_good(0, 1, 1);
  EXPECT_EQ(times.most_memory_bytes(0), 5 * kDeviceBufferMemoryBytes);
  for (std::uint64_t i = 0; i < 9 * kDeviceBufferRecords; ++i) times.add_good(0, 1, 1);
  EXPECT_EQ(times.most_memory_bytes(0), 6 * kDeviceBufferMemoryBytes);
}

TEST(DeviceTimes, IsNearlyFullBeforeTheLastPlaceIsTaken) {
  DeviceTimes times;
  times.set_buffer_limit(2);
  std::uint64_t records = 0;
  while (!times.is_nearly_full() && records < 3 * kDeviceBufferRecords) {
    times.add_good(0, 1, 1);
    ++records;
  }
  EXPECT_GE(records, kDeviceBufferRecords);
  EXPECT_LT(records, 2 * kDeviceBufferRecords);
}

}  // namespace
}  // namespace tbprof::cuda
