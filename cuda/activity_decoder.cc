#include "cuda/activity_decoder.h"

#include <iterator>

namespace tbprof::cuda {

namespace {

// The oldest struct of each family that has every field read here.
using KernelRecord = CUpti_ActivityKernel9;
using CopyRecord = CUpti_ActivityMemcpy5;
using PeerCopyRecord = CUpti_ActivityMemcpyPtoP4;
using MemsetRecord = CUpti_ActivityMemset4;
using ApiRecord = CUpti_ActivityAPI;
using SynchronizationRecord = CUpti_ActivitySynchronization;
using OverheadRecord = CUpti_ActivityOverhead;
using GraphRecord = CUpti_ActivityGraphTrace;
using MemoryRecord = CUpti_ActivityMemory2;
using DeviceRecord = CUpti_ActivityDevice4;

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

WaitKind wait_kind(CUpti_ActivitySynchronizationType type) {
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

const char* overhead_name(CUpti_ActivityOverheadKind kind) {
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

// CUPTI marks a time it could not collect by zeros, and a full device buffer by reversed times.
bool has_good_times(const Span& span) { return span.start_ns > 0 && span.end_ns >= span.start_ns; }

template <typename Record>
DevicePlace place_of(const Record& record) {
  return {record.deviceId,      record.contextId, record.streamId,
          record.correlationId, record.graphId,   record.graphNodeId};
}

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
  return kernel;
}

template <typename Record>
CopyActivity copy_of(const Record& record) {
  CopyActivity copy;
  copy.span = span_of(record.start, record.end);
  copy.place = place_of(record);
  copy.size_bytes = record.bytes;
  copy.from = memory_kind(record.srcKind);
  copy.to = memory_kind(record.dstKind);
  return copy;
}

MemsetActivity memset_of(const MemsetRecord& record) {
  MemsetActivity memset;
  memset.span = span_of(record.start, record.end);
  memset.place = place_of(record);
  memset.size_bytes = record.bytes;
  memset.memory = memory_kind(record.memoryKind);
  return memset;
}

ApiCallActivity api_call_of(const ApiRecord& record, ApiLayer layer) {
  return {span_of(record.start, record.end),
          layer,
          record.cbid,
          record.processId,
          record.threadId,
          record.correlationId};
}

SynchronizationActivity synchronization_of(const SynchronizationRecord& record) {
  return {span_of(record.start, record.end),
          wait_kind(record.type),
          record.contextId,
          record.streamId,
          record.cudaEventId,
          record.correlationId};
}

OverheadActivity overhead_of(const OverheadRecord& record) {
  OverheadActivity overhead{span_of(record.start, record.end), overhead_name(record.overheadKind)};
  if (record.objectKind == CUPTI_ACTIVITY_OBJECT_THREAD) {
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
  memory.memory = memory_kind(record.memoryKind);
  memory.is_release = record.memoryOperationType == CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_RELEASE;
  memory.address = record.address;
  memory.size_bytes = record.bytes;
  memory.correlation_id = record.correlationId;
  return memory;
}

DeviceFacts facts_of(const DeviceRecord& record) {
  DeviceFacts facts;
  facts.device = record.id;
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

template <typename Activity>
bool deliverable(const Activity& activity, DecodeCounts& counts) {
  if (has_good_times(activity.span)) return true;
  ++counts.bad_timestamps;
  return false;
}

// What is neither device work nor a call.
void deliver_other(const CUpti_Activity& record, ActivitySink& sink, DecodeCounts& counts) {
  switch (record.kind) {
    case CUPTI_ACTIVITY_KIND_SYNCHRONIZATION: {
      const auto wait = synchronization_of(reinterpret_cast<const SynchronizationRecord&>(record));
      if (deliverable(wait, counts)) sink.on_synchronization(wait);
      return;
    }
    case CUPTI_ACTIVITY_KIND_OVERHEAD: {
      const auto overhead = overhead_of(reinterpret_cast<const OverheadRecord&>(record));
      if (deliverable(overhead, counts)) sink.on_overhead(overhead);
      return;
    }
    case CUPTI_ACTIVITY_KIND_GRAPH_TRACE: {
      const auto graph = graph_of(reinterpret_cast<const GraphRecord&>(record));
      if (deliverable(graph, counts)) sink.on_graph(graph);
      return;
    }
    case CUPTI_ACTIVITY_KIND_MEMORY2:
      sink.on_memory(memory_of(reinterpret_cast<const MemoryRecord&>(record)));
      return;
    case CUPTI_ACTIVITY_KIND_DEVICE:
      sink.on_device(facts_of(reinterpret_cast<const DeviceRecord&>(record)));
      return;
    case CUPTI_ACTIVITY_KIND_CONTEXT:
    case CUPTI_ACTIVITY_KIND_STREAM:
      return;  // what they say, each record of their work says too
    default:
      ++counts.unknown_kinds;
  }
}

void deliver(const CUpti_Activity& record, ActivitySink& sink, DecodeCounts& counts) {
  switch (record.kind) {
    case CUPTI_ACTIVITY_KIND_KERNEL:
    case CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL: {
      const auto kernel = kernel_of(reinterpret_cast<const KernelRecord&>(record));
      if (deliverable(kernel, counts)) sink.on_kernel(kernel);
      return;
    }
    case CUPTI_ACTIVITY_KIND_MEMCPY: {
      const auto copy = copy_of(reinterpret_cast<const CopyRecord&>(record));
      if (deliverable(copy, counts)) sink.on_copy(copy);
      return;
    }
    case CUPTI_ACTIVITY_KIND_MEMCPY2: {
      const auto& peer = reinterpret_cast<const PeerCopyRecord&>(record);
      auto copy = copy_of(peer);
      const bool runs_at_source = peer.deviceId == peer.srcDeviceId;
      copy.peer_device =
          static_cast<std::int32_t>(runs_at_source ? peer.dstDeviceId : peer.srcDeviceId);
      if (deliverable(copy, counts)) sink.on_copy(copy);
      return;
    }
    case CUPTI_ACTIVITY_KIND_MEMSET: {
      const auto memset = memset_of(reinterpret_cast<const MemsetRecord&>(record));
      if (deliverable(memset, counts)) sink.on_memset(memset);
      return;
    }
    case CUPTI_ACTIVITY_KIND_RUNTIME:
      sink.on_api_call(api_call_of(reinterpret_cast<const ApiRecord&>(record), ApiLayer::runtime));
      return;
    case CUPTI_ACTIVITY_KIND_DRIVER:
      sink.on_api_call(api_call_of(reinterpret_cast<const ApiRecord&>(record), ApiLayer::driver));
      return;
    default:
      deliver_other(record, sink, counts);
  }
}

}  // namespace

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

DecodeCounts decode_activities(const CuptiLibrary& cupti, std::uint8_t* buffer,
                               std::size_t valid_bytes, ActivitySink& sink) {
  DecodeCounts counts;
  CUpti_Activity* record = nullptr;
  for (;;) {
    const CUptiResult result = cupti.get_next_record(buffer, valid_bytes, &record);
    if (result != CUPTI_SUCCESS) {
      if (result != CUPTI_ERROR_MAX_LIMIT_REACHED) {
        // The walk cannot go on past a kind that the library does not know.
        const auto* last = reinterpret_cast<const std::uint8_t*>(record);
        counts.damaged_bytes = last != nullptr ? valid_bytes - (last - buffer) : valid_bytes;
      }
      return counts;
    }
    ++counts.records;
    deliver(*record, sink, counts);
  }
}

}  // namespace tbprof::cuda
