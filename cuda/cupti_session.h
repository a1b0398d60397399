// Everything that is asked of CUPTI: subscribing once, choosing what is recorded, flushing,
// pausing. Knows nothing of traces; buffers go to the pool, and who reads them is not its affair.
//
// start(): the thread that starts CUDA, once in a process. All others: one thread at a time, not
// from CUPTI's callbacks. Never destroyed: CUPTI may call back until the process is gone.
#pragma once

#include <atomic>
#include <cstdint>

#include "cuda/buffer_pool.h"
#include "cuda/cupti_clock.h"
#include "cuda/cupti_library.h"

namespace tbprof::cuda {

// A context was made; on the thread that made it.
using ContextCallback = void (*)(CUcontext context);

struct SessionOptions {
  // GPU memory that CUPTI may take in each context for the times of what runs there.
  std::uint32_t device_budget_mib = 128;
  // Kernels inside CUDA graphs one by one, at a far higher cost, instead of each launch as a whole.
  bool graph_nodes = false;
  // Once no window is to come any more, CUPTI leaves the program for good.
  bool finalize = false;
  ContextCallback on_context = nullptr;  // null: nobody wants to know
};

class CuptiSession {
 public:
  // true: activities are recorded from here on. false: reason() says why not, with a remedy.
  bool start(const CuptiLibrary& cupti, BufferPool& pool, const SessionOptions& options);
  const char* reason() const { return reason_; }

  // Asks CUPTI for the buffers whose records are complete.
  void flush();
  // Records no activity any more, until resume(), and asks for all that is complete; what still
  // runs comes with a later flush().
  void pause();
  // pause(), and asks for all that was recorded, complete or not: nothing comes afterwards.
  void finish();
  // Leaves CUPTI to another tool: records nothing any more, for good. The buffers that CUPTI holds
  // stay as they are.
  void step_aside();
  // Records nothing any more, for good, and asks for all that was recorded.
  void stop_all();
  // After stop_all(), once all buffers were read: CUPTI leaves the program when its next call of
  // CUDA returns (cupti_detach.h), and takes the names of kernels and devices with it.
  void detach();
  // At the program's end: not any more.
  void cancel_detach();
  // Stops the times of what runs on the device, of which CUPTI's memory there holds only so many;
  // calls go on being recorded.
  void stop_device_times();
  // false: CUPTI records nothing.
  bool resume();

  // CUPTI's clock against CLOCK_MONOTONIC now.
  CuptiClockPair read_clocks() const;
  // Records that CUPTI says it dropped since the last call.
  std::uint64_t take_dropped();
  std::uint32_t version() const { return version_; }
  // How long start() took, for the trace to say.
  std::int64_t start_duration_ns() const { return start_duration_ns_; }
  // CUPTI has met an error after which it records nothing more.
  bool has_failed() const { return failed_.load(std::memory_order_relaxed); }
  // Kinds of activity that this version or machine refused.
  std::uint32_t refused_kinds() const { return refused_kinds_; }
  // Whether CUPTI took the limit of GPU memory.
  bool has_device_limit() const { return has_device_limit_; }

 private:
  bool subscribe();
  bool set_attributes();
  void enable_kinds();
  void enable(std::uint32_t kind);
  void disable(std::uint64_t kinds);
  void refuse(const char* sentence, const char* detail = "");

  const CuptiLibrary* cupti_ = nullptr;
  SessionOptions options_;
  CUpti_SubscriberHandle subscriber_ = nullptr;
  std::uint32_t version_ = 0;
  std::int64_t start_duration_ns_ = 0;
  std::uint32_t refused_kinds_ = 0;
  std::uint64_t enabled_kinds_ = 0;  // a bit each
  CUptiResult last_refusal_ = CUPTI_SUCCESS;
  bool is_recording_ = false;
  bool has_device_limit_ = false;
  bool has_left_ = false;  // nothing of CUPTI may be asked any more
  std::atomic<bool> is_detaching_{false};
  bool has_device_times_ = true;
  std::atomic<bool> failed_{false};
  char reason_[256] = {};
};

}  // namespace tbprof::cuda
