// What the writer thread takes from the device: records, samples, facts and losses.
#include <stdio.h>

#include <algorithm>

#include "collector/clock.h"
#include "collector/environment.h"
#include "collector/futex.h"
#include "collector/process_facts.h"
#include "cuda/activity_decoder.h"
#include "cuda/buffer_dump.h"
#include "cuda/cupti_detach.h"
#include "cuda/device_options.h"
#include "cuda/device_source.h"

namespace tbprof::cuda {

namespace {

using collector::ChunkBuilder;
using collector::monotonic_ns;

constexpr std::int64_t kClockPeriodNs = 250'000'000;
constexpr std::int64_t kWrittenClockPeriodNs = 10'000'000'000;

}  // namespace

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
