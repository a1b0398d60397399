#include "cuda/activity_decoder.h"

#include <stdlib.h>

#include "cuda/activity_records.h"
#include "cuda/record_sizes.h"

namespace tbprof::cuda {

namespace {

// One buffer's way to the sink.
class Delivery {
 public:
  Delivery(std::uint32_t version, ActivitySink& sink, DecodeCounts& counts)
      : version_(version), sink_(sink), counts_(counts) {}

  // What the device did, or of which stream it is known.
  void deliver(const CUpti_Activity& record) {
    switch (code_of(record.kind)) {
      case CUPTI_ACTIVITY_KIND_KERNEL:
      case CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL: {
        const auto kernel = kernel_of(as<KernelRecord>(record));
        if (is_timed(kernel)) sink_.on_kernel(kernel);
        return;
      }
      case CUPTI_ACTIVITY_KIND_MEMCPY: {
        const auto copy = copy_of(as<CopyRecord>(record), version_);
        if (is_timed(copy)) sink_.on_copy(copy);
        return;
      }
      case CUPTI_ACTIVITY_KIND_MEMCPY2: {
        const auto copy = peer_copy_of(as<PeerCopyRecord>(record));
        if (is_timed(copy)) sink_.on_copy(copy);
        return;
      }
      case CUPTI_ACTIVITY_KIND_MEMSET: {
        const auto memset = memset_of(as<MemsetRecord>(record));
        if (is_timed(memset)) sink_.on_memset(memset);
        return;
      }
      case CUPTI_ACTIVITY_KIND_GRAPH_TRACE: {
        const auto graph = graph_of(as<GraphRecord>(record));
        if (is_timed(graph)) sink_.on_graph(graph);
        return;
      }
      default:
        deliver_of_host(record);
    }
  }

 private:
  template <typename Record>
  static const Record& as(const CUpti_Activity& record) {
    return reinterpret_cast<const Record&>(record);
  }

  template <typename Activity>
  bool is_timed(const Activity& activity) {
    if (has_good_times(activity.span)) return true;
    ++counts_.bad_timestamps;
    sink_.on_bad_time(activity.place, activity.span);
    return false;
  }
  template <typename Activity>
  bool is_timed_on_host(const Activity& activity) {
    if (has_good_times(activity.span)) return true;
    ++counts_.bad_host_times;
    return false;
  }

  void deliver_of_host(const CUpti_Activity& record) {
    switch (code_of(record.kind)) {
      case CUPTI_ACTIVITY_KIND_RUNTIME:
      case CUPTI_ACTIVITY_KIND_DRIVER: {
        const bool is_runtime = code_of(record.kind) == CUPTI_ACTIVITY_KIND_RUNTIME;
        const auto call =
            api_call_of(as<ApiRecord>(record), is_runtime ? ApiLayer::runtime : ApiLayer::driver);
        if (is_timed_on_host(call)) sink_.on_api_call(call);
        return;
      }
      case CUPTI_ACTIVITY_KIND_SYNCHRONIZATION: {
        const auto wait = synchronization_of(as<SynchronizationRecord>(record), version_);
        if (is_timed_on_host(wait)) sink_.on_synchronization(wait);
        return;
      }
      case CUPTI_ACTIVITY_KIND_OVERHEAD: {
        const auto overhead = overhead_of(as<OverheadRecord>(record));
        if (is_timed_on_host(overhead)) sink_.on_overhead(overhead);
        return;
      }
      case kHostLaunchKind: {
        const auto call = host_function_of(as<HostLaunchRecord>(record));
        if (is_timed_on_host(call)) sink_.on_host_function(call);
        return;
      }
      case kGraphHostNodeKind: {
        const auto call = host_function_of(as<GraphHostNodeRecord>(record));
        if (is_timed_on_host(call)) sink_.on_host_function(call);
        return;
      }
      default:
        deliver_fact(record);
    }
  }

