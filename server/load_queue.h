// Threads that load captures, apart from those that answer: a long load holds up only those who
// wait for it. What runs at once is bounded by what it is expected to take of the memory. One
// thread is kept for small loads, so that they wait for no large one. Any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tbprof::server {

class LoadQueue {
 public:
  // At least two threads.
  LoadQueue(std::size_t thread_count, std::uint64_t budget_bytes);
  ~LoadQueue();
  LoadQueue(const LoadQueue&) = delete;

  // Runs the load when a thread is free for it. A large one waits also until its bytes fit beside
  // those that run; one that never fits runs beside small ones only. Else in the order of asking. A
  // load that throws is dropped.
  void post(std::uint64_t cost_bytes, std::function<void()> load);
  // Returns when the loads that run have ended; those that wait are dropped.
  void stop();

 private:
  struct Load {
    std::uint64_t cost_bytes;
    std::function<void()> run;
  };
  void work();
  std::deque<Load>::iterator next_that_fits();
  bool is_small(const Load& load) const { return load.cost_bytes <= small_bytes_; }

  const std::size_t large_at_once_;
  const std::uint64_t budget_bytes_;
  const std::uint64_t small_bytes_;  // all small ones together stay far below the budget
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Load> waiting_;
  std::uint64_t running_bytes_ = 0;  // of large ones
  std::size_t running_large_ = 0;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tbprof::server
