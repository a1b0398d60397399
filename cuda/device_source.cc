#include "cuda/device_source.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include "collector/clock.h"
#include "collector/event_source.h"
#include "collector/futex.h"
#include "cuda/activity_decoder.h"
#include "cuda/buffer_dump.h"

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
constexpr std::uint32_t kFirstBuffers = 4;
constexpr std::uint32_t kMostBuffers = 64;  // 256 MiB of host memory at the very most

}  // namespace

bool DeviceSource::start() {
  if (!is_driver_loaded()) return false;
  trouble_ = open_cupti(cupti_);
  if (trouble_ != nullptr) return true;
  if (!pool_.start(kFirstBuffers, kMostBuffers)) {
    trouble_ = "there is no memory for the buffers of GPU records";
  } else if (!session_.start(cupti_, pool_, SessionOptions{})) {
    trouble_ = session_.reason();
  } else {
    wanted_.store(kRecording);
    current_.store(kRecording);
    if (!start_flush_thread()) {
      session_.pause();
      trouble_ = "no thread could be created to collect GPU records";
    }
  }
  return true;
}

bool DeviceSource::start_flush_thread() {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  // CUPTI and the driver run on it, so it is no smaller than the system's default where that is.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, flush_main, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return error == 0;
}

void* DeviceSource::flush_main(void* self) {
  prctl(PR_SET_NAME, "tbprof-cupti");
  static_cast<DeviceSource*>(self)->flush_loop();
  return nullptr;
}

void DeviceSource::flush_loop() {
  while (true) {
    const std::uint32_t wanted = wanted_.load(std::memory_order_acquire);
    if (wanted != current_.load(std::memory_order_relaxed)) {
      if (wanted == kRecording) {
        session_.resume();
      } else {
        session_.pause();
        dropped_.fetch_add(session_.take_dropped(), std::memory_order_relaxed);
      }
      current_.store(wanted, std::memory_order_release);
      collector::futex_wake(current_);
    } else if (wanted == kRecording) {
      const std::int64_t begin_ns = monotonic_ns();
      session_.flush();
      dropped_.fetch_add(session_.take_dropped(), std::memory_order_relaxed);
      flushed_until_ns_.store(begin_ns, std::memory_order_release);
    }
    // While paused nothing comes, and nothing is asked for.
    collector::futex_wait(wanted_, wanted, wanted == kRecording ? kFlushPeriodNs : kPausedPeriodNs);
  }
}

// Threads may meet here: each looks again until what it brought about is what is asked for.
void DeviceSource::request() {
  const auto asked = [this] { return is_wanted_.load() && is_on_.load() ? kRecording : kPaused; };
  bool is_new = false;
  for (Mode mode = asked(); wanted_.load() != mode; mode = asked()) {
    wanted_.store(mode);
    is_new = true;
  }
  if (is_new) collector::futex_wake(wanted_);
}

void DeviceSource::set_recording(bool is_wanted) {
  is_wanted_.store(is_wanted);
  if (trouble_ == nullptr) request();
}

void DeviceSource::stop() {
  if (trouble_ != nullptr) return;
  is_on_.store(false);
  request();
  const std::int64_t until_ns = monotonic_ns() + kStopTimeoutNs;
  while (current_.load(std::memory_order_acquire) != kPaused) {
    const std::int64_t rest_ns = until_ns - monotonic_ns();
    if (rest_ns <= 0) return;
    collector::futex_wait(current_, kRecording, rest_ns);
  }
}

bool DeviceSource::drain(ChunkBuilder& builder, bool first) {
  rows_.set_builder(builder);
  if (first) {
    rows_.begin();
    last_written_pair_ns_ = 0;
    add_facts(builder);
    is_on_.store(true);
    if (trouble_ == nullptr) request();
  }
  if (trouble_ != nullptr) return false;
  DecodeCounts counts;
  const bool had_one = pool_.read_one([&](std::uint8_t* data, std::size_t valid_bytes) {
    // CUPTI's clock is right once CUDA is up, and then there are records.
    read_clocks(builder, clock_.empty());
    dump_buffer(cupti_, session_.version(), data, valid_bytes);
    counts = decode_activities(cupti_, data, valid_bytes, rows_);
  });
  if (had_one) {
    rows_.flush(builder, counts);
  } else if (!clock_.empty() && wanted_.load(std::memory_order_relaxed) == kRecording) {
    read_clocks(builder, false);
  }
  pool_.refill();
  add_losses(builder);
  return had_one;
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
  char text[32];
  snprintf(text, sizeof text, "%u", session_.version());
  builder.add_property("cuda.cupti_version", text);
  snprintf(text, sizeof text, "%lld", static_cast<long long>(session_.start_duration_ns()));
  builder.add_property("cuda.cupti_start_ns", text);
  builder.add_property("cuda.graphs", "by launch");
}

void DeviceSource::add_losses(ChunkBuilder& builder) {
  const std::uint64_t dropped = dropped_.exchange(0, std::memory_order_relaxed);
  if (dropped > 0) {
    const std::int64_t now_ns = monotonic_ns();
    builder.add_loss({proto::LossKind::cupti_dropped, dropped,
                      flushed_until_ns_.load(std::memory_order_relaxed) - kFlushPeriodNs, now_ns,
                      proto::kNoId});
  }
}

std::int64_t DeviceSource::covered_until_ns() const {
  if (trouble_ != nullptr || pool_.counts().held_by_cupti == 0) return INT64_MAX;
  // Paused, it has given all that it will give.
  if (current_.load(std::memory_order_acquire) == kPaused) return INT64_MAX;
  return flushed_until_ns_.load(std::memory_order_acquire);
}

namespace {

alignas(DeviceSource) constinit unsigned char g_memory[sizeof(DeviceSource)] = {};
constinit DeviceSource* g_source = nullptr;
constinit pid_t g_process = 0;

// Before the driver's own ends, which were registered earlier or run as destructors.
void on_exit() {
  if (getpid() == g_process) g_source->stop();
}

bool start_source(void*) {
  g_source = new (g_memory) DeviceSource;
  g_process = getpid();
  if (!g_source->start()) return false;
  atexit(on_exit);
  return true;
}

constinit const collector::EventSource kSource = {
    .name = "CUDA",
    .self = nullptr,
    .start = start_source,
    .trouble = [](void*) { return g_source->trouble(); },
    .drain = [](void*, ChunkBuilder& builder,
                bool first) { return g_source->drain(builder, first); },
    .covered_until_ns = [](void*) { return g_source->covered_until_ns(); },
    .stop = [](void*) { g_source->stop(); },
    .set_recording = [](void*, bool is_wanted) { g_source->set_recording(is_wanted); },
};

}  // namespace

}  // namespace tbprof::cuda

extern "C" const tbprof::collector::EventSource* tbprof_cuda_event_source() {
  return &tbprof::cuda::kSource;
}
