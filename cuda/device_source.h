// The GPU as a source of events for the writer thread: ties library, session, pool and rows
// together. A thread of its own talks to CUPTI once a second, so that neither the program nor the
// writer waits for it.
// One in a process, in static memory, never destroyed: CUPTI may call back until the process ends.
// start(): the thread that starts CUDA. drain(), stop(), covered_until_ns(): the writer thread.
// set_recording(): any thread.
#pragma once

#include <atomic>
#include <cstdint>

#include "collector/chunk_builder.h"
#include "cuda/buffer_pool.h"
#include "cuda/cupti_clock.h"
#include "cuda/cupti_library.h"
#include "cuda/cupti_session.h"
#include "cuda/device_rows.h"
#include "cuda/metric_sampler.h"
#include "cuda/nvml_sampler.h"
#include "cuda/tool_watch.h"

namespace tbprof::cuda {

class DeviceSource {
 public:
  // false: there is no driver, and so nothing to say either.
  // `on_tool` is told when another tool of the process asks for CUPTI; `tell_of_context`
  // is to pass each context on to on_context() below.
  bool start(ToolCallback on_tool, ContextCallback tell_of_context);
  // Why GPU activity is not recorded, with a remedy; nullptr if it is.
  const char* trouble() const { return trouble_; }
  // Adds what one buffer holds; true: there are more.
  bool drain(collector::ChunkBuilder& builder, bool first);
  std::int64_t covered_until_ns() const { return trouble_ != nullptr ? INT64_MAX : covered_ns_; }
  // Returns once CUPTI has given back what it recorded, at most a second later.
  void stop();
  // The same at the program's end: nothing is begun again.
  void stop_for_good();
  // Any thread, without waiting: whether GPU activity is wanted now.
  void set_recording(bool is_wanted);
  // Any thread of the program's, not in a callback of CUPTI's: leaves CUPTI to another tool, for
  // good, before it asks for it. `tool` must stay valid. Returns when CUPTI is free, five seconds
  // later at the latest.
  void step_aside(const char* tool);
  // In CUPTI's callback.
  void on_context(CUcontext context) { metrics_.on_context(context); }

 private:
  static constexpr std::int64_t kFlushPeriodNs = 1'000'000'000;
  // A record reaches its buffer some time after its end.
  static constexpr std::int64_t kRecordLagNs = 1'000'000;
  enum Mode : std::uint32_t { kPaused, kRecording, kFinished, kAside, kLeaving };

  bool start_session(ContextCallback tell_of_context);
  bool start_flush_thread();
  static void* flush_main(void* self);
  void flush_loop();
  void bring_about(std::uint32_t mode);
  void flush();
  // Whether nothing is to be recorded any more, and CUPTI may leave.
  bool is_time_to_leave(std::uint32_t mode) const;
  bool wait_for(std::uint32_t mode, std::int64_t timeout_ns);
  // Has the flush thread bring about what is_wanted_ and is_on_ ask for.
  void request();
  void read_clocks(collector::ChunkBuilder& builder, bool now);
  void add_facts(collector::ChunkBuilder& builder);
  void add_losses(collector::ChunkBuilder& builder);
  void note_coverage();
  // Once the buffers of a drain are read: what the devices say of themselves.
  void drain_devices(collector::ChunkBuilder& builder, bool is_last);
  void say_what_stopped(collector::ChunkBuilder& builder);

  CuptiLibrary cupti_;
  BufferPool pool_;
  CuptiSession session_;
  CuptiClock clock_;
  DeviceRows rows_{cupti_, clock_};
  NvmlSampler nvml_;
  MetricSampler metrics_;
  SessionOptions options_;
  const char* trouble_ = nullptr;
  std::int64_t last_pair_ns_ = 0;
  std::int64_t last_written_pair_ns_ = 0;
  std::atomic<bool> is_wanted_{true};            // a window is open, or about to be
  std::atomic<bool> is_on_{true};                // between start() or the first drain() and stop()
  std::atomic<std::uint32_t> wanted_{kPaused};   // futex; what the flush thread is to bring about
  std::atomic<std::uint32_t> current_{kPaused};  // futex
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::int64_t> flushed_until_ns_{0};
  std::atomic<bool> is_drained_{false};  // paused, and nothing will come any more
  std::atomic<bool> is_exiting_{false};
  std::atomic<bool> is_leaving_{false};       // for good
  std::atomic<bool> is_finishing_{false};     // CUPTI is asked for what still runs, too
  std::atomic<bool> must_stop_times_{false};  // CUPTI's memory on the GPU is nearly full
  std::atomic<const char*> aside_for_{nullptr};
  std::int64_t covered_ns_ = 0;       // all that ended before it was drained
  std::int64_t next_covered_ns_ = 0;  // becomes covered_ns_ once all buffers at hand are read
  bool is_mid_drain_ = false;
  bool has_told_stop_ = false;
  bool has_told_aside_ = false;
  bool has_told_leave_ = false;
  std::uint64_t told_foreign_ = 0;
  std::uint64_t told_memory_bytes_[16] = {};  // by device
};

}  // namespace tbprof::cuda
