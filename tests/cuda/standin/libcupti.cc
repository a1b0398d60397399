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
#include <utility>
#include <vector>

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
  CUpti_CallbackFunc callback = nullptr;
  std::set<std::pair<int, std::uint32_t>> callbacks;  // domain and number
  std::set<int> domains;
  bool has_context = false;
  bool is_finalized = false;
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
  std::uint32_t flushes = 0;
  std::vector<CUpti_ActivityKernel10> endless;
  std::size_t timed_records = 0;
  std::size_t pool_limit = 0;
  std::size_t device_buffer_bytes = 0;
};

// CUpti_ActivityHostLaunch of 13.1.
constexpr auto kHostLaunch = static_cast<CUpti_ActivityKind>(58);
struct HostLaunch {
  CUpti_ActivityKind kind;
  std::uint32_t stream, context, device, correlation, process, thread, padding;
  std::uint64_t start, end;
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

// A kernel's record is longer from 13.1 on.
std::size_t extra_bytes(int kind) {
  return kind == CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL && is_told("v131") ? 8 : 0;
}

template <typename Record>
void append(Device& self, const Record& record) {
  if (self.kinds.count(record.kind) == 0) return;
  const std::size_t size_bytes = sizeof record + extra_bytes(record.kind);
  Buffer& buffer = self.buffers[thread_id()];
  if (buffer.data != nullptr && buffer.used_bytes + size_bytes > buffer.size_bytes) {
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
  buffer.used_bytes += size_bytes;
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

// REQUIRES: the lock.
bool is_watched(int domain, std::uint32_t id) {
  return device().callbacks.count({domain, id}) + device().domains.count(domain) > 0;
}

// After cuptiFinalize nothing may be asked: CUPTI's memory is gone.
void expect_alive() {
  if (device().is_finalized) std::abort();
}

// As the runtime's calls do where they return. Without the lock: whoever is called back calls
// CUPTI.
void return_from_call() {
  constexpr auto kDomain = CUPTI_CB_DOMAIN_RUNTIME_API;
  constexpr auto kCall = CUPTI_RUNTIME_TRACE_CBID_cudaLaunchKernel_ptsz_v7000;
  CUpti_CallbackData data{};
  for (const auto site : {CUPTI_API_ENTER, CUPTI_API_EXIT}) {
    data.callbackSite = site;
    std::unique_lock lock(device().mutex);
    const bool is_asked = is_watched(kDomain, kCall);
    lock.unlock();
    if (is_asked) device().callback(nullptr, kDomain, kCall, &data);
  }
}

// Contexts are known by their number.
void make_context(std::uintptr_t number) {
  CUpti_ResourceData data{};
  data.context = reinterpret_cast<CUcontext>(number);
  constexpr auto kDomain = CUPTI_CB_DOMAIN_RESOURCE;
  constexpr auto kMade = CUPTI_CBID_RESOURCE_CONTEXT_CREATED;
  if (is_watched(kDomain, kMade)) device().callback(nullptr, kDomain, kMade, &data);
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

std::uint32_t standin_launch(const char* kernel, std::uint32_t stream, std::uint64_t kernel_ns,
                             std::uint64_t* start_ns, std::uint64_t* end_ns) {
  std::unique_lock lock(device().mutex);
  if (!std::exchange(device().has_context, true)) make_context(1);
  auto record = made<CUpti_ActivityKernel10>(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL);
  record.correlationId = call(device(), CUPTI_RUNTIME_TRACE_CBID_cudaLaunchKernel_ptsz_v7000);
  *start_ns = place_on(device(), stream, kernel_ns);
  *end_ns = *start_ns + kernel_ns;
  record.start = device().lost_times ? 0 : *start_ns;
  record.end = device().lost_times ? 0 : *end_ns;
  record.deviceId = stream == 21 ? 1 : 0;
  record.contextId = stream == 21 ? 2 : 1;
  record.streamId = stream;
  record.name = kernel;
  record.clusterX = stream == 21 ? 2 : 0;
  record.clusterY = record.clusterZ = stream == 21 ? 1 : 0;
  record.gridX = 12;
  record.gridY = record.gridZ = 1;
  record.blockX = 256;
  record.blockY = record.blockZ = 1;
  record.registersPerThread = 40;
  append(device(), record);
  lock.unlock();
  return_from_call();
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

// The places in which each kind of record is made, by the test's own numbers.
void standin_one_of_each(void) {
  const std::lock_guard lock(device().mutex);
  Device& self = device();
  auto memset = made<CUpti_ActivityMemset4>(CUPTI_ACTIVITY_KIND_MEMSET);
  memset.correlationId = call(self, CUPTI_RUNTIME_TRACE_CBID_cudaMemsetAsync_v3020);
  memset.start = place_on(self, 7, 1'000);
  memset.end = memset.start + 1'000;
  memset.contextId = 1;
  memset.streamId = 7;
  memset.bytes = 512;
  memset.value = 90;
  memset.memoryKind = CUPTI_ACTIVITY_MEMORY_KIND_DEVICE;
  append(self, memset);
  auto peer = made<CUpti_ActivityMemcpyPtoP4>(CUPTI_ACTIVITY_KIND_MEMCPY2);
  self.kinds.insert(CUPTI_ACTIVITY_KIND_MEMCPY2);  // comes with MEMCPY
  peer.correlationId = call(self, CUPTI_RUNTIME_TRACE_CBID_cudaMemcpyPeerAsync_v4000);
  peer.start = place_on(self, 7, 3'000);
  peer.end = peer.start + 3'000;
  peer.contextId = 1;
  peer.streamId = 7;
  peer.bytes = 8192;
  peer.dstDeviceId = 1;
  peer.srcKind = peer.dstKind = CUPTI_ACTIVITY_MEMORY_KIND_DEVICE;
  peer.flags = CUPTI_ACTIVITY_FLAG_MEMCPY_ASYNC;
  append(self, peer);
  auto event = made<CUpti_ActivityCudaEvent2>(CUPTI_ACTIVITY_KIND_CUDA_EVENT);
  event.correlationId = call(self, CUPTI_RUNTIME_TRACE_CBID_cudaEventRecord_v3020);
  event.contextId = 1;
  event.streamId = 7;
  event.eventId = 5;
  event.cudaEventSyncId = 77;
  auto wait = made<CUpti_ActivitySynchronization2>(CUPTI_ACTIVITY_KIND_SYNCHRONIZATION);
  wait.type = CUPTI_ACTIVITY_SYNCHRONIZATION_TYPE_STREAM_WAIT_EVENT;
  wait.start = now_ns();
  wait.end = wait.start + 400;
  wait.correlationId = call(self, CUPTI_RUNTIME_TRACE_CBID_cudaStreamWaitEvent_v3020);
  wait.contextId = 1;
  wait.streamId = 13;
  wait.cudaEventId = 5;
  wait.cudaEventSyncId = 77;
  append(self, wait);  // before the event that it waits for, as buffers of two threads may come
  append(self, event);
  auto pool = made<CUpti_ActivityMemoryPool3>(CUPTI_ACTIVITY_KIND_MEMORY_POOL);
  pool.memoryPoolOperationType = CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_CREATED;
  pool.memoryPoolType = CUPTI_ACTIVITY_MEMORY_POOL_TYPE_LOCAL;
  pool.address = 0xab00;
  pool.size = 1 << 25;
  pool.timestamp = now_ns();
  append(self, pool);
  auto overhead = made<CUpti_ActivityOverhead3>(CUPTI_ACTIVITY_KIND_OVERHEAD);
  overhead.overheadKind = CUPTI_ACTIVITY_OVERHEAD_COMMAND_BUFFER_FULL;
  overhead.objectKind = CUPTI_ACTIVITY_OBJECT_THREAD;
  overhead.objectId.pt.threadId = thread_id();
  overhead.start = now_ns();
  overhead.end = overhead.start + 200;
  overhead.overheadData = self.kinds.count(CUPTI_ACTIVITY_KIND_OVERHEAD) != 0
                              ? std::malloc(64)  // the reader's to free
                              : nullptr;
  append(self, overhead);
  auto graph = made<CUpti_ActivityGraphTrace2>(CUPTI_ACTIVITY_KIND_GRAPH_TRACE);
  graph.correlationId = call(self, CUPTI_RUNTIME_TRACE_CBID_cudaGraphLaunch_ptsz_v10000);
  graph.start = place_on(self, 7, 9'000);
  graph.end = graph.start + 9'000;
  graph.contextId = 1;
  graph.streamId = 7;
  graph.graphId = 31;
  append(self, graph);
  HostLaunch host = made<HostLaunch>(kHostLaunch);
  host.stream = 7;
  host.context = 1;
  host.process = static_cast<std::uint32_t>(getpid());
  host.thread = thread_id();
  host.start = now_ns();
  host.end = host.start + 600;
  append(self, host);
}

void standin_launch_graph(std::uint32_t kernels) {
  const std::lock_guard lock(device().mutex);
  Device& self = device();
  auto record = made<CUpti_ActivityKernel10>(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL);
  record.correlationId = call(self, CUPTI_RUNTIME_TRACE_CBID_cudaGraphLaunch_ptsz_v10000);
  if (self.kinds.count(record.kind) == 0) return;
  record.contextId = 1;
  record.streamId = 7;
  record.name = "_Z4nodev";
  record.graphId = 31;
  for (std::uint32_t i = 0; i < kernels; ++i) {
    record.graphNodeId = i + 1;
    record.start = place_on(self, 7, 100);
    record.end = record.start + 100;
    if (self.timed_records++ >= self.pool_limit * self.device_buffer_bytes / 32) {
      record.start = record.end = 0;
    }
    append(self, record);
  }
}

void standin_new_context(void) {
  const std::lock_guard lock(device().mutex);
  auto context = made<CUpti_ActivityContext3>(CUPTI_ACTIVITY_KIND_CONTEXT);
  context.contextId = 2;
  context.deviceId = 1;
  context.nullStreamId = 20;
  context.numMultiprocessors = 66;
  append(device(), context);
  auto stream = made<CUpti_ActivityStream>(CUPTI_ACTIVITY_KIND_STREAM);
  stream.contextId = 2;
  stream.streamId = 21;
  stream.priority = static_cast<std::uint32_t>(-5);
  stream.flag = CUPTI_ACTIVITY_STREAM_CREATE_FLAG_NON_BLOCKING;
  append(device(), stream);
  make_context(2);
}

void standin_launch_endless(const char* kernel) {
  const std::lock_guard lock(device().mutex);
  auto record = made<CUpti_ActivityKernel10>(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL);
  record.correlationId = call(device(), CUPTI_RUNTIME_TRACE_CBID_cudaLaunchKernel_ptsz_v7000);
  record.start = now_ns();
  record.contextId = 1;
  record.streamId = 7;
  record.name = kernel;
  device().endless.push_back(record);
}

void standin_find_times(void) {
  const std::lock_guard lock(device().mutex);
  device().lost_times = false;
}

void standin_lose_times(void) {
  const std::lock_guard lock(device().mutex);
  device().lost_times = true;
}

std::uint32_t standin_enabled_kinds(void) {
  const std::lock_guard lock(device().mutex);
  return static_cast<std::uint32_t>(device().kinds.size());
}

int standin_is_finalized(void) {
  const std::lock_guard lock(device().mutex);
  return device().is_finalized ? 1 : 0;
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
