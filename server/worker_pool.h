// Threads for what may take long: loading, computing, compressing. Any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tbprof::server {

class WorkerPool {
 public:
  WorkerPool(std::size_t thread_count, std::size_t max_waiting);
  // Ends the jobs that run, drops those that wait.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;

  // false if too many jobs wait already. A job that throws is dropped, and said to be.
  [[nodiscard]] bool post(std::function<void()> job);
  // Returns when the jobs that run have ended; nothing is begun afterwards.
  void stop();

 private:
  void work();

  const std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tbprof::server
