// How far the loading of a file has come, and whether anybody still waits for it. The thread that
// loads writes; any thread reads. Outlives the load.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "proto/result.h"

namespace tbprof::analyzer::import {

enum class LoadPhase : std::uint8_t { waiting, unpacking, reading, sorting };
const char* load_phase_name(LoadPhase phase);

class LoadProgress {
 public:
  // `is_wanted` is asked by the thread that loads, every few MiB.
  explicit LoadProgress(std::function<bool()> is_wanted = {}) : is_wanted_(std::move(is_wanted)) {}

  LoadPhase phase() const { return phase_.load(std::memory_order_relaxed); }
  // Of the file, as on disk.
  std::uint64_t read_bytes() const { return read_bytes_.load(std::memory_order_relaxed); }

  void enter(LoadPhase phase) { phase_.store(phase, std::memory_order_relaxed); }
  // Whether the load was left because nobody waited any more.
  bool was_left() const { return was_left_.load(std::memory_order_relaxed); }
  // Reading has come this far. An error if nobody waits any more: the load is to be left.
  proto::Result<> reach(std::uint64_t read_bytes, const std::string& path) {
    read_bytes_.store(read_bytes, std::memory_order_relaxed);
    if (read_bytes < ask_again_at_bytes_) return proto::success();
    return ask(read_bytes, path);
  }

 private:
  proto::Result<> ask(std::uint64_t read_bytes, const std::string& path);

  const std::function<bool()> is_wanted_;
  std::uint64_t ask_again_at_bytes_ = 0;
  std::atomic<bool> was_left_{false};
  std::atomic<LoadPhase> phase_{LoadPhase::waiting};
  std::atomic<std::uint64_t> read_bytes_{0};
};

}  // namespace tbprof::analyzer::import
