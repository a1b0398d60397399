// Makes batches ahead of the training loop on a thread of its own, a few at most. Owns the thread
// and the queue. next(): one thread at a time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>

#include "image_generator.h"
#include "options.h"

namespace tbprof::samples::train {

class BatchLoader {
 public:
  explicit BatchLoader(const Options& options);
  ~BatchLoader();
  BatchLoader(const BatchLoader&) = delete;
  BatchLoader& operator=(const BatchLoader&) = delete;

  // Waits until there is a batch.
  Batch next();

 private:
  void work();

  const Options options_;
  ImageGenerator generator_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> queue_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace tbprof::samples::train