  // What has no duration.
  void deliver_fact(const CUpti_Activity& record) {
    switch (code_of(record.kind)) {
      case CUPTI_ACTIVITY_KIND_CUDA_EVENT:
        return sink_.on_event(event_of(as<EventRecord>(record), version_));
      case CUPTI_ACTIVITY_KIND_MEMORY2:
        return sink_.on_memory(memory_of(as<MemoryRecord>(record)));
      case CUPTI_ACTIVITY_KIND_MEMORY_POOL:
        return sink_.on_memory_pool(memory_pool_of(as<MemoryPoolRecord>(record)));
      case CUPTI_ACTIVITY_KIND_DEVICE:
        return sink_.on_device(facts_of(as<DeviceRecord>(record)));
      case CUPTI_ACTIVITY_KIND_CONTEXT:
        return sink_.on_context(facts_of(as<ContextRecord>(record), version_));
      case CUPTI_ACTIVITY_KIND_STREAM:
        return sink_.on_stream(facts_of(as<StreamRecord>(record)));
      default:
        ++counts_.unknown_kinds;
    }
  }

  const std::uint32_t version_;
  ActivitySink& sink_;
  DecodeCounts& counts_;
};

// CUPTI hands some overhead records memory that the reader must free.
void free_what_it_owns(const CUpti_Activity& record, std::uint32_t version) {
  if (record.kind != CUPTI_ACTIVITY_KIND_OVERHEAD ||
      record_bytes(record.kind, version) < sizeof(OverheadRecord)) {
    return;
  }
  const auto& overhead = reinterpret_cast<const OverheadRecord&>(record);
  if (overhead.overheadKind == CUPTI_ACTIVITY_OVERHEAD_COMMAND_BUFFER_FULL) {
    free(overhead.overheadData);
  }
}

}  // namespace

DecodeCounts decode_activities(const CuptiLibrary& cupti, std::uint32_t version,
                               std::uint8_t* buffer, std::size_t valid_bytes, ActivitySink& sink) {
  DecodeCounts counts;
  Delivery delivery(version, sink, counts);
  CUpti_Activity* record = nullptr;
  for (;;) {
    const CUptiResult result = cupti.get_next_record(buffer, valid_bytes, &record);
    const auto* at = reinterpret_cast<const std::uint8_t*>(record);
    const std::size_t rest_bytes =
        at != nullptr ? valid_bytes - static_cast<std::size_t>(at - buffer) : valid_bytes;
    if (result != CUPTI_SUCCESS) {
      // The walk cannot go on past a kind that the library does not know.
      if (result != CUPTI_ERROR_MAX_LIMIT_REACHED) counts.damaged_bytes = rest_bytes;
      return counts;
    }
    if (rest_bytes < sizeof(CUpti_Activity) ||
        rest_bytes < record_bytes(code_of(record->kind), version)) {
      counts.damaged_bytes = rest_bytes;
      return counts;
    }
    ++counts.records;
    delivery.deliver(*record);
    free_what_it_owns(*record, version);
  }
}

DecodeCounts decode_by_size(std::uint32_t version, const std::uint8_t* buffer,
                            std::size_t valid_bytes, ActivitySink& sink) {
  DecodeCounts counts;
  Delivery delivery(version, sink, counts);
  std::size_t at = 0;
  while (at < valid_bytes) {
    const std::size_t rest_bytes = valid_bytes - at;
    const auto& record = *reinterpret_cast<const CUpti_Activity*>(buffer + at);
    const std::size_t size_bytes =
        rest_bytes < sizeof record ? 0 : record_bytes(code_of(record.kind), version);
    if (size_bytes == 0 || size_bytes > rest_bytes) {
      counts.damaged_bytes = rest_bytes;
      return counts;
    }
    ++counts.records;
    delivery.deliver(record);
    at += size_bytes;
  }
  return counts;
}

}  // namespace tbprof::cuda
