// From CUPTI's records to our own types, a function a kind. Built against CUDA 13.0's structs: what
// newer ones append is not read, what older ones lack only where the version has it.
// Pure; a record must have the size of its version (record_sizes.h). Any thread.
#pragma once

#include <cupti.h>

#include <cstdint>

#include "cuda/device_activity.h"

namespace tbprof::cuda {

// The struct of each family of which every field is read that is read at all.
using KernelRecord = CUpti_ActivityKernel9;
using CopyRecord = CUpti_ActivityMemcpy6;
using PeerCopyRecord = CUpti_ActivityMemcpyPtoP4;
using MemsetRecord = CUpti_ActivityMemset4;
using ApiRecord = CUpti_ActivityAPI;
using SynchronizationRecord = CUpti_ActivitySynchronization2;
using EventRecord = CUpti_ActivityCudaEvent2;
using OverheadRecord = CUpti_ActivityOverhead3;
using GraphRecord = CUpti_ActivityGraphTrace;
using MemoryRecord = CUpti_ActivityMemory3;
using MemoryPoolRecord = CUpti_ActivityMemoryPool2;
using DeviceRecord = CUpti_ActivityDevice4;
using ContextRecord = CUpti_ActivityContext3;
using StreamRecord = CUpti_ActivityStream;

// Structs of 13.1.
struct HostLaunchRecord {
  CUpti_ActivityKind kind;
  std::uint32_t stream_id;
  std::uint32_t context_id;
  std::uint32_t device_id;
  std::uint32_t correlation_id;
  std::uint32_t process_id;
  std::uint32_t thread_id;
  std::uint32_t padding;
  std::uint64_t start;
  std::uint64_t end;
};
struct GraphHostNodeRecord {
  CUpti_ActivityKind kind;
  std::uint32_t stream_id;
  std::uint32_t context_id;
  std::uint32_t device_id;
  std::uint32_t correlation_id;
  std::uint32_t graph_id;
  std::uint64_t graph_node_id;
  std::uint32_t process_id;
  std::uint32_t thread_id;
  std::uint64_t start;
  std::uint64_t end;
};
static_assert(sizeof(HostLaunchRecord) == 48 && sizeof(GraphHostNodeRecord) == 56);

KernelActivity kernel_of(const KernelRecord& record);
CopyActivity copy_of(const CopyRecord& record, std::uint32_t version);
CopyActivity peer_copy_of(const PeerCopyRecord& record);
MemsetActivity memset_of(const MemsetRecord& record);
GraphActivity graph_of(const GraphRecord& record);
ApiCallActivity api_call_of(const ApiRecord& record, ApiLayer layer);
SynchronizationActivity synchronization_of(const SynchronizationRecord& record,
                                           std::uint32_t version);
EventActivity event_of(const EventRecord& record, std::uint32_t version);
OverheadActivity overhead_of(const OverheadRecord& record);
MemoryActivity memory_of(const MemoryRecord& record);
MemoryPoolActivity memory_pool_of(const MemoryPoolRecord& record);
HostFunctionActivity host_function_of(const HostLaunchRecord& record);
HostFunctionActivity host_function_of(const GraphHostNodeRecord& record);
DeviceFacts facts_of(const DeviceRecord& record);
ContextFacts facts_of(const ContextRecord& record, std::uint32_t version);
StreamFacts facts_of(const StreamRecord& record);

// An enumeration's number as it stands in a record, which may hold one that its type does not know.
template <typename Enumeration>
std::uint32_t code_of(const Enumeration& field) {
  static_assert(sizeof field == sizeof(std::uint32_t));
  std::uint32_t code = 0;
  __builtin_memcpy(&code, &field, sizeof code);
  return code;
}

// CUPTI marks a time it could not collect by zeros, and a full device buffer by reversed times.
inline bool has_good_times(const Span& span) {
  return span.start_ns > 0 && span.end_ns >= span.start_ns;
}

}  // namespace tbprof::cuda
