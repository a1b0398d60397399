#include "batch_loader.h"

#include <tbprof.hpp>
#include <utility>

namespace tbprof::samples::train {
namespace {

constexpr std::size_t kQueueLimit = 3;
constexpr int kSamplesPerPixel = 2;
// A slow batch outlasts what the queue holds, so that the training loop has to wait.
constexpr int kSamplesPerPixelWhenSlow = 60;

}  // namespace

BatchLoader::BatchLoader(const Options& options)
    : options_(options), generator_(options.seed), thread_([this] { work(); }) {}

BatchLoader::~BatchLoader() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void BatchLoader::work() {
  for (int number = 1;; ++number) {
    const bool slow = options_.slow_every > 0 && number % options_.slow_every == 0;
    Batch batch;
    {
      const tbprof::Range range("make batch", tbprof::Category::input);
      batch = generator_.make(options_.batch, slow ? kSamplesPerPixelWhenSlow : kSamplesPerPixel);
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ending_ || queue_.size() < kQueueLimit; });
    if (ending_) return;
    queue_.push_back(std::move(batch));
    changed_.notify_all();
  }
}

Batch BatchLoader::next() {
  std::unique_lock lock(mutex_);
  tbprof::counter("batches ready", static_cast<double>(queue_.size()));
  changed_.wait(lock, [this] { return !queue_.empty(); });
  Batch batch = std::move(queue_.front());
  queue_.pop_front();
  changed_.notify_all();
  return batch;
}

}  // namespace tbprof::samples::train
