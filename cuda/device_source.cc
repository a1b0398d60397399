#include "cuda/device_source.h"

#include "collector/clock.h"
#include "collector/futex.h"
#include "collector/own_thread.h"
#include "collector/window.h"
#include "cuda/device_options.h"

namespace tbprof::cuda {

namespace {

using collector::monotonic_ns;

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kPausedPeriodNs = 3600 * kSecondNs;
constexpr std::int64_t kStopTimeoutNs = kSecondNs;
constexpr std::int64_t kAsideTimeoutNs = 5 * kSecondNs;
// After so many seconds of pause CUPTI has given what it will give.
constexpr std::uint32_t kPausedFlushes = 10;
// Each thread that calls CUDA takes one.
constexpr std::uint32_t kFirstBuffers = 8;
// Before CUPTI leaves: turns in which buffers are waited for that nobody reads.
constexpr std::uint32_t kMostTurns = 3;
constexpr std::uint32_t kMostBuffers = 64;  // 256 MiB of host memory at the very most

}  // namespace

bool DeviceSource::start(ToolCallback on_tool, ContextCallback tell_of_context) {
  if (!is_driver_loaded()) return false;
  options_ = read_device_options();
  covered_ns_ = next_covered_ns_ = monotonic_ns();
  rows_.times().set_buffer_limit(DeviceTimes::buffers_of_budget(options_.device_budget_mib));
  trouble_ = open_cupti(cupti_);
  if (trouble_ != nullptr) return true;
  if (!pool_.start(kFirstBuffers, kMostBuffers)) {
    trouble_ = "there is no memory for the buffers of GPU records";
  } else if (!start_session(tell_of_context)) {
    trouble_ = session_.reason();
  } else {
    wanted_.store(kRecording);
    current_.store(kRecording);
    // Before the thread that looks again.
    start_tool_watch(cupti_, on_tool);
    if (!start_flush_thread()) {
      session_.pause();
      trouble_ = "no thread could be created to collect GPU records";
    }
  }
  return true;
}

bool DeviceSource::start_session(ContextCallback tell_of_context) {
  if (metrics_.start(cupti_, read_metric_options())) options_.on_context = tell_of_context;
  return session_.start(cupti_, pool_, options_);
}

bool DeviceSource::start_flush_thread() {
  return collector::create_own_thread(flush_main, this, collector::kUsualStackBytes) == 0;
}

void* DeviceSource::flush_main(void* self) {
  collector::enter_own_thread("tbprof-cupti");
  static_cast<DeviceSource*>(self)->flush_loop();
  return nullptr;
}

void DeviceSource::flush_loop() {
  std::uint32_t paused_flushes = 0;
  std::uint32_t turns_of_leaving = 0;
  while (true) {
    const std::uint32_t wanted = wanted_.load(std::memory_order_acquire);
    if (wanted != current_.load(std::memory_order_relaxed)) {
      bring_about(wanted);
      paused_flushes = 0;
      current_.store(wanted, std::memory_order_release);
      collector::futex_wake(current_);
    } else if (wanted == kRecording) {
      look_for_tools();
      if (must_stop_times_.load(std::memory_order_relaxed)) session_.stop_device_times();
      flush();
    } else if (wanted == kPaused && !is_drained_.load(std::memory_order_relaxed)) {
      // What still ran when the window closed.
      flush();
      if (++paused_flushes == kPausedFlushes || pool_.counts().held_by_cupti == 0) {
        is_drained_.store(true, std::memory_order_release);
      }
    }
    if (is_time_to_leave(wanted)) {
      is_leaving_.store(true);
      request();
      continue;
    }
    // What stands in unread buffers names kernels by CUPTI's memory.
    if (wanted == kLeaving && (pool_.counts().unread == 0 || ++turns_of_leaving == kMostTurns)) {
      session_.detach();
    }
    const bool is_idle =
        wanted != kRecording && is_drained_.load(std::memory_order_relaxed) && !options_.finalize;
    collector::futex_wait(wanted_, wanted, is_idle ? kPausedPeriodNs : kFlushPeriodNs);
  }
}

void DeviceSource::bring_about(std::uint32_t mode) {
  is_drained_.store(mode >= kFinished, std::memory_order_release);
  if (mode == kRecording) {
    is_finishing_.store(false, std::memory_order_release);
    session_.resume();
    return;
  }
  if (mode == kPaused) {
    session_.pause();
  } else if (mode == kFinished) {
    is_finishing_.store(true, std::memory_order_release);
    session_.finish();
  } else if (mode == kLeaving) {
    metrics_.finish();
    session_.stop_all();
  } else {
    session_.step_aside();
    return;  // its counts are the other tool's now
  }
  dropped_.fetch_add(session_.take_dropped(), std::memory_order_relaxed);
}

bool DeviceSource::is_time_to_leave(std::uint32_t mode) const {
  if (!options_.finalize || is_exiting_.load(std::memory_order_relaxed)) return false;
  if (!is_drained_.load(std::memory_order_relaxed) || pool_.counts().unread > 0) return false;
  return mode == kFinished || (mode == kPaused && collector::are_windows_over());
}

void DeviceSource::flush() {
  const std::int64_t begin_ns = monotonic_ns();
  session_.flush();
  dropped_.fetch_add(session_.take_dropped(), std::memory_order_relaxed);
  flushed_until_ns_.store(begin_ns - kRecordLagNs, std::memory_order_release);
}

// Threads may meet here: each looks again until what it brought about is what is asked for.
void DeviceSource::request() {
  const auto asked = [this]() -> std::uint32_t {
    if (aside_for_.load() != nullptr) return kAside;
    if (is_leaving_.load()) return kLeaving;
    if (!is_on_.load()) return kFinished;
    return is_wanted_.load() ? kRecording : kPaused;
  };
  bool is_new = false;
  for (std::uint32_t mode = asked(); wanted_.load() != mode; mode = asked()) {
    wanted_.store(mode);
    is_new = true;
  }
  if (is_new) collector::futex_wake(wanted_);
  std::uint32_t mode = kPaused;
  do {
    mode = asked();
    nvml_.set_running(mode == kRecording);
    metrics_.set_running(mode == kRecording);
  } while (mode != asked());
}

void DeviceSource::set_recording(bool is_wanted) {
  is_wanted_.store(is_wanted);
  if (trouble_ == nullptr) request();
}

bool DeviceSource::wait_for(std::uint32_t mode, std::int64_t timeout_ns) {
  const std::int64_t until_ns = monotonic_ns() + timeout_ns;
  while (true) {
    const std::uint32_t current = current_.load(std::memory_order_acquire);
    if (current == mode || current == kAside) return true;
    if (current == kLeaving && mode == kFinished) return true;
    const std::int64_t rest_ns = until_ns - monotonic_ns();
    if (rest_ns <= 0) return false;
    collector::futex_wait(current_, current, rest_ns);
  }
}

void DeviceSource::stop() {
  if (trouble_ != nullptr) return;
  is_on_.store(false);
  request();
  metrics_.finish();
  wait_for(kFinished, kStopTimeoutNs);
}

void DeviceSource::stop_for_good() {
  is_exiting_.store(true);
  if (is_leaving_.load()) session_.cancel_detach();
  stop();
}

void DeviceSource::step_aside(const char* tool) {
  if (trouble_ != nullptr) return;
  aside_for_.store(tool);
  request();
  metrics_.finish();
  wait_for(kAside, kAsideTimeoutNs);
}

}  // namespace tbprof::cuda
