// What the GPU did, in our own types: no NVIDIA type leaves cuda/. Times are nanoseconds on CUPTI's
// clock as the record holds them; the receiver brings them onto the trace's clock.
// Values; names are borrowed for the length of the call. One thread at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "proto/trace_records.h"

namespace tbprof::cuda {

// Where work ran and which API call started it (correlation id, 0: none).
struct DevicePlace {
  std::uint32_t device = 0;
  std::uint32_t context = 0;
  std::uint32_t stream = 0;
  std::uint32_t correlation_id = 0;
  std::uint32_t graph_id = 0;  // 0: not part of a CUDA graph
  std::uint64_t graph_node_id = 0;
};

struct Span {
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
};

struct KernelActivity {
  Span span;
  DevicePlace place;
  std::string_view name;  // as CUPTI gives it, mangled for C++; empty if CUPTI has none
  proto::LaunchShape shape;
};

enum class MemoryKind : std::uint8_t { unknown, pageable, pinned, device, array, managed };
const char* memory_kind_name(MemoryKind kind);

struct CopyActivity {
  Span span;
  DevicePlace place;
  std::uint64_t size_bytes = 0;
  MemoryKind from = MemoryKind::unknown;
  MemoryKind to = MemoryKind::unknown;
  std::int32_t peer_device = -1;  // the other device of a copy between devices
  bool runs_at_source = false;    // of a copy between devices: it sends, the other receives
  bool is_async = false;
  std::uint64_t copy_count = 1;  // of a batch that CUPTI reports as one
};

struct MemsetActivity {
  Span span;
  DevicePlace place;
  std::uint64_t size_bytes = 0;
  MemoryKind memory = MemoryKind::unknown;
  std::uint32_t value = 0;
};

enum class ApiLayer : std::uint8_t { runtime, driver };

struct ApiCallActivity {
  Span span;
  ApiLayer layer = ApiLayer::runtime;
  std::uint32_t callback_id = 0;  // CUPTI's number of the function
  std::uint32_t process_id = 0;
  std::uint32_t thread_id = 0;
  std::uint32_t correlation_id = 0;
  std::uint32_t result = 0;  // what the call returned; 0: success
};

// What a thread of the program waited for.
enum class WaitKind : std::uint8_t { unknown, event, stream_for_event, stream, context };
const char* wait_kind_name(WaitKind kind);

struct SynchronizationActivity {
  Span span;
  WaitKind kind = WaitKind::unknown;
  std::uint32_t context = 0;
  std::uint32_t stream = 0;          // kNotApplicable: of no stream
  std::uint32_t event_id = 0;        // kNotApplicable: for no event
  std::uint64_t event_sync_id = 0;   // of the recording of the event that ends it; 0: not known
  std::uint32_t correlation_id = 0;  // of the API call that waited
};

inline constexpr std::uint32_t kNotApplicable = UINT32_MAX;

// An event was recorded on a stream.
struct EventActivity {
  std::uint32_t device = 0;
  std::uint32_t context = 0;
  std::uint32_t stream = 0;
  std::uint32_t event_id = 0;
  std::uint64_t sync_id = 0;         // 0: this version of CUPTI tells none
  std::uint32_t correlation_id = 0;  // of the API call that recorded it
};

// A function of the program's that the GPU had called, alone or as a node of a graph.
struct HostFunctionActivity {
  Span span;
  DevicePlace place;
  std::uint32_t process_id = 0;
  std::uint32_t thread_id = 0;
};

// Time that the profiler or the driver took from a thread.
struct OverheadActivity {
  Span span;
  const char* name = "";             // of its kind, static
  std::uint32_t thread_id = 0;       // 0: not a thread's
  std::uint32_t correlation_id = 0;  // of the API call in which it fell; 0: of none
};

// One launch of a CUDA graph as a whole; what ran in it is not known.
struct GraphActivity {
  Span span;
  DevicePlace place;
};

struct MemoryActivity {
  std::int64_t time_ns = 0;
  std::uint32_t device = 0;
  MemoryKind memory = MemoryKind::unknown;
  bool is_release = false;
  std::uint64_t address = 0;
  std::uint64_t size_bytes = 0;
  std::uint32_t correlation_id = 0;
  bool is_async = false;
  std::uint32_t stream = 0;           // of an asynchronous one
  std::uint64_t pool_address = 0;     // 0: of no pool
  std::uint64_t pool_size_bytes = 0;  // all that the pool holds
  std::uint64_t pool_used_bytes = 0;
};

enum class PoolOperation : std::uint8_t { unknown, create, destroy, trim };

struct MemoryPoolActivity {
  std::int64_t time_ns = 0;
  std::uint32_t device = 0;
  PoolOperation operation = PoolOperation::unknown;
  bool is_local = true;  // false: imported from another process
  std::uint64_t address = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t used_bytes = 0;
  std::uint64_t release_threshold_bytes = 0;
  std::uint64_t kept_bytes = 0;  // that a trim leaves
  std::uint32_t correlation_id = 0;
};

struct ContextFacts {
  std::uint32_t context = 0;
  std::uint32_t device = 0;
  std::uint32_t null_stream = 0;
  std::uint32_t multiprocessors = 0;  // that it may use; 0: this version of CUPTI does not say
};

struct StreamFacts {
  std::uint32_t context = 0;
  std::uint32_t stream = 0;
  std::int32_t priority = 0;
  bool is_blocking = true;  // it waits for the null stream
};

struct DeviceFacts {
  std::uint32_t device = 0;
  std::uint8_t uuid[16] = {};  // of the device, or of its part that the program sees (MIG)
  bool is_part = false;        // a MIG instance
  std::string_view name;
  std::uint32_t compute_major = 0;
  std::uint32_t compute_minor = 0;
  std::uint32_t multiprocessors = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t bandwidth_kb_per_s = 0;
  std::uint32_t core_clock_khz = 0;
  std::uint32_t l2_cache_bytes = 0;
  std::uint32_t max_warps_per_multiprocessor = 0;
  std::uint32_t max_blocks_per_multiprocessor = 0;
  std::uint32_t max_registers_per_multiprocessor = 0;
  std::uint32_t max_shared_memory_per_multiprocessor_bytes = 0;
};

// Receives the decoded records of one buffer, in the buffer's order (which is not time's order).
class ActivitySink {
 public:
  virtual void on_kernel(const KernelActivity& kernel) = 0;
  virtual void on_copy(const CopyActivity& copy) = 0;
  virtual void on_memset(const MemsetActivity& memset) = 0;
  virtual void on_api_call(const ApiCallActivity& call) = 0;
  virtual void on_synchronization(const SynchronizationActivity& wait) = 0;
  virtual void on_overhead(const OverheadActivity& overhead) = 0;
  virtual void on_graph(const GraphActivity& graph) = 0;
  virtual void on_memory(const MemoryActivity& memory) = 0;
  virtual void on_event(const EventActivity& event) = 0;
  virtual void on_host_function(const HostFunctionActivity& call) = 0;
  virtual void on_memory_pool(const MemoryPoolActivity& pool) = 0;
  virtual void on_device(const DeviceFacts& facts) = 0;
  virtual void on_context(const ContextFacts& facts) = 0;
  virtual void on_stream(const StreamFacts& facts) = 0;
  // Work of a device whose times could not be collected: its activity is not delivered.
  virtual void on_bad_time(const DevicePlace& place, const Span& span) = 0;

 protected:
  ~ActivitySink() = default;
};

// What a buffer held besides good records.
struct DecodeCounts {
  std::uint64_t records = 0;         // all, of any kind
  std::uint64_t bad_timestamps = 0;  // device work with a zero or reversed time; not delivered
  std::uint64_t bad_host_times = 0;  // calls, waits and overhead with such a time; not delivered
  std::uint64_t unknown_kinds = 0;   // kinds that are not read here; skipped
  std::uint64_t damaged_bytes = 0;   // rest of a buffer that CUPTI could not walk
};

}  // namespace tbprof::cuda
