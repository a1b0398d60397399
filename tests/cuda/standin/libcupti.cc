// A stand-in for libcupti.so.13 that needs no driver and no GPU: it keeps CUPTI's contract for the
// functions that are used (cupti_activity.h and cupti_callbacks.h of CUDA 13.0) and makes records
// only for what the test program tells it to run.
//
// TBPROF_STANDIN holds words that change how it behaves:
//   subscribed    another tool holds CUPTI
//   old_driver    cuptiActivityEnable refuses every kind
//   privileges    cuptiSubscribe says that the user may not
//   slow_flush    a flush takes three seconds
//   drop          seven records are said to be dropped
//   may_not       cuptiActivityEnable says that the user may not
//   v131          it is CUPTI 13.1, with its longer kernels and its host functions
//   late          buffers come back with the second flush only
// and those of metrics.cc.
#include "tests/cuda/standin/activity_device.h"

namespace {

using namespace standin;

std::size_t size_of(const CUpti_Activity& record) {
  switch (static_cast<int>(record.kind)) {
    case CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL:
      return sizeof(CUpti_ActivityKernel10) + extra_bytes(record.kind);
    case CUPTI_ACTIVITY_KIND_RUNTIME:
      return sizeof(CUpti_ActivityAPI);
    case CUPTI_ACTIVITY_KIND_MEMCPY:
      return sizeof(CUpti_ActivityMemcpy6);
    case CUPTI_ACTIVITY_KIND_MEMORY2:
      return sizeof(CUpti_ActivityMemory4);
    case CUPTI_ACTIVITY_KIND_DEVICE:
      return sizeof(CUpti_ActivityDevice5);
    case CUPTI_ACTIVITY_KIND_MEMCPY2:
      return sizeof(CUpti_ActivityMemcpyPtoP4);
    case CUPTI_ACTIVITY_KIND_MEMSET:
      return sizeof(CUpti_ActivityMemset4);
    case CUPTI_ACTIVITY_KIND_SYNCHRONIZATION:
      return sizeof(CUpti_ActivitySynchronization2);
    case CUPTI_ACTIVITY_KIND_CUDA_EVENT:
      return sizeof(CUpti_ActivityCudaEvent2);
    case CUPTI_ACTIVITY_KIND_OVERHEAD:
      return sizeof(CUpti_ActivityOverhead3);
    case CUPTI_ACTIVITY_KIND_MEMORY_POOL:
      return sizeof(CUpti_ActivityMemoryPool3);
    case CUPTI_ACTIVITY_KIND_GRAPH_TRACE:
      return sizeof(CUpti_ActivityGraphTrace2);
    case CUPTI_ACTIVITY_KIND_CONTEXT:
      return sizeof(CUpti_ActivityContext3);
    case CUPTI_ACTIVITY_KIND_STREAM:
      return sizeof(CUpti_ActivityStream);
    case kHostLaunch:
      return sizeof(HostLaunch);
    default:
      return 0;
  }
}

// After cuptiFinalize nothing may be asked: CUPTI's memory is gone.
void expect_alive() {
  if (device().is_finalized) std::abort();
}

CUptiResult subscribe(CUpti_SubscriberHandle* handle, CUpti_CallbackFunc callback, char* other,
                      std::size_t other_bytes) {
  if (is_told("privileges")) return CUPTI_ERROR_INSUFFICIENT_PRIVILEGES;
  if (is_told("subscribed") || device().is_subscribed) {
    if (other != nullptr) strncpy(other, "CUPTI for Kineto", other_bytes);
    return CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED;
  }
  device().is_subscribed = true;
  device().callback = callback;
  *handle = reinterpret_cast<CUpti_SubscriberHandle>(&device());
  return CUPTI_SUCCESS;
}

}  // namespace

