#include "cuda/buffer_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <set>
#include <thread>
#include <vector>

namespace tbprof::cuda {
namespace {

// Far too large for a stack, as in the recorder it lies in static memory.
std::unique_ptr<BufferPool> pool_of(std::uint32_t first, std::uint32_t most) {
  auto pool = std::make_unique<BufferPool>();
  EXPECT_TRUE(pool->start(first, most));
  return pool;
}

TEST(BufferPool, ABufferIsHandedOutOnceUntilItCameBack) {
  const auto pool = pool_of(2, 2);
  std::uint8_t* first = pool->take();
  std::uint8_t* second = pool->take();
  ASSERT_NE(first, nullptr);
  ASSERT_NE(second, nullptr);
  EXPECT_NE(first, second);
  EXPECT_EQ(pool->take(), nullptr);
  EXPECT_EQ(pool->counts().refused, 1u);
  EXPECT_EQ(pool->counts().held_by_cupti, 2u);
  // Not given back, so not handed out, however long it takes.
  pool->refill();
  EXPECT_EQ(pool->take(), nullptr);

  pool->complete(first, 10);
  EXPECT_EQ(pool->take(), nullptr) << "before it was read";
  EXPECT_TRUE(pool->read_one([&](std::uint8_t* data, std::size_t valid_bytes) {
    EXPECT_EQ(data, first);
    EXPECT_EQ(valid_bytes, 10u);
  }));
  EXPECT_EQ(pool->take(), first);
}

TEST(BufferPool, AreReadInTheOrderInWhichTheyCameAndZeroed) {
  const auto pool = pool_of(3, 3);
  std::vector<std::uint8_t*> buffers;
  for (int i = 0; i < 3; ++i) {
    buffers.push_back(pool->take());
    std::memset(buffers.back(), 0x5a, 100);
  }
  for (std::uint8_t* buffer : {buffers[1], buffers[2], buffers[0]}) pool->complete(buffer, 100);
  std::vector<std::uint8_t*> read;
  while (pool->read_one([&](std::uint8_t* data, std::size_t) { read.push_back(data); })) {
  }
  EXPECT_EQ(read, (std::vector<std::uint8_t*>{buffers[1], buffers[2], buffers[0]}));
  for (const std::uint8_t* buffer : read) {
    for (int i = 0; i < 100; ++i) ASSERT_EQ(buffer[i], 0);
  }
}

TEST(BufferPool, GivenBackTwiceOrNeverTakenCounts) {
  const auto pool = pool_of(1, 1);
  std::uint8_t* buffer = pool->take();
  pool->complete(buffer, 1);
  pool->complete(buffer, 1);
  std::uint8_t other = 0;
  pool->complete(&other, 1);
  EXPECT_EQ(pool->counts().foreign, 2u);
  EXPECT_TRUE(pool->read_one([](std::uint8_t*, std::size_t) {}));
  EXPECT_FALSE(pool->read_one([](std::uint8_t*, std::size_t) {}));
}

TEST(BufferPool, GrowsToItsLimitAndPastItOnlyWhereARefusalWouldCrash) {
  const auto pool = pool_of(1, 3);
  EXPECT_NE(pool->take(), nullptr);
  pool->refill();
  EXPECT_EQ(pool->counts().mapped, 3u);
  EXPECT_NE(pool->take(), nullptr);
  EXPECT_NE(pool->take(), nullptr);
  pool->refill();
  EXPECT_EQ(pool->counts().mapped, 3u);
  EXPECT_NE(pool->take_or_map(), nullptr);
  EXPECT_EQ(pool->counts().mapped, 4u);
}

TEST(BufferPool, ThreadsNeverShareABuffer) {
  const auto pool = pool_of(8, 8);
  constexpr int kThreads = 4;
  std::atomic<int> running{kThreads};
  std::atomic<std::uint64_t> taken{0};
  std::vector<std::thread> threads;
  for (int number = 1; number <= kThreads; ++number) {
    threads.emplace_back([&, number] {
      for (int turn = 0; turn < 2000; ++turn) {
        std::uint8_t* buffer = pool->take();
        if (buffer == nullptr) {
          std::this_thread::yield();
          continue;
        }
        std::uint64_t mark = 0;
        std::memcpy(&mark, buffer, sizeof mark);
        ASSERT_EQ(mark, 0u) << "in use, or not zeroed";
        mark = static_cast<std::uint64_t>(number);
        std::memcpy(buffer, &mark, sizeof mark);
        taken.fetch_add(1);
        pool->complete(buffer, sizeof mark);
      }
      running.fetch_sub(1);
    });
  }
  std::uint64_t read = 0;
  const auto one = [&](std::uint8_t* data, std::size_t) {
    std::uint64_t mark = 0;
    std::memcpy(&mark, data, sizeof mark);
    ASSERT_NE(mark, 0u);
    ++read;
  };
  while (running.load() > 0) pool->read_one(one);
  for (std::thread& thread : threads) thread.join();
  while (pool->read_one(one)) {
  }
  EXPECT_EQ(read, taken.load());
  EXPECT_GT(read, 0u);
}

}  // namespace
}  // namespace tbprof::cuda
