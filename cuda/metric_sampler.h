// Samples the hardware counters of the GPUs that the program uses, while a window is open, on a
// thread of its own: CUPTI takes its time to set up, and what it samples must be fetched before its
// buffer is full.
// One in a process, in static memory, never destroyed: its thread runs until the process ends.
// start(): the thread that starts CUDA. on_context(), set_running(): any thread, without waiting.
// begin(), drain(): the writer thread. finish(): any, but not in a callback of CUPTI.
#pragma once

#include <atomic>
#include <cstdint>

#include "collector/chunk_builder.h"
#include "cuda/cupti_clock.h"
#include "cuda/cupti_library.h"
#include "cuda/metric_device.h"
#include "cuda/metrics_library.h"

namespace tbprof::cuda {

struct MetricOptions {
  char names[2048] = {};  // divided by commas; empty: none is sampled
  std::int64_t interval_ns = 1'000'000;
};

class MetricSampler final : MetricSink {
 public:
  static constexpr std::uint32_t kMostDevices = 16;

  // Nothing where no metric is asked for. true: it wants to hear of contexts.
  bool start(const CuptiLibrary& cupti, const MetricOptions& options);
  // The program has made a context: its device is sampled from now on. From CUPTI's callback.
  void on_context(CUcontext context);
  void set_running(bool is_running);
  // A recording begins: nothing of the one before is carried over.
  void begin();
  // Gives the counters back to the system; what was sampled is drained afterwards. Returns within
  // half a second.
  void finish();
  // Adds what was sampled: counters, losses, and a line where there is trouble. REQUIRES: the clock
  // has a reading, or has_samples() is false.
  void drain(collector::ChunkBuilder& builder, const CuptiClock& clock);
  bool has_samples() const {
    return written_.load(std::memory_order_acquire) != read_.load(std::memory_order_relaxed);
  }

 private:
  enum Mode : std::uint32_t { kOff, kOn, kClosed };
  // One thread writes and one reads; what finds no room is counted.
  static constexpr std::uint32_t kSamples = 4096;

  static void* thread_main(void* self);
  void run();
  void look_for_devices();
  std::int64_t bring_about(std::uint32_t mode);
  void on_sample(const MetricSample& sample) override;
  void ask_for(std::uint32_t mode);
  void say_trouble(const char* sentence);
  void add(collector::ChunkBuilder& builder, const CuptiClock& clock, const MetricSample& sample);
  void add_facts(collector::ChunkBuilder& builder, std::uint32_t place);

  MetricsLibrary library_;
  void* cupti_ = nullptr;
  MetricOptions options_;
  MetricDevice devices_[kMostDevices];
  std::uint32_t device_count_ = 0;
  std::uint32_t known_devices_ = 0;  // a bit each
  MetricSample* samples_ = nullptr;
  std::atomic<std::uint32_t> written_{0};
  std::atomic<std::uint32_t> read_{0};
  std::atomic<std::uint32_t> seen_devices_{0};  // a bit each
  std::atomic<std::uint32_t> bell_{0};          // futex; rung for all that the thread is to see
  std::atomic<std::uint32_t> wanted_{kOff};
  std::atomic<std::uint32_t> current_{kOff};  // futex
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<std::uint64_t> outside_{0};
  std::atomic<bool> has_trouble_{false};  // trouble_ is written, and stays
  char trouble_[400] = {};
  bool has_thread_ = false;

  // The writer's.
  bool has_told_trouble_ = false;  // in this recording
  bool has_said_trouble_ = false;  // on stderr
  std::uint32_t told_facts_ = 0;   // a bit for each place
  std::uint64_t told_outside_ = 0;
  std::uint32_t name_plus_one_[kMostDevices][kMostMetrics] = {};
};

}  // namespace tbprof::cuda
