#include "cuda/device_rows.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "cuda/api_selection.h"

namespace tbprof::cuda {

namespace {

using proto::Category;
using proto::kNoId;

constexpr std::size_t kMostDevices = 256;
constexpr char kWaits[] = "CUDA waits";
constexpr char kMemory[] = "CUDA memory";

const char* memory_word(MemoryKind kind) {
  constexpr const char* kWords[] = {"Unknown", "Pageable", "Pinned", "Device", "Array", "Managed"};
  const auto index = static_cast<std::size_t>(kind);
  return index < std::size(kWords) ? kWords[index] : kWords[0];
}

char side_of(MemoryKind kind) {
  switch (kind) {
    case MemoryKind::pageable:
    case MemoryKind::pinned:
      return 'H';
    case MemoryKind::array:
      return 'A';
    default:
      return 'D';
  }
}

// CUPTI's names of runtime functions end with the CUDA version of their signature and say which
// default stream they were compiled for; users know them by what they wrote.
std::string_view plain_call_name(std::string_view name) {
  const std::size_t version = name.rfind("_v");
  if (version != std::string_view::npos && name.size() > version + 3 &&
      name.find_first_not_of("0123456789", version + 2) == std::string_view::npos) {
    name = name.substr(0, version);
  }
  for (const std::string_view suffix : {"_ptsz", "_ptds"}) {
    if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  }
  return name;
}

const char* pool_operation_name(PoolOperation operation) {
  constexpr const char* kNames[] = {"Memory pool", "Create memory pool", "Destroy memory pool",
                                    "Trim memory pool"};
  const auto index = static_cast<std::size_t>(operation);
  return index < std::size(kNames) ? kNames[index] : kNames[0];
}

}  // namespace

void DeviceRows::begin() {
  rows_.clear();
  facts_.clear();
  tracks_.clear();
  values_.clear();
  streams_.clear();
  threads_.clear();
  named_tracks_.clear();
  fact_keys_.clear();
  counters_.clear();
  for (auto& names : call_names_) names.clear();
  doubtful_ = 0;
  // CUPTI told them once.
  for (const proto::Property& fact : told_) builder_->add_property(fact.key, fact.value);
}

void DeviceRows::add(std::uint32_t track, const Span& span, std::uint32_t name,
                     std::uint32_t correlation_id, std::uint32_t shape, std::uint64_t size_bytes) {
  const std::int64_t start_ns = clock_.to_monotonic_ns(span.start_ns);
  // The duration is kept exactly; only the start is brought onto the other clock.
  rows_.push_back({track, name, shape, correlation_id, start_ns,
                   start_ns + (span.end_ns - span.start_ns), size_bytes,
                   static_cast<std::uint32_t>(facts_.size()), 0});
}

void DeviceRows::add_fact(const char* key, proto::ValueKind kind, std::uint64_t value) {
  const auto known = std::find_if(fact_keys_.begin(), fact_keys_.end(),
                                  [key](const auto& one) { return one.first == key; });
  std::uint32_t id = 0;
  if (known != fact_keys_.end()) {
    id = known->second;
  } else {
    id = builder_->text(key);
    fact_keys_.emplace_back(key, id);
  }
  facts_.push_back({id, kind, value});
  ++rows_.back().fact_count;
}

void DeviceRows::add_number(const char* key, std::uint64_t value) {
  add_fact(key, proto::ValueKind::number, value);
}

void DeviceRows::add_address(const char* key, std::uint64_t value) {
  add_fact(key, proto::ValueKind::address, value);
}

void DeviceRows::add_text(const char* key, const char* value) {
  add_fact(key, proto::ValueKind::string, builder_->text(value));
}

void DeviceRows::add_device_work(const Span& span, const DevicePlace& place, std::uint32_t name,
                                 std::uint32_t shape, std::uint64_t size_bytes) {
  add(track_of_stream(place), span, name, place.correlation_id, shape, size_bytes);
  launches_.add_work(place.correlation_id);
  if (place.graph_id != 0) add_number("graph", place.graph_id);
  if (place.graph_node_id != 0) add_number("graph node", place.graph_node_id);
  if (!times_.add_good(place.device, place.context, place.correlation_id)) return;
  add_text("time", "doubtful: CUPTI's memory on the GPU was full before it");
  const Row& row = rows_.back();
  doubtful_from_ns_ = doubtful_ == 0 ? row.start_ns : std::min(doubtful_from_ns_, row.start_ns);
  doubtful_until_ns_ = doubtful_ == 0 ? row.end_ns : std::max(doubtful_until_ns_, row.end_ns);
  ++doubtful_;
}

void DeviceRows::on_kernel(const KernelActivity& kernel) {
  const std::string_view name = kernel.name.empty() ? "(kernel without a name)" : kernel.name;
  add_device_work(kernel.span, kernel.place, builder_->name(name, Category::kernel),
                  builder_->shape(kernel.shape), 0);
}

void DeviceRows::on_copy(const CopyActivity& copy) {
  char name[64];
  const bool between_devices = copy.peer_device >= 0;
  snprintf(name, sizeof name, "Memcpy %cto%c (%s -> %s)",
           between_devices ? 'P' : side_of(copy.from), between_devices ? 'P' : side_of(copy.to),
           memory_word(copy.from), memory_word(copy.to));
  add_device_work(copy.span, copy.place, builder_->name(name, Category::memcpy), kNoId,
                  copy.size_bytes);
  if (between_devices) {
    add_number(copy.runs_at_source ? "to GPU" : "from GPU",
               static_cast<std::uint64_t>(copy.peer_device));
  }
  if (!copy.is_async) add_text("the host", "waits for it");
  if (copy.copy_count > 1) add_number("copies", copy.copy_count);
}

void DeviceRows::on_memset(const MemsetActivity& memset) {
  char name[32];
  snprintf(name, sizeof name, "Memset (%s)", memory_word(memset.memory));
  add_device_work(memset.span, memset.place, builder_->name(name, Category::memset), kNoId,
                  memset.size_bytes);
  add_number("value", memset.value);
}

void DeviceRows::on_graph(const GraphActivity& graph) {
  char name[48];
  snprintf(name, sizeof name, "CUDA graph %u (contents not recorded)", graph.place.graph_id);
  add_device_work(graph.span, graph.place, builder_->name(name, Category::kernel), kNoId, 0);
}

void DeviceRows::on_bad_time(const DevicePlace& place, const Span& span) {
  if (expects_unfinished_ && span.start_ns > 0 && span.end_ns == 0) {
    ++unfinished_;
  } else {
    times_.add_bad(place.device, place.context, place.correlation_id);
  }
}

void DeviceRows::on_api_call(const ApiCallActivity& call) {
  const bool is_recorded = call.layer == ApiLayer::runtime
                               ? is_recorded_runtime_call(call.callback_id)
                               : is_recorded_driver_call(call.callback_id);
  // Older versions cannot leave them out themselves.
  if (!is_recorded) return;
  launches_.add_call(call.correlation_id);
  add(track_of_thread(call.process_id, call.thread_id), call.span, name_of_call(call),
      call.correlation_id, kNoId, 0);
  if (call.result != 0) add_number("CUDA error", call.result);
}

// What belongs to a call but is not its work says so by a fact: joined by its correlation id, it
// would take the place of the call that the device's work belongs to.
void DeviceRows::on_synchronization(const SynchronizationActivity& wait) {
  add(track_named(kWaits, TrackOf::host), wait.span,
      builder_->name(wait_kind_name(wait.kind), Category::synchronization), 0, kNoId, 0);
  if (wait.stream != kNotApplicable) {
    add_number(wait.kind == WaitKind::stream_for_event ? "waiting stream" : "stream", wait.stream);
  }
  if (wait.event_id != kNotApplicable && wait.kind != WaitKind::stream &&
      wait.kind != WaitKind::context) {
    add_number("event", wait.event_id);
    if (wait.event_sync_id != 0) add_number("event sync id", wait.event_sync_id);
  }
  if (wait.correlation_id != 0) add_number("call", wait.correlation_id);
}

void DeviceRows::on_event(const EventActivity& event) {
  if (event.sync_id == 0) return;
  builder_->add_device_event({event.sync_id, event.event_id, event.device, event.context,
                              event.stream, event.correlation_id});
}

void DeviceRows::on_host_function(const HostFunctionActivity& call) {
  const bool in_graph = call.place.graph_id != 0;
  add(track_of_thread(call.process_id, call.thread_id), call.span,
      builder_->name(in_graph ? "Host function of a CUDA graph" : "Host function",
                     Category::annotation),
      0, kNoId, 0);
  add_number("waiting stream", call.place.stream);
  add_number("waiting GPU", call.place.device);
  if (in_graph) {
    add_number("graph", call.place.graph_id);
    add_number("graph node", call.place.graph_node_id);
  }
  if (call.place.correlation_id != 0) add_number("call", call.place.correlation_id);
}

void DeviceRows::on_overhead(const OverheadActivity& overhead) {
  const std::uint32_t track =
      overhead.thread_id != 0
          ? track_of_thread(static_cast<std::uint32_t>(getpid()), overhead.thread_id)
          : track_named(kWaits, TrackOf::host);
  add(track, overhead.span, builder_->name(overhead.name, Category::overhead), 0, kNoId, 0);
  if (overhead.correlation_id != 0) add_number("call", overhead.correlation_id);
}

void DeviceRows::on_memory(const MemoryActivity& memory) {
  if (memory.time_ns <= 0) return;
  char text[64];
  snprintf(text, sizeof text, "%s (%s)", memory.is_release ? "Free" : "Allocate",
           memory_word(memory.memory));
  add(track_named(kMemory, TrackOf::memory), {memory.time_ns, memory.time_ns},
      builder_->name(text, Category::memory), 0, kNoId, memory.size_bytes);
  add_address("address", memory.address);
  if (memory.is_async) add_number("stream", memory.stream);
  if (memory.correlation_id != 0) add_number("call", memory.correlation_id);
  const bool on_device =
      memory.memory == MemoryKind::device || memory.memory == MemoryKind::managed;
  if (on_device) add_number("GPU", memory.device);
  if (memory.pool_address != 0) add_address("memory pool", memory.pool_address);
  if (!on_device || memory.device >= kMostDevices) return;
  const std::int64_t time_ns = rows_.back().start_ns;
  const auto size_bytes = static_cast<double>(memory.size_bytes);
  snprintf(text, sizeof text, "GPU %u allocated bytes", memory.device);
  add_value(text, time_ns, memory.is_release ? -size_bytes : size_bytes, true);
  if (memory.pool_size_bytes == 0) return;
  snprintf(text, sizeof text, "GPU %u memory pool bytes", memory.device);
  add_value(text, time_ns, static_cast<double>(memory.pool_size_bytes), false);
  snprintf(text, sizeof text, "GPU %u memory pool used bytes", memory.device);
  add_value(text, time_ns, static_cast<double>(memory.pool_used_bytes), false);
}

void DeviceRows::on_memory_pool(const MemoryPoolActivity& pool) {
  if (pool.time_ns <= 0) return;
  add(track_named(kMemory, TrackOf::memory), {pool.time_ns, pool.time_ns},
      builder_->name(pool_operation_name(pool.operation), Category::memory), 0, kNoId,
      pool.size_bytes);
  add_address("memory pool", pool.address);
  add_number("GPU", pool.device);
  add_number("used bytes", pool.used_bytes);
  if (!pool.is_local) add_text("imported", "from another process");
  if (pool.release_threshold_bytes != 0) {
    add_number("release threshold bytes", pool.release_threshold_bytes);
  }
  if (pool.operation == PoolOperation::trim) add_number("kept bytes", pool.kept_bytes);
  if (pool.correlation_id != 0) add_number("call", pool.correlation_id);
}

std::uint32_t DeviceRows::name_of_call(const ApiCallActivity& call) {
  auto& names = call_names_[call.layer == ApiLayer::runtime ? 0 : 1];
  constexpr std::uint32_t kMostCallbackIds = 1u << 16;
  const std::uint32_t id = std::min(call.callback_id, kMostCallbackIds);
  if (id >= names.size()) names.resize(id + 64, 0);
  if (names[id] == 0) {
    const bool is_runtime = call.layer == ApiLayer::runtime;
    const char* name = nullptr;
    const CUptiResult result = cupti_.get_callback_name(
        is_runtime ? CUPTI_CB_DOMAIN_RUNTIME_API : CUPTI_CB_DOMAIN_DRIVER_API, call.callback_id,
        &name);
    char number[32];
    if (result != CUPTI_SUCCESS || name == nullptr) {
      snprintf(number, sizeof number, "%s call %u", is_runtime ? "runtime" : "driver",
               call.callback_id);
      name = number;
    }
    names[id] = 1 + builder_->name(plain_call_name(name),
                                   is_runtime ? Category::runtime_api : Category::driver_api);
  }
  return names[id] - 1;
}

}  // namespace tbprof::cuda
