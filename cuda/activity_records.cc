#include "cuda/activity_records.h"

#include <string.h>

#include <iterator>

#include "cuda/record_sizes.h"

namespace tbprof::cuda {

namespace {

MemoryKind memory_kind(std::uint32_t kind) {
  switch (kind) {
    case CUPTI_ACTIVITY_MEMORY_KIND_PAGEABLE:
      return MemoryKind::pageable;
    case CUPTI_ACTIVITY_MEMORY_KIND_PINNED:
      return MemoryKind::pinned;
    case CUPTI_ACTIVITY_MEMORY_KIND_DEVICE:
    case CUPTI_ACTIVITY_MEMORY_KIND_DEVICE_STATIC:
      return MemoryKind::device;
    case CUPTI_ACTIVITY_MEMORY_KIND_ARRAY:
      return MemoryKind::array;
    case CUPTI_ACTIVITY_MEMORY_KIND_MANAGED:
    case CUPTI_ACTIVITY_MEMORY_KIND_MANAGED_STATIC:
      return MemoryKind::managed;
    default:
      return MemoryKind::unknown;
  }
}

Span span_of(std::uint64_t start, std::uint64_t end) {
  return {static_cast<std::int64_t>(start), static_cast<std::int64_t>(end)};
}

WaitKind wait_kind(std::uint32_t type) {
  switch (type) {
    case CUPTI_ACTIVITY_SYNCHRONIZATION_TYPE_EVENT_SYNCHRONIZE:
      return WaitKind::event;
    case CUPTI_ACTIVITY_SYNCHRONIZATION_TYPE_STREAM_WAIT_EVENT:
      return WaitKind::stream_for_event;
    case CUPTI_ACTIVITY_SYNCHRONIZATION_TYPE_STREAM_SYNCHRONIZE:
      return WaitKind::stream;
    case CUPTI_ACTIVITY_SYNCHRONIZATION_TYPE_CONTEXT_SYNCHRONIZE:
      return WaitKind::context;
    default:
      return WaitKind::unknown;
  }
}

const char* overhead_name(std::uint32_t kind) {
  switch (kind) {
    case CUPTI_ACTIVITY_OVERHEAD_DRIVER_COMPILER:
      return "Compile kernel";
    case CUPTI_ACTIVITY_OVERHEAD_CUPTI_BUFFER_FLUSH:
      return "Profiler: flush buffers";
    case CUPTI_ACTIVITY_OVERHEAD_CUPTI_INSTRUMENTATION:
      return "Profiler: instrument kernel";
    case CUPTI_ACTIVITY_OVERHEAD_CUPTI_RESOURCE:
      return "Profiler: allocate GPU memory";
    case CUPTI_ACTIVITY_OVERHEAD_RUNTIME_TRIGGERED_MODULE_LOADING:
      return "Load module";
    case CUPTI_ACTIVITY_OVERHEAD_LAZY_FUNCTION_LOADING:
      return "Load function";
    case CUPTI_ACTIVITY_OVERHEAD_COMMAND_BUFFER_FULL:
      return "Launch queue full";
    case CUPTI_ACTIVITY_OVERHEAD_ACTIVITY_BUFFER_REQUEST:
      return "Profiler: request buffer";
    case CUPTI_ACTIVITY_OVERHEAD_UVM_ACTIVITY_INIT:
      return "Profiler: start managed-memory counters";
    default:
      return "Overhead";
  }
}

template <typename Record>
DevicePlace place_of(const Record& record) {
  return {record.deviceId,      record.contextId, record.streamId,
          record.correlationId, record.graphId,   record.graphNodeId};
}

template <typename Record>
CopyActivity common_copy_of(const Record& record) {
  CopyActivity copy;
  copy.span = span_of(record.start, record.end);
  copy.place = place_of(record);
  copy.size_bytes = record.bytes;
  copy.from = memory_kind(record.srcKind);
  copy.to = memory_kind(record.dstKind);
  copy.is_async = (record.flags & CUPTI_ACTIVITY_FLAG_MEMCPY_ASYNC) != 0;
  return copy;
}

PoolOperation pool_operation(std::uint32_t type) {
  switch (type) {
    case CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_CREATED:
      return PoolOperation::create;
    case CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_DESTROYED:
      return PoolOperation::destroy;
    case CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_TRIMMED:
      return PoolOperation::trim;
    default:
      return PoolOperation::unknown;
  }
}

}  // namespace

KernelActivity kernel_of(const KernelRecord& record) {
  KernelActivity kernel;
  kernel.span = span_of(record.start, record.end);
  kernel.place = place_of(record);
  if (record.name != nullptr) kernel.name = record.name;
  kernel.shape.grid[0] = static_cast<std::uint32_t>(record.gridX);
  kernel.shape.grid[1] = static_cast<std::uint32_t>(record.gridY);
  kernel.shape.grid[2] = static_cast<std::uint32_t>(record.gridZ);
  kernel.shape.block[0] = static_cast<std::uint32_t>(record.blockX);
  kernel.shape.block[1] = static_cast<std::uint32_t>(record.blockY);
  kernel.shape.block[2] = static_cast<std::uint32_t>(record.blockZ);
  kernel.shape.registers_per_thread = record.registersPerThread;
  kernel.shape.static_shared_memory_bytes = static_cast<std::uint32_t>(record.staticSharedMemory);
  kernel.shape.dynamic_shared_memory_bytes = static_cast<std::uint32_t>(record.dynamicSharedMemory);
  // One block by itself is no cluster that anybody asked for.
  if (std::uint64_t{record.clusterX} * record.clusterY * record.clusterZ > 1) {
    kernel.shape.cluster[0] = record.clusterX;
    kernel.shape.cluster[1] = record.clusterY;
    kernel.shape.cluster[2] = record.clusterZ;
  }
  return kernel;
}

CopyActivity copy_of(const CopyRecord& record, std::uint32_t version) {
  CopyActivity copy = common_copy_of(record);
  if (version >= kVersion12_8 && record.copyCount > 1) copy.copy_count = record.copyCount;
  return copy;
}

CopyActivity peer_copy_of(const PeerCopyRecord& record) {
  CopyActivity copy = common_copy_of(record);
  copy.runs_at_source = record.deviceId == record.srcDeviceId;
  copy.peer_device =
      static_cast<std::int32_t>(copy.runs_at_source ? record.dstDeviceId : record.srcDeviceId);
  return copy;
}

MemsetActivity memset_of(const MemsetRecord& record) {
  MemsetActivity memset;
  memset.span = span_of(record.start, record.end);
  memset.place = place_of(record);
  memset.size_bytes = record.bytes;
  memset.memory = memory_kind(record.memoryKind);
  memset.value = record.value;
  return memset;
}

ApiCallActivity api_call_of(const ApiRecord& record, ApiLayer layer) {
  return {span_of(record.start, record.end),
          layer,
          record.cbid,
          record.processId,
          record.threadId,
          record.correlationId,
          record.returnValue};
}

SynchronizationActivity synchronization_of(const SynchronizationRecord& record,
                                           std::uint32_t version) {
  SynchronizationActivity wait;
  wait.span = span_of(record.start, record.end);
  wait.kind = wait_kind(code_of(record.type));
  wait.context = record.contextId;
  wait.stream = record.streamId;
  wait.event_id = record.cudaEventId;
  wait.correlation_id = record.correlationId;
  if (version >= kVersion12_8 && record.cudaEventSyncId != CUPTI_SYNCHRONIZATION_INVALID_VALUE &&
      record.cudaEventSyncId != UINT64_MAX) {
    wait.event_sync_id = record.cudaEventSyncId;
  }
  return wait;
}

EventActivity event_of(const EventRecord& record, std::uint32_t version) {
  EventActivity event;
  event.context = record.contextId;
  event.stream = record.streamId;
  event.event_id = record.eventId;
  event.correlation_id = record.correlationId;
  if (version >= kVersion12_8) {
    event.device = record.deviceId;
    event.sync_id = record.cudaEventSyncId;
  }
  return event;
}

OverheadActivity overhead_of(const OverheadRecord& record) {
  OverheadActivity overhead;
  overhead.span = span_of(record.start, record.end);
  overhead.name = overhead_name(code_of(record.overheadKind));
  overhead.correlation_id = record.correlationId;
  if (code_of(record.objectKind) == CUPTI_ACTIVITY_OBJECT_THREAD) {
    overhead.thread_id = record.objectId.pt.threadId;
  }
  return overhead;
}

GraphActivity graph_of(const GraphRecord& record) {
  GraphActivity graph;
  graph.span = span_of(record.start, record.end);
  graph.place = {record.deviceId,      record.contextId, record.streamId,
                 record.correlationId, record.graphId,   0};
  return graph;
}

MemoryActivity memory_of(const MemoryRecord& record) {
  MemoryActivity memory;
  memory.time_ns = static_cast<std::int64_t>(record.timestamp);
  memory.device = record.deviceId;
  memory.memory = memory_kind(code_of(record.memoryKind));
  memory.is_release =
      code_of(record.memoryOperationType) == CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_RELEASE;
  memory.address = record.address;
  memory.size_bytes = record.bytes;
  memory.correlation_id = record.correlationId;
  memory.is_async = record.isAsync != 0;
  memory.stream = record.streamId;
  const auto& pool = record.memoryPoolConfig;
  const std::uint32_t pool_type = code_of(pool.memoryPoolType);
  if (pool_type != CUPTI_ACTIVITY_MEMORY_POOL_TYPE_INVALID) {
    memory.pool_address = pool.address;
    // Of a pool of another process the number is that process's id.
    if (pool_type == CUPTI_ACTIVITY_MEMORY_POOL_TYPE_LOCAL) {
      memory.pool_size_bytes = pool.pool.size;
    }
    memory.pool_used_bytes = pool.utilizedSize;
  }
  return memory;
}

MemoryPoolActivity memory_pool_of(const MemoryPoolRecord& record) {
  MemoryPoolActivity pool;
  pool.time_ns = static_cast<std::int64_t>(record.timestamp);
  pool.device = record.deviceId;
  pool.operation = pool_operation(code_of(record.memoryPoolOperationType));
  pool.is_local = code_of(record.memoryPoolType) == CUPTI_ACTIVITY_MEMORY_POOL_TYPE_LOCAL;
  pool.address = record.address;
  pool.size_bytes = record.size;
  pool.used_bytes = record.utilizedSize;
  pool.release_threshold_bytes = record.releaseThreshold;
  pool.kept_bytes = record.minBytesToKeep;
  pool.correlation_id = record.correlationId;
  return pool;
}

HostFunctionActivity host_function_of(const HostLaunchRecord& record) {
  return {span_of(record.start, record.end),
          {record.device_id, record.context_id, record.stream_id, record.correlation_id, 0, 0},
          record.process_id,
          record.thread_id};
}

HostFunctionActivity host_function_of(const GraphHostNodeRecord& record) {
  return {span_of(record.start, record.end),
          {record.device_id, record.context_id, record.stream_id, record.correlation_id,
           record.graph_id, record.graph_node_id},
          record.process_id,
          record.thread_id};
}

DeviceFacts facts_of(const DeviceRecord& record) {
  DeviceFacts facts;
  facts.device = record.id;
  facts.is_part = record.isMigEnabled != 0;
  memcpy(facts.uuid, facts.is_part ? &record.migUuid : &record.uuid, sizeof facts.uuid);
  if (record.name != nullptr) facts.name = record.name;
  facts.compute_major = record.computeCapabilityMajor;
  facts.compute_minor = record.computeCapabilityMinor;
  facts.multiprocessors = record.numMultiprocessors;
  facts.memory_bytes = record.globalMemorySize;
  facts.bandwidth_kb_per_s = record.globalMemoryBandwidth;
  facts.core_clock_khz = record.coreClockRate;
  facts.l2_cache_bytes = record.l2CacheSize;
  facts.max_warps_per_multiprocessor = record.maxWarpsPerMultiprocessor;
  facts.max_blocks_per_multiprocessor = record.maxBlocksPerMultiprocessor;
  facts.max_registers_per_multiprocessor = record.maxRegistersPerMultiprocessor;
  facts.max_shared_memory_per_multiprocessor_bytes = record.maxSharedMemoryPerMultiprocessor;
  return facts;
}

ContextFacts facts_of(const ContextRecord& record, std::uint32_t version) {
  ContextFacts facts;
  facts.context = record.contextId;
  facts.device = record.deviceId;
  facts.null_stream = record.nullStreamId;
  if (version >= kVersion12_8) facts.multiprocessors = record.numMultiprocessors;
  return facts;
}

StreamFacts facts_of(const StreamRecord& record) {
  StreamFacts facts;
  facts.context = record.contextId;
  facts.stream = record.streamId;
  facts.priority = static_cast<std::int32_t>(record.priority);
  facts.is_blocking = code_of(record.flag) != CUPTI_ACTIVITY_STREAM_CREATE_FLAG_NON_BLOCKING;
  return facts;
}

const char* memory_kind_name(MemoryKind kind) {
  constexpr const char* kNames[] = {"unknown", "pageable", "pinned", "device", "array", "managed"};
  const auto index = static_cast<std::size_t>(kind);
  return index < std::size(kNames) ? kNames[index] : "unknown";
}

const char* wait_kind_name(WaitKind kind) {
  constexpr const char* kNames[] = {"Synchronization", "Wait for event", "Stream waits for event",
                                    "Wait for stream", "Wait for GPU"};
  const auto index = static_cast<std::size_t>(kind);
  return index < std::size(kNames) ? kNames[index] : kNames[0];
}

}  // namespace tbprof::cuda
