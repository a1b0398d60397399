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

template <typename Activity>
bool deliverable(const Activity& activity, DecodeCounts& counts) {
  if (has_good_times(activity.span)) return true;
  ++counts.bad_timestamps;
  return false;
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
      ++counts.unknown_kinds;
  }
}

}  // namespace

const char* memory_kind_name(MemoryKind kind) {
  constexpr const char* kNames[] = {"unknown", "pageable", "pinned", "device", "array", "managed"};
  const auto index = static_cast<std::size_t>(kind);
  return index < std::size(kNames) ? kNames[index] : "unknown";
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
