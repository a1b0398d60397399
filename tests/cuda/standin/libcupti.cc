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
#include <cupti.h>

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "tests/cuda/standin/device.h"

namespace {

struct Buffer {
  std::uint8_t* data = nullptr;
  std::size_t size_bytes = 0;
  std::size_t used_bytes = 0;
};

// Records of one thread, and of the device on the thread that launched, as CUPTI keeps them.
struct Device {
  std::mutex mutex;
  bool is_subscribed = false;
  CUpti_BuffersCallbackRequestFunc request = nullptr;
  CUpti_BuffersCallbackCompleteFunc complete = nullptr;
  std::set<int> kinds;
  std::map<std::uint32_t, Buffer> buffers;  // by thread
  std::map<std::uint32_t, std::uint64_t> stream_free_ns;
  std::uint32_t last_correlation = 0;
  std::uint32_t held = 0;
  std::uint32_t refusals = 0;
  std::size_t dropped = 0;
  bool lost_times = false;
};

// Never destroyed: it is called until the process ends.
Device& device() {
  static Device* const one = new Device;
  return *one;
}

bool is_told(const char* word) {
  const char* words = std::getenv("TBPROF_STANDIN");
  return words != nullptr && std::strstr(words, word) != nullptr;
}

std::uint64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

std::uint32_t thread_id() { return static_cast<std::uint32_t>(syscall(SYS_gettid)); }

void give_back(Device& self, Buffer& buffer) {
  if (buffer.data == nullptr) return;
  --self.held;
  self.complete(nullptr, 0, buffer.data, buffer.size_bytes, buffer.used_bytes);
  buffer = {};
}

template <typename Record>
void append(Device& self, const Record& record) {
  if (self.kinds.count(record.kind) == 0) return;
  Buffer& buffer = self.buffers[thread_id()];
  if (buffer.data != nullptr && buffer.used_bytes + sizeof record > buffer.size_bytes) {
    give_back(self, buffer);
  }
  if (buffer.data == nullptr) {
    std::size_t most_records = 0;
    self.request(&buffer.data, &buffer.size_bytes, &most_records);
    if (buffer.data == nullptr) {
      ++self.refusals;
      ++self.dropped;
      return;
    }
    ++self.held;
    buffer.used_bytes = 0;
  }
  std::memcpy(buffer.data + buffer.used_bytes, &record, sizeof record);
  buffer.used_bytes += sizeof record;
}

template <typename Record>
Record made(CUpti_ActivityKind kind) {
  Record record;
  std::memset(&record, 0, sizeof record);
  record.kind = kind;
  return record;
}

std::uint32_t call(Device& self, CUpti_runtime_api_trace_cbid function) {
  auto record = made<CUpti_ActivityAPI>(CUPTI_ACTIVITY_KIND_RUNTIME);
  record.cbid = function;
  record.start = now_ns();
  record.end = now_ns();
  record.processId = static_cast<std::uint32_t>(getpid());
  record.threadId = thread_id();
  record.correlationId = ++self.last_correlation;
  append(self, record);
  return record.correlationId;
}

// When work that is handed over now runs on a stream.
std::uint64_t place_on(Device& self, std::uint32_t stream, std::uint64_t duration_ns) {
  std::uint64_t& free_ns = self.stream_free_ns[stream];
  const std::uint64_t start_ns = std::max(free_ns, now_ns());
  free_ns = start_ns + duration_ns;
  return start_ns;
}

std::size_t size_of(const CUpti_Activity& record) {
  switch (record.kind) {
    case CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL:
      return sizeof(CUpti_ActivityKernel10);
    case CUPTI_ACTIVITY_KIND_RUNTIME:
      return sizeof(CUpti_ActivityAPI);
    case CUPTI_ACTIVITY_KIND_MEMCPY:
      return sizeof(CUpti_ActivityMemcpy6);
    case CUPTI_ACTIVITY_KIND_MEMORY2:
      return sizeof(CUpti_ActivityMemory4);
    case CUPTI_ACTIVITY_KIND_DEVICE:
      return sizeof(CUpti_ActivityDevice5);
    default:
      return 0;
  }
}

CUptiResult subscribe(CUpti_SubscriberHandle* handle, char* other, std::size_t other_bytes) {
  if (is_told("privileges")) return CUPTI_ERROR_INSUFFICIENT_PRIVILEGES;
  if (is_told("subscribed") || device().is_subscribed) {
    if (other != nullptr) strncpy(other, "CUPTI for Kineto", other_bytes);
    return CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED;
  }
  device().is_subscribed = true;
  *handle = reinterpret_cast<CUpti_SubscriberHandle>(&device());
  return CUPTI_SUCCESS;
}

}  // namespace

