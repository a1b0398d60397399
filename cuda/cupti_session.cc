#include "cuda/cupti_session.h"

#include <stdio.h>
#include <time.h>

#include "cuda/api_selection.h"
#include "cuda/cupti_detach.h"
#include "cuda/device_times.h"
#include "cuda/profiler_calls.h"
#include "cuda/record_sizes.h"

namespace tbprof::cuda {

namespace {

// Before it (CUDA 12.9) CUPTI crashes when it is refused a buffer.
constexpr std::uint32_t kRefusalVersion = 27;

// CUPTI's callbacks carry no word of ours.
constinit BufferPool* g_pool = nullptr;
constinit bool g_may_refuse = true;
constinit std::atomic<bool>* g_failed = nullptr;
constinit ContextCallback g_on_context = nullptr;

constexpr std::uint64_t bit_of(std::uint32_t kind) { return std::uint64_t{1} << kind; }

// A handful of records in a program's life, which come when something is made and never again: they
// stay enabled between windows.
constexpr std::uint64_t kLastingKinds = bit_of(CUPTI_ACTIVITY_KIND_DEVICE) |
                                        bit_of(CUPTI_ACTIVITY_KIND_CONTEXT) |
                                        bit_of(CUPTI_ACTIVITY_KIND_STREAM);
// What takes a place in CUPTI's memory on the GPU.
constexpr std::uint64_t kTimedKinds =
    bit_of(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL) | bit_of(CUPTI_ACTIVITY_KIND_MEMCPY) |
    bit_of(CUPTI_ACTIVITY_KIND_MEMSET) | bit_of(CUPTI_ACTIVITY_KIND_GRAPH_TRACE);

constexpr char kNoPermission[] =
    "this user may not profile the GPU: ask the administrator to load the driver with "
    "NVreg_RestrictProfilingToAdminUsers=0";

bool is_refused_permission(CUptiResult result) {
  return result == CUPTI_ERROR_INSUFFICIENT_PRIVILEGES ||
         result == CUPTI_ERROR_VIRTUALIZED_DEVICE_INSUFFICIENT_PRIVILEGES;
}

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
  // What CUPTI gives up when it leaves can no longer be read: its names are gone.
  if (!is_leaving()) g_pool->complete(buffer, valid_bytes);
}

void CUPTIAPI on_callback(void*, CUpti_CallbackDomain domain, CUpti_CallbackId id,
                          const void* data) {
  on_profiler_callback(domain, id, data);
  on_detach_callback(domain, data);
  if (domain == CUPTI_CB_DOMAIN_STATE && id == CUPTI_CBID_STATE_FATAL_ERROR) {
    g_failed->store(true, std::memory_order_relaxed);
  }
  if (domain == CUPTI_CB_DOMAIN_RESOURCE && id == CUPTI_CBID_RESOURCE_CONTEXT_CREATED) {
    g_on_context(static_cast<const CUpti_ResourceData*>(data)->context);
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
  has_device_limit_ = set_attributes();
  if (cupti.register_callbacks(on_buffer_requested, on_buffer_completed) != CUPTI_SUCCESS) {
    refuse("CUPTI took no buffers for its records; GPU activity is not recorded");
    return false;
  }
  if (!resume()) {
    refuse(is_refused_permission(last_refusal_)
               ? kNoPermission
               : "CUPTI refused to record any kind of activity: the driver is older than CUPTI "
                 "supports; update the driver");
    return false;
  }
  cupti.enable_callback(1, subscriber_, CUPTI_CB_DOMAIN_STATE, CUPTI_CBID_STATE_FATAL_ERROR);
  if (options.on_context != nullptr) {
    g_on_context = options.on_context;
    cupti.enable_callback(1, subscriber_, CUPTI_CB_DOMAIN_RESOURCE,
                          CUPTI_CBID_RESOURCE_CONTEXT_CREATED);
  }
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
  } else if (is_refused_permission(result)) {
    refuse(kNoPermission);
  } else {
    char number[16];
    snprintf(number, sizeof number, "%d", static_cast<int>(result));
    refuse("CUPTI does not start, most likely because the driver is too old for it; CUPTI's error ",
           number);
  }
  return false;
}

// Those of the device's buffers must be set before the first context is there.
bool CuptiSession::set_attributes() {
  const auto set = [this](CUpti_ActivityAttribute attribute, auto value) {
    std::size_t size_bytes = sizeof value;
    return cupti_->set_attribute(attribute, &size_bytes, &value) == CUPTI_SUCCESS;
  };
  set(CUPTI_ACTIVITY_ATTR_PER_THREAD_ACTIVITY_BUFFER, std::uint8_t{1});
  set(CUPTI_ACTIVITY_ATTR_ZEROED_OUT_ACTIVITY_BUFFER, std::uint8_t{1});
  const std::size_t limit = DeviceTimes::buffers_of_budget(options_.device_budget_mib);
  const bool is_sized = set(CUPTI_ACTIVITY_ATTR_DEVICE_BUFFER_SIZE, kDeviceBufferBytes);
  const bool is_limited = set(CUPTI_ACTIVITY_ATTR_DEVICE_BUFFER_POOL_LIMIT, limit);
  const std::size_t first = limit < kPreAllocatedDeviceBuffers ? limit : kPreAllocatedDeviceBuffers;
  set(CUPTI_ACTIVITY_ATTR_DEVICE_BUFFER_PRE_ALLOCATE_VALUE, first);
  return is_sized && is_limited;
}

void CuptiSession::enable(std::uint32_t kind) {
  if ((enabled_kinds_ & bit_of(kind)) != 0) return;
  const CUptiResult result = cupti_->enable(static_cast<CUpti_ActivityKind>(kind));
  if (result == CUPTI_SUCCESS) {
    enabled_kinds_ |= bit_of(kind);
  } else {
    last_refusal_ = result;
    ++refused_kinds_;
  }
}

void CuptiSession::disable(std::uint64_t kinds) {
  for (std::uint32_t kind = 0; kind < 64; ++kind) {
    if ((enabled_kinds_ & kinds & bit_of(kind)) == 0) continue;
    cupti_->disable(static_cast<CUpti_ActivityKind>(kind));
    enabled_kinds_ &= ~bit_of(kind);
  }
}

// A filter of calls holds only if it is set after its kind was enabled.
void CuptiSession::enable_kinds() {
  for (const std::uint32_t kind :
       {CUPTI_ACTIVITY_KIND_DEVICE, CUPTI_ACTIVITY_KIND_CONTEXT, CUPTI_ACTIVITY_KIND_STREAM,
        CUPTI_ACTIVITY_KIND_RUNTIME, CUPTI_ACTIVITY_KIND_SYNCHRONIZATION,
        CUPTI_ACTIVITY_KIND_CUDA_EVENT, CUPTI_ACTIVITY_KIND_OVERHEAD, CUPTI_ACTIVITY_KIND_MEMORY2,
        CUPTI_ACTIVITY_KIND_MEMORY_POOL}) {
    enable(kind);
  }
  if (version_ >= kVersion13_1) {
    enable(kHostLaunchKind);
    enable(kGraphHostNodeKind);
  }
  if (has_device_times_) {
    // Before the kernels, of which it says how those in graphs are recorded.
    if (!options_.graph_nodes) enable(CUPTI_ACTIVITY_KIND_GRAPH_TRACE);
    enable(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL);
    enable(CUPTI_ACTIVITY_KIND_MEMCPY);
    enable(CUPTI_ACTIVITY_KIND_MEMSET);
  }
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
  if (!has_left_) cupti_->flush_all(0);
}

bool CuptiSession::resume() {
  if (has_left_) return false;
  if (is_recording_) return true;
  refused_kinds_ = 0;
  enable_kinds();
  is_recording_ = (enabled_kinds_ & ~kLastingKinds) != 0;
  return is_recording_;
}

void CuptiSession::pause() {
  if (!is_recording_) return;
  is_recording_ = false;
  if (cupti_->enable_driver_api != nullptr) {
    for (const std::uint32_t call : recorded_driver_calls()) cupti_->enable_driver_api(call, 0);
  }
  disable(~kLastingKinds);
  cupti_->flush_all(0);
}

void CuptiSession::finish() {
  if (has_left_) return;
  pause();
  cupti_->flush_all(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED);
}

void CuptiSession::stop_all() {
  if (has_left_) return;
  pause();
  disable(~std::uint64_t{0});
  cupti_->flush_all(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED);
}

void CuptiSession::step_aside() {
  stop_all();
  const bool is_subscribed = is_detaching_ ? cuda::cancel_detach(*cupti_, subscriber_) : !has_left_;
  has_left_ = true;
  is_detaching_ = false;
  if (is_subscribed) cupti_->unsubscribe(subscriber_);
}

void CuptiSession::detach() {
  if (has_left_) return;
  has_left_ = true;
  is_detaching_ = true;
  begin_detach(*cupti_, subscriber_);
}

void CuptiSession::cancel_detach() {
  if (is_detaching_) cuda::cancel_detach(*cupti_, subscriber_);
}

void CuptiSession::stop_device_times() {
  has_device_times_ = false;
  disable(kTimedKinds);
}

CuptiClockPair CuptiSession::read_clocks() const {
  CuptiClockPair pair;
  if (is_detaching_) return pair;
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
  if (is_detaching_) return 0;
  if (cupti_->dropped_records(nullptr, 0, &dropped) != CUPTI_SUCCESS) return 0;
  return dropped;
}

}  // namespace tbprof::cuda
