// The work that the stand-in's device is told to do (device.h), and the records that CUPTI makes of
// it.
#include "tests/cuda/standin/device.h"

#include "tests/cuda/standin/activity_device.h"

namespace {

using namespace standin;

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

}  // namespace

extern "C" {

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
