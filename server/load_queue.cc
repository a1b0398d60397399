#include "server/load_queue.h"

#include <algorithm>
#include <cstdio>
#include <exception>

namespace tbprof::server {

namespace {

constexpr std::uint64_t kMostSmallBytes = std::uint64_t{128} << 20;
constexpr std::uint64_t kSmallPerBudget = 16;

}  // namespace

LoadQueue::LoadQueue(std::size_t thread_count, std::uint64_t budget_bytes)
    : large_at_once_(thread_count - 1),
      budget_bytes_(budget_bytes),
      small_bytes_(std::min(kMostSmallBytes, budget_bytes / kSmallPerBudget)) {
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
  return std::find_if(waiting_.begin(), waiting_.end(), [this](const Load& load) {
    if (is_small(load) || running_large_ == 0) return true;
    return running_large_ < large_at_once_ && running_bytes_ < budget_bytes_ &&
           load.cost_bytes <= budget_bytes_ - running_bytes_;
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
    const std::uint64_t counted_bytes = is_small(load) ? 0 : load.cost_bytes;
    const std::size_t counted_loads = is_small(load) ? 0 : 1;
    running_bytes_ += counted_bytes;
    running_large_ += counted_loads;
    lock.unlock();
    try {
      load.run();
    } catch (const std::exception& problem) {
      std::fprintf(stderr, "tbprof: a load was dropped: %s\n", problem.what());
    }
    load.run = nullptr;
    lock.lock();
    running_bytes_ -= counted_bytes;
    running_large_ -= counted_loads;
    changed_.notify_all();
  }
}

}  // namespace tbprof::server
