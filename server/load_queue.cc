#include "server/load_queue.h"

#include <algorithm>
#include <cstdio>
#include <exception>

namespace tbprof::server {

LoadQueue::LoadQueue(std::size_t thread_count, std::uint64_t budget_bytes)
    : budget_bytes_(budget_bytes) {
  for (std::size_t i = 0; i < thread_count; ++i) threads_.emplace_back([this] { work(); });
}

LoadQueue::~LoadQueue() { stop(); }

void LoadQueue::post(std::uint64_t cost_bytes, std::function<void()> load) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    waiting_.push_back({cost_bytes, std::move(load)});
  }
  changed_.notify_one();
}

void LoadQueue::stop() {
  std::deque<Load> dropped;
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    dropped.swap(waiting_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

// REQUIRES: mutex_ is held
std::deque<LoadQueue::Load>::iterator LoadQueue::next_that_fits() {
  if (running_ == 0) return waiting_.begin();
  return std::find_if(waiting_.begin(), waiting_.end(), [this](const Load& load) {
    return running_bytes_ < budget_bytes_ && load.cost_bytes <= budget_bytes_ - running_bytes_;
  });
}

void LoadQueue::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    auto next = waiting_.end();
    changed_.wait(lock, [&] {
      next = next_that_fits();
      return is_stopping_ || next != waiting_.end();
    });
    if (is_stopping_) return;
    Load load = std::move(*next);
    waiting_.erase(next);
    running_bytes_ += load.cost_bytes;
    ++running_;
    lock.unlock();
    try {
      load.run();
    } catch (const std::exception& problem) {
      std::fprintf(stderr, "tbprof: a load was dropped: %s\n", problem.what());
    }
    load.run = nullptr;
    lock.lock();
    running_bytes_ -= load.cost_bytes;
    --running_;
    changed_.notify_all();
  }
}

}  // namespace tbprof::server
