#include "cuda/device_source.h"

#include <stdio.h>

#include <algorithm>

#include "collector/clock.h"
#include "collector/environment.h"
#include "collector/futex.h"
#include "collector/own_thread.h"
#include "collector/process_facts.h"
#include "collector/window.h"
#include "cuda/activity_decoder.h"
#include "cuda/buffer_dump.h"
#include "cuda/cupti_detach.h"
#include "cuda/device_options.h"

namespace tbprof::cuda {

namespace {

using collector::ChunkBuilder;
using collector::monotonic_ns;

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kFlushPeriodNs = kSecondNs;
constexpr std::int64_t kClockPeriodNs = kSecondNs / 4;
constexpr std::int64_t kWrittenClockPeriodNs = 10 * kSecondNs;
constexpr std::int64_t kPausedPeriodNs = 3600 * kSecondNs;
constexpr std::int64_t kStopTimeoutNs = kSecondNs;
constexpr std::int64_t kAsideTimeoutNs = 5 * kSecondNs;
// A record reaches its buffer some time after its end.
constexpr std::int64_t kRecordLagNs = 1'000'000;
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

bool DeviceSource::drain(ChunkBuilder& builder, bool first) {
  rows_.set_builder(builder);
  if (first) {
    rows_.begin();
    nvml_.begin();
    metrics_.begin();
    last_written_pair_ns_ = 0;
    for (std::uint64_t& bytes : told_memory_bytes_) bytes = 0;
    add_facts(builder);
    // A recording that only begins while the program ends gets what was gathered, and no more.
    if (!is_exiting_.load()) is_on_.store(true);
    if (trouble_ == nullptr) request();
  }
  if (trouble_ != nullptr) return false;
  if (!is_mid_drain_) note_coverage();
  DecodeCounts counts;
  is_mid_drain_ = pool_.read_one([&](std::uint8_t* data, std::size_t valid_bytes) {
    // CUPTI's clock is right once CUDA is up, and then there are records.
    read_clocks(builder, clock_.empty());
    // Asked once the buffer is here: it may have come of that very request.
    rows_.expect_unfinished(is_finishing_.load(std::memory_order_acquire));
    if (is_leaving()) return;  // its names are gone
    dump_buffer(cupti_, session_.version(), data, valid_bytes);
    counts = decode_activities(cupti_, session_.version(), data, valid_bytes, rows_);
  });
  if (is_mid_drain_) {
    rows_.flush(builder, counts, covered_ns_);
    return true;
  }
  covered_ns_ = std::max(covered_ns_, next_covered_ns_);
  if (!clock_.empty() && wanted_.load(std::memory_order_relaxed) == kRecording) {
    read_clocks(builder, false);
  }
  pool_.refill();
  add_losses(builder);
  drain_devices(builder, !is_on_.load(std::memory_order_relaxed));
  say_what_stopped(builder);
  return false;
}

// Before the first buffer of a drain is read: what CUPTI has given back by now will be.
void DeviceSource::note_coverage() {
  const bool is_complete =
      is_drained_.load(std::memory_order_acquire) || pool_.counts().held_by_cupti == 0;
  next_covered_ns_ = is_complete ? monotonic_ns() - kRecordLagNs
                                 : flushed_until_ns_.load(std::memory_order_acquire);
}

void DeviceSource::drain_devices(ChunkBuilder& builder, bool is_last) {
  rows_.flush_unmatched(builder, is_last);
  for (const DeviceFacts& facts : rows_.devices()) {
    if (!rows_.has_worked(facts.device)) continue;
    nvml_.watch(facts.device, facts.uuid, facts.is_part);
    if (facts.device >= std::size(told_memory_bytes_)) continue;
    const std::uint64_t bytes = rows_.times().most_memory_bytes(facts.device);
    if (bytes == told_memory_bytes_[facts.device]) continue;
    told_memory_bytes_[facts.device] = bytes;
    char key[48];
    char value[24];
    snprintf(key, sizeof key, "gpu%u.profiler_memory_bytes", facts.device);
    snprintf(value, sizeof value, "%llu", static_cast<unsigned long long>(bytes));
    builder.add_property(key, value);
  }
  nvml_.drain(builder, is_last);
  // CUDA is up, where there is a sample.
  if (metrics_.has_samples()) read_clocks(builder, clock_.empty());
  if (!metrics_.has_samples() || !clock_.empty()) metrics_.drain(builder, clock_);
  if (options_.graph_nodes && rows_.times().is_nearly_full() &&
      !must_stop_times_.exchange(true, std::memory_order_relaxed)) {
    collector::futex_wake(wanted_);  // at once: what is left is a second's, at the most
  }
}

void DeviceSource::say_what_stopped(ChunkBuilder& builder) {
  if (has_detached() && !has_told_leave_) {
    has_told_leave_ = true;
    char text[24];
    snprintf(text, sizeof text, "%d", static_cast<int>(detach_result()));
    builder.add_property("cuda.finalize_result", text);
    snprintf(text, sizeof text, "%lld", static_cast<long long>(detach_duration_ns()));
    builder.add_property("cuda.finalize_ns", text);
  }
  const char* tool = aside_for_.load(std::memory_order_relaxed);
  if (tool != nullptr && !has_told_aside_) {
    has_told_aside_ = true;
    builder.add_property("cuda.stepped_aside", tool);
    if (!is_told_to_be_quiet()) {
      collector::say_on_stderr(
          "%s has taken over CUPTI, which serves one tool at a time: from here on GPU activity is "
          "not recorded",
          tool);
    }
  }
  if (must_stop_times_.load(std::memory_order_relaxed) && !has_told_stop_) {
    has_told_stop_ = true;
    builder.add_property("cuda.stopped", "the memory on the GPU for times of kernels was used up");
    if (!is_told_to_be_quiet()) {
      collector::say_on_stderr(
          "the %u MiB on the GPU for the times of kernels in CUDA graphs are nearly used up: from "
          "here on no GPU work is recorded; %s= gives more",
          options_.device_budget_mib, collector::kGpuMemoryMbVariable);
    }
  }
}

void DeviceSource::read_clocks(ChunkBuilder& builder, bool now) {
  const std::int64_t now_ns = monotonic_ns();
  if (!now && now_ns - last_pair_ns_ < kClockPeriodNs) return;
  const CuptiClockPair pair = session_.read_clocks();
  if (pair.cupti_ns == 0) return;
  last_pair_ns_ = now_ns;
  clock_.add(pair);
  if (last_written_pair_ns_ != 0 && now_ns - last_written_pair_ns_ < kWrittenClockPeriodNs) return;
  last_written_pair_ns_ = now_ns;
  builder.add_clock({proto::ClockKind::cupti, pair.monotonic_ns, pair.cupti_ns});
}

void DeviceSource::add_facts(ChunkBuilder& builder) {
  if (trouble_ != nullptr) {
    builder.add_property("cuda.not_recorded", trouble_);
    return;
  }
  if (is_leaving_.load()) {
    builder.add_property("cuda.not_recorded",
                         "CUPTI has left the program, as --finalize asks after the last window");
  }
  char text[32];
  snprintf(text, sizeof text, "%u", session_.version());
  builder.add_property("cuda.cupti_version", text);
  snprintf(text, sizeof text, "%lld", static_cast<long long>(session_.start_duration_ns()));
  builder.add_property("cuda.cupti_start_ns", text);
  builder.add_property("cuda.graphs", options_.graph_nodes ? "by node" : "by launch");
  if (session_.has_device_limit()) {
    snprintf(
        text, sizeof text, "%llu",
        static_cast<unsigned long long>(DeviceTimes::buffers_of_budget(options_.device_budget_mib) *
                                        kDeviceBufferMemoryBytes));
    builder.add_property("cuda.gpu_memory_limit_bytes_per_context", text);
  }
  if (session_.refused_kinds() > 0) {
    snprintf(text, sizeof text, "%u", session_.refused_kinds());
    builder.add_property("cuda.refused_kinds", text);
  }
}

void DeviceSource::add_losses(ChunkBuilder& builder) {
  const std::int64_t until_ns = monotonic_ns();
  const std::int64_t from_ns = flushed_until_ns_.load(std::memory_order_relaxed) - kFlushPeriodNs;
  const auto add = [&](proto::LossKind kind, std::uint64_t count) {
    if (count > 0) builder.add_loss({kind, count, from_ns, until_ns, proto::kNoId});
  };
  add(proto::LossKind::cupti_dropped, dropped_.exchange(0, std::memory_order_relaxed));
  // A buffer that is not the pool's has records that are not read; how many, is not known.
  const BufferPool::Counts counts = pool_.counts();
  add(proto::LossKind::unread_record, counts.foreign - told_foreign_);
  told_foreign_ = counts.foreign;
}

}  // namespace tbprof::cuda