extern "C" {

CUptiResult cuptiGetVersion(std::uint32_t* version) {
  *version = is_told("v131") ? 130101 : 130001;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiGetTimestamp(std::uint64_t* timestamp) {
  expect_alive();
  *timestamp = now_ns();
  return CUPTI_SUCCESS;
}

CUptiResult cuptiSubscribe(CUpti_SubscriberHandle* handle, CUpti_CallbackFunc callback, void*) {
  return subscribe(handle, callback, nullptr, 0);
}

CUptiResult cuptiSubscribe_v2(CUpti_SubscriberHandle* handle, CUpti_CallbackFunc callback, void*,
                              CUpti_SubscriberParams* params) {
  return subscribe(handle, callback, params->oldSubscriberName, params->oldSubscriberSize);
}

CUptiResult cuptiEnableDomain(std::uint32_t is_enabled, CUpti_SubscriberHandle,
                              CUpti_CallbackDomain domain) {
  expect_alive();
  const std::lock_guard lock(device().mutex);
  if (is_enabled != 0) {
    device().domains.insert(domain);
  } else {
    device().domains.erase(domain);
  }
  return CUPTI_SUCCESS;
}

CUptiResult cuptiFinalize(void) {
  expect_alive();
  const std::lock_guard lock(device().mutex);
  device().kinds.clear();
  // Whoever holds back what CUPTI gives up need not read it.
  for (auto& [thread, buffer] : device().buffers) give_back(device(), buffer);
  device().callbacks.clear();
  device().domains.clear();
  device().is_subscribed = false;
  device().is_finalized = true;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiUnsubscribe(CUpti_SubscriberHandle) {
  expect_alive();
  device().is_subscribed = false;
  device().callbacks.clear();
  return CUPTI_SUCCESS;
}

CUptiResult cuptiEnableCallback(std::uint32_t is_enabled, CUpti_SubscriberHandle,
                                CUpti_CallbackDomain domain, CUpti_CallbackId id) {
  const std::lock_guard lock(device().mutex);
  if (is_enabled != 0) {
    device().callbacks.insert({domain, id});
  } else {
    device().callbacks.erase({domain, id});
  }
  return CUPTI_SUCCESS;
}

CUptiResult cuptiGetDeviceId(CUcontext context, std::uint32_t* device_id) {
  *device_id = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(context)) - 1;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiGetCallbackName(CUpti_CallbackDomain, std::uint32_t id, const char** name) {
  if (id == CUPTI_RUNTIME_TRACE_CBID_cudaLaunchKernel_ptsz_v7000) {
    *name = "cudaLaunchKernel_ptsz_v7000";
  } else if (id == CUPTI_RUNTIME_TRACE_CBID_cudaMemcpyAsync_v3020) {
    *name = "cudaMemcpyAsync_v3020";
  } else if (id == CUPTI_RUNTIME_TRACE_CBID_cudaGraphLaunch_ptsz_v10000) {
    *name = "cudaGraphLaunch_ptsz_v10000";
  } else {
    return CUPTI_ERROR_INVALID_PARAMETER;
  }
  return CUPTI_SUCCESS;
}

CUptiResult cuptiSetThreadIdType(CUpti_ActivityThreadIdType) { return CUPTI_SUCCESS; }

CUptiResult cuptiActivitySetAttribute(CUpti_ActivityAttribute attribute, std::size_t*,
                                      void* value) {
  if (attribute == CUPTI_ACTIVITY_ATTR_DEVICE_BUFFER_POOL_LIMIT) {
    device().pool_limit = *static_cast<std::size_t*>(value);
  } else if (attribute == CUPTI_ACTIVITY_ATTR_DEVICE_BUFFER_SIZE) {
    device().device_buffer_bytes = *static_cast<std::size_t*>(value);
  }
  return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityRegisterCallbacks(CUpti_BuffersCallbackRequestFunc request,
                                           CUpti_BuffersCallbackCompleteFunc complete) {
  device().request = request;
  device().complete = complete;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityEnable(CUpti_ActivityKind kind) {
  expect_alive();
  if (is_told("old_driver")) return CUPTI_ERROR_NOT_INITIALIZED;
  if (is_told("may_not")) return CUPTI_ERROR_INSUFFICIENT_PRIVILEGES;
  if (kind > CUPTI_ACTIVITY_KIND_MEM_DECOMPRESS && !is_told("v131")) {
    return CUPTI_ERROR_INVALID_KIND;
  }
  const std::lock_guard lock(device().mutex);
  const bool is_new = device().kinds.insert(kind).second;
  if (kind == CUPTI_ACTIVITY_KIND_DEVICE && is_new) {
    auto record = made<CUpti_ActivityDevice5>(CUPTI_ACTIVITY_KIND_DEVICE);
    for (std::size_t i = 0; i < sizeof record.uuid; ++i) {
      record.uuid.bytes[i] = static_cast<char>(i);
    }
    record.name = "Stand-in";
    append(device(), record);
  }
  return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityDisable(CUpti_ActivityKind kind) {
  expect_alive();
  const std::lock_guard lock(device().mutex);
  device().kinds.erase(kind);
  return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityEnableRuntimeApi(std::uint32_t, std::uint8_t) { return CUPTI_SUCCESS; }
CUptiResult cuptiActivityEnableDriverApi(std::uint32_t, std::uint8_t) { return CUPTI_SUCCESS; }

CUptiResult cuptiActivityFlushAll(std::uint32_t flags) {
  expect_alive();
  if (is_told("slow_flush")) sleep(3);
  const std::lock_guard lock(device().mutex);
  if (++device().flushes == 1 && is_told("late")) return CUPTI_SUCCESS;
  if ((flags & CUPTI_ACTIVITY_FLAG_FLUSH_FORCED) != 0) {
    // Asked for before it ended, a record has no end and never comes again.
    device().kinds.insert(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL);
    for (const auto& record : device().endless) append(device(), record);
    device().endless.clear();
  }
  for (auto& [thread, buffer] : device().buffers) give_back(device(), buffer);
  return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityGetNumDroppedRecords(CUcontext, std::uint32_t, std::size_t* dropped) {
  expect_alive();
  const std::lock_guard lock(device().mutex);
  static bool is_first = true;
  *dropped = device().dropped + (is_first && is_told("drop") ? 7 : 0);
  device().dropped = 0;
  is_first = false;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityGetNextRecord(std::uint8_t* buffer, std::size_t valid_bytes,
                                       CUpti_Activity** record) {
  expect_alive();
  std::uint8_t* next = buffer;
  if (*record != nullptr) {
    next = reinterpret_cast<std::uint8_t*>(*record) + size_of(**record);
  }
  if (next >= buffer + valid_bytes) return CUPTI_ERROR_MAX_LIMIT_REACHED;
  *record = reinterpret_cast<CUpti_Activity*>(next);
  return size_of(**record) == 0 ? CUPTI_ERROR_INVALID_KIND : CUPTI_SUCCESS;
}

}  // extern "C"
