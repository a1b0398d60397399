#include "cuda/cupti_session.h"

#include <stdio.h>
#include <time.h>

#include "cuda/api_selection.h"
#include "cuda/profiler_calls.h"

namespace tbprof::cuda {

namespace {

// Just under 4 MiB, in which CUPTI allocates them: a third more records than its default size holds
// in the same memory.
constexpr std::size_t kDeviceBufferBytes = 4'190'000;
constexpr std::size_t kPreAllocatedDeviceBuffers = 4;
// Before it (CUDA 12.9) CUPTI crashes when it is refused a buffer.
constexpr std::uint32_t kRefusalVersion = 27;

// CUPTI's callbacks carry no word of ours.
constinit BufferPool* g_pool = nullptr;
constinit bool g_may_refuse = true;
constinit std::atomic<bool>* g_failed = nullptr;

std::int64_t monotonic_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

void CUPTIAPI on_buffer_requested(std::uint8_t** buffer, std::size_t* size,
                                  std::size_t* max_records) {
  *buffer = g_may_refuse ? g_pool->take() : g_pool->take_or_map();
  *size = *buffer == nullptr ? 0 : BufferPool::kBufferBytes;
  *max_records = 0;  // as many as fit
}

void CUPTIAPI on_buffer_completed(CUcontext, std::uint32_t, std::uint8_t* buffer, std::size_t,
                                  std::size_t valid_bytes) {
  g_pool->complete(buffer, valid_bytes);
}

void CUPTIAPI on_callback(void*, CUpti_CallbackDomain domain, CUpti_CallbackId id,
                          const void* data) {
  on_profiler_callback(domain, id, data);
  if (domain == CUPTI_CB_DOMAIN_STATE && id == CUPTI_CBID_STATE_FATAL_ERROR) {
    g_failed->store(true, std::memory_order_relaxed);
  }
}

}  // namespace

void CuptiSession::refuse(const char* sentence, const char* detail) {
  snprintf(reason_, sizeof reason_, "%s%s", sentence, detail);
}

bool CuptiSession::start(const CuptiLibrary& cupti, BufferPool& pool,
                         const SessionOptions& options) {
  cupti_ = &cupti;
  options_ = options;
  const std::int64_t begin_ns = monotonic_ns();
  if (cupti.get_version(&version_) != CUPTI_SUCCESS) {
    refuse("CUPTI cannot tell its version: it is newer than the driver; update the driver");
    return false;
  }
  g_pool = &pool;
  g_may_refuse = version_ >= kRefusalVersion;
  g_failed = &failed_;
  if (!subscribe()) return false;
  // Threads are known by their system's id everywhere else in the trace.
  cupti.set_thread_id_type(CUPTI_ACTIVITY_THREAD_ID_TYPE_SYSTEM);
  set_attributes();
  if (cupti.register_callbacks(on_buffer_requested, on_buffer_completed) != CUPTI_SUCCESS) {
    refuse("CUPTI took no buffers for its records; GPU activity is not recorded");
    return false;
  }
  if (!resume()) {
    refuse(
        "CUPTI refused to record any kind of activity: the driver is older than CUPTI supports; "
        "update the driver");
    return false;
  }
  cupti.enable_callback(1, subscriber_, CUPTI_CB_DOMAIN_STATE, CUPTI_CBID_STATE_FATAL_ERROR);
  watch_profiler_calls(cupti, subscriber_);
  start_duration_ns_ = monotonic_ns() - begin_ns;
  return true;
}

bool CuptiSession::subscribe() {
  char other[CUPTI_OLD_SUBSCRIBER_NAME_MIN_LEN + 1] = {};
  CUptiResult result = CUPTI_SUCCESS;
  if (cupti_->subscribe_v2 != nullptr) {
    CUpti_SubscriberParams parameters{};
    parameters.structSize = CUpti_SubscriberParams_STRUCT_SIZE;
    parameters.subscriberName = "tbprof";
    parameters.oldSubscriberName = other;
    parameters.oldSubscriberSize = sizeof other - 1;
    result = cupti_->subscribe_v2(&subscriber_, on_callback, nullptr, &parameters);
  } else {
    result = cupti_->subscribe(&subscriber_, on_callback, nullptr);
  }
  if (result == CUPTI_SUCCESS) return true;
  if (result == CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED) {
    char sentence[200];
    snprintf(sentence, sizeof sentence,
             "%s profiles this program already, and CUPTI serves one tool at a time; end it to "
             "record GPU activity",
             other[0] != 0 ? other : "another tool (Nsight, cuda-gdb or a profiler)");
    refuse(sentence);
  } else if (result == CUPTI_ERROR_INSUFFICIENT_PRIVILEGES ||
             result == CUPTI_ERROR_VIRTUALIZED_DEVICE_INSUFFICIENT_PRIVILEGES) {
    refuse(
        "this user may not profile the GPU: ask the administrator to load the driver with "
        "NVreg_RestrictProfilingToAdminUsers=0");
  } else {
    char number[16];
    snprintf(number, sizeof number, "%d", static_cast<int>(result));
    refuse("CUPTI does not start, most likely because the driver is too old for it; CUPTI's error ",
           number);
  }
  return false;
}

// All but the first must be set before the first context is there.
void CuptiSession::set_attributes() {
  const auto set = [this](CUpti_ActivityAttribute attribute, auto value) {
    std::size_t size_bytes = sizeof value;
    cupti_->set_attribute(attribute, &size_bytes, &value);
  };
  set(CUPTI_ACTIVITY_ATTR_PER_THREAD_ACTIVITY_BUFFER, std::uint8_t{1});
  set(CUPTI_ACTIVITY_ATTR_ZEROED_OUT_ACTIVITY_BUFFER, std::uint8_t{1});
  set(CUPTI_ACTIVITY_ATTR_DEVICE_BUFFER_SIZE, kDeviceBufferBytes);
  const std::size_t limit = options_.device_budget_mib / 4 > 0 ? options_.device_budget_mib / 4 : 1;
  set(CUPTI_ACTIVITY_ATTR_DEVICE_BUFFER_POOL_LIMIT, limit);
  set(CUPTI_ACTIVITY_ATTR_DEVICE_BUFFER_PRE_ALLOCATE_VALUE,
      limit < kPreAllocatedDeviceBuffers ? limit : kPreAllocatedDeviceBuffers);
}

void CuptiSession::enable(CUpti_ActivityKind kind) {
  if (cupti_->enable(kind) == CUPTI_SUCCESS) {
    enabled_kinds_ |= std::uint64_t{1} << kind;
  } else {
    ++refused_kinds_;
  }
}

// A filter of calls holds only if it is set after its kind was enabled.
void CuptiSession::enable_kinds() {
  for (const CUpti_ActivityKind kind :
       {CUPTI_ACTIVITY_KIND_DEVICE, CUPTI_ACTIVITY_KIND_CONTEXT, CUPTI_ACTIVITY_KIND_STREAM,
        CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL, CUPTI_ACTIVITY_KIND_MEMCPY,
        CUPTI_ACTIVITY_KIND_MEMSET, CUPTI_ACTIVITY_KIND_RUNTIME,
        CUPTI_ACTIVITY_KIND_SYNCHRONIZATION, CUPTI_ACTIVITY_KIND_OVERHEAD,
        CUPTI_ACTIVITY_KIND_MEMORY2}) {
    enable(kind);
  }
  if (!options_.graph_nodes) enable(CUPTI_ACTIVITY_KIND_GRAPH_TRACE);
  if (cupti_->enable_runtime_api != nullptr) {
    for (const std::uint32_t call : skipped_runtime_calls()) cupti_->enable_runtime_api(call, 0);
  }
  if (cupti_->enable_driver_api != nullptr) {
    for (const std::uint32_t call : recorded_driver_calls()) cupti_->enable_driver_api(call, 1);
  } else {
    enable(CUPTI_ACTIVITY_KIND_DRIVER);
  }
}

void CuptiSession::flush() {
  if (is_recording_) cupti_->flush_all(0);
}

bool CuptiSession::resume() {
  if (is_recording_) return true;
  enabled_kinds_ = 0;
  refused_kinds_ = 0;
  enable_kinds();
  is_recording_ = enabled_kinds_ != 0;
  return is_recording_;
}

void CuptiSession::pause() {
  if (!is_recording_) return;
  is_recording_ = false;
  if (cupti_->enable_driver_api != nullptr) {
    for (const std::uint32_t call : recorded_driver_calls()) cupti_->enable_driver_api(call, 0);
  }
  for (std::uint32_t kind = 0; kind < 64; ++kind) {
    if ((enabled_kinds_ >> kind & 1) != 0) {
      cupti_->disable(static_cast<CUpti_ActivityKind>(kind));
    }
  }
  cupti_->flush_all(0);
  // What is still incomplete will never be asked for again.
  cupti_->flush_all(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED);
}

CuptiClockPair CuptiSession::read_clocks() const {
  CuptiClockPair pair;
  std::int64_t narrowest_ns = INT64_MAX;
  // Of a few readings the one least disturbed.
  for (int turn = 0; turn < 5; ++turn) {
    std::uint64_t cupti_ns = 0;
    const std::int64_t before_ns = monotonic_ns();
    if (cupti_->get_timestamp(&cupti_ns) != CUPTI_SUCCESS) break;
    const std::int64_t between_ns = monotonic_ns() - before_ns;
    if (between_ns >= narrowest_ns) continue;
    narrowest_ns = between_ns;
    pair = {before_ns + between_ns / 2, static_cast<std::int64_t>(cupti_ns)};
  }
  return pair;
}

std::uint64_t CuptiSession::take_dropped() {
  std::size_t dropped = 0;
  if (cupti_->dropped_records(nullptr, 0, &dropped) != CUPTI_SUCCESS) return 0;
  return dropped;
}

}  // namespace tbprof::cuda