extern "C" {

CUptiResult cuptiGetVersion(std::uint32_t* version) {
  *version = 130001;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiGetTimestamp(std::uint64_t* timestamp) {
  *timestamp = now_ns();
  return CUPTI_SUCCESS;
}

CUptiResult cuptiSubscribe(CUpti_SubscriberHandle* handle, CUpti_CallbackFunc, void*) {
  return subscribe(handle, nullptr, 0);
}

CUptiResult cuptiSubscribe_v2(CUpti_SubscriberHandle* handle, CUpti_CallbackFunc, void*,
                              CUpti_SubscriberParams* params) {
  return subscribe(handle, params->oldSubscriberName, params->oldSubscriberSize);
}

CUptiResult cuptiEnableCallback(std::uint32_t, CUpti_SubscriberHandle, CUpti_CallbackDomain,
                                CUpti_CallbackId) {
  return CUPTI_SUCCESS;
}

CUptiResult cuptiGetCallbackName(CUpti_CallbackDomain, std::uint32_t id, const char** name) {
  if (id == CUPTI_RUNTIME_TRACE_CBID_cudaLaunchKernel_ptsz_v7000) {
    *name = "cudaLaunchKernel_ptsz_v7000";
  } else if (id == CUPTI_RUNTIME_TRACE_CBID_cudaMemcpyAsync_v3020) {
    *name = "cudaMemcpyAsync_v3020";
  } else {
    return CUPTI_ERROR_INVALID_PARAMETER;
  }
  return CUPTI_SUCCESS;
}

CUptiResult cuptiSetThreadIdType(CUpti_ActivityThreadIdType) { return CUPTI_SUCCESS; }

CUptiResult cuptiActivitySetAttribute(CUpti_ActivityAttribute, std::size_t*, void*) {
  return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityRegisterCallbacks(CUpti_BuffersCallbackRequestFunc request,
                                           CUpti_BuffersCallbackCompleteFunc complete) {
  device().request = request;
  device().complete = complete;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityEnable(CUpti_ActivityKind kind) {
  if (is_told("old_driver")) return CUPTI_ERROR_NOT_INITIALIZED;
  const std::lock_guard lock(device().mutex);
  device().kinds.insert(kind);
  return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityDisable(CUpti_ActivityKind kind) {
  const std::lock_guard lock(device().mutex);
  device().kinds.erase(kind);
  return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityEnableRuntimeApi(std::uint32_t, std::uint8_t) { return CUPTI_SUCCESS; }
CUptiResult cuptiActivityEnableDriverApi(std::uint32_t, std::uint8_t) { return CUPTI_SUCCESS; }

CUptiResult cuptiActivityFlushAll(std::uint32_t) {
  if (is_told("slow_flush")) sleep(3);
  const std::lock_guard lock(device().mutex);
  for (auto& [thread, buffer] : device().buffers) give_back(device(), buffer);
  return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityGetNumDroppedRecords(CUcontext, std::uint32_t, std::size_t* dropped) {
  const std::lock_guard lock(device().mutex);
  static bool is_first = true;
  *dropped = device().dropped + (is_first && is_told("drop") ? 7 : 0);
  device().dropped = 0;
  is_first = false;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityGetNextRecord(std::uint8_t* buffer, std::size_t valid_bytes,
                                       CUpti_Activity** record) {
  std::uint8_t* next = buffer;
  if (*record != nullptr) {
    next = reinterpret_cast<std::uint8_t*>(*record) + size_of(**record);
  }
  if (next >= buffer + valid_bytes) return CUPTI_ERROR_MAX_LIMIT_REACHED;
  *record = reinterpret_cast<CUpti_Activity*>(next);
  return size_of(**record) == 0 ? CUPTI_ERROR_INVALID_KIND : CUPTI_SUCCESS;
}

std::uint32_t standin_launch(const char* kernel, std::uint32_t stream, std::uint64_t kernel_ns,
                             std::uint64_t* start_ns, std::uint64_t* end_ns) {
  const std::lock_guard lock(device().mutex);
  auto record = made<CUpti_ActivityKernel10>(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL);
  record.correlationId = call(device(), CUPTI_RUNTIME_TRACE_CBID_cudaLaunchKernel_ptsz_v7000);
  *start_ns = place_on(device(), stream, kernel_ns);
  *end_ns = *start_ns + kernel_ns;
  record.start = device().lost_times ? 0 : *start_ns;
  record.end = device().lost_times ? 0 : *end_ns;
  record.contextId = 1;
  record.streamId = stream;
  record.name = kernel;
  record.gridX = 12;
  record.gridY = record.gridZ = 1;
  record.blockX = 256;
  record.blockY = record.blockZ = 1;
  record.registersPerThread = 40;
  append(device(), record);
  return record.correlationId;
}

std::uint32_t standin_copy(std::uint64_t size_bytes, std::uint32_t stream, std::uint64_t copy_ns) {
  const std::lock_guard lock(device().mutex);
  auto record = made<CUpti_ActivityMemcpy6>(CUPTI_ACTIVITY_KIND_MEMCPY);
  record.correlationId = call(device(), CUPTI_RUNTIME_TRACE_CBID_cudaMemcpyAsync_v3020);
  record.start = place_on(device(), stream, copy_ns);
  record.end = record.start + copy_ns;
  record.contextId = 1;
  record.streamId = stream;
  record.bytes = size_bytes;
  record.copyKind = CUPTI_ACTIVITY_MEMCPY_KIND_HTOD;
  record.srcKind = CUPTI_ACTIVITY_MEMORY_KIND_PAGEABLE;
  record.dstKind = CUPTI_ACTIVITY_MEMORY_KIND_DEVICE;
  append(device(), record);
  return record.correlationId;
}

static void change_memory(std::uint64_t address, std::uint64_t size_bytes,
                          CUpti_ActivityMemoryOperationType operation) {
  const std::lock_guard lock(device().mutex);
  auto record = made<CUpti_ActivityMemory4>(CUPTI_ACTIVITY_KIND_MEMORY2);
  record.memoryOperationType = operation;
  record.memoryKind = CUPTI_ACTIVITY_MEMORY_KIND_DEVICE;
  record.address = address;
  record.bytes = size_bytes;
  record.timestamp = now_ns();
  append(device(), record);
}

void standin_allocate(std::uint64_t address, std::uint64_t size_bytes) {
  change_memory(address, size_bytes, CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_ALLOCATION);
}

void standin_release(std::uint64_t address, std::uint64_t size_bytes) {
  change_memory(address, size_bytes, CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_RELEASE);
}

void standin_lose_times(void) {
  const std::lock_guard lock(device().mutex);
  device().lost_times = true;
}

std::uint32_t standin_held_buffers(void) {
  const std::lock_guard lock(device().mutex);
  return device().held;
}

std::uint32_t standin_refusals(void) {
  const std::lock_guard lock(device().mutex);
  return device().refusals;
}

}  // extern "C"
