// Threads that load captures, apart from those that answer: a long load holds up only those who
// wait for it. What runs at once is bounded by what it is expected to take of the memory.
// Any thread.
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
  LoadQueue(std::size_t thread_count, std::uint64_t budget_bytes);
  ~LoadQueue();
  LoadQueue(const LoadQueue&) = delete;

  // Runs the load when its bytes fit beside those that run; one that never fits runs alone. In the
  // order of asking, but a small one may go ahead of a large one that waits for room. A load that
  // throws is dropped.
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

  const std::uint64_t budget_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Load> waiting_;
  std::uint64_t running_bytes_ = 0;
  std::size_t running_ = 0;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tbprof::server
