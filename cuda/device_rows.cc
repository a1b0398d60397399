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

}  // namespace

void DeviceRows::begin() {
  rows_.clear();
  tracks_.clear();
  values_.clear();
  streams_.clear();
  threads_.clear();
  for (auto& names : call_names_) names.clear();
  known_devices_.clear();
  waits_plus_one_ = 0;
}

void DeviceRows::add(std::uint32_t track, const Span& span, std::uint32_t name,
                     std::uint32_t correlation_id, std::uint32_t shape, std::uint64_t size_bytes) {
  const std::int64_t start_ns = clock_.to_monotonic_ns(span.start_ns);
  // The duration is kept exactly; only the start is brought onto the other clock.
  rows_.push_back({track, name, shape, correlation_id, start_ns,
                   start_ns + (span.end_ns - span.start_ns), size_bytes});
}

void DeviceRows::on_kernel(const KernelActivity& kernel) {
  const std::string_view name = kernel.name.empty() ? "(kernel without a name)" : kernel.name;
  add(track_of_stream(kernel.place), kernel.span, builder_->name(name, Category::kernel),
      kernel.place.correlation_id, builder_->shape(kernel.shape), 0);
}

void DeviceRows::on_copy(const CopyActivity& copy) {
  char name[64];
  const bool between_devices = copy.peer_device >= 0;
  snprintf(name, sizeof name, "Memcpy %cto%c (%s -> %s)",
           between_devices ? 'P' : side_of(copy.from), between_devices ? 'P' : side_of(copy.to),
           memory_word(copy.from), memory_word(copy.to));
  add(track_of_stream(copy.place), copy.span, builder_->name(name, Category::memcpy),
      copy.place.correlation_id, kNoId, copy.size_bytes);
}

void DeviceRows::on_memset(const MemsetActivity& memset) {
  char name[32];
  snprintf(name, sizeof name, "Memset (%s)", memory_word(memset.memory));
  add(track_of_stream(memset.place), memset.span, builder_->name(name, Category::memset),
      memset.place.correlation_id, kNoId, memset.size_bytes);
}

void DeviceRows::on_graph(const GraphActivity& graph) {
  char name[48];
  snprintf(name, sizeof name, "CUDA graph %u (contents not recorded)", graph.place.graph_id);
  add(track_of_stream(graph.place), graph.span, builder_->name(name, Category::kernel),
      graph.place.correlation_id, kNoId, 0);
}

void DeviceRows::on_api_call(const ApiCallActivity& call) {
  const bool is_recorded = call.layer == ApiLayer::runtime
                               ? is_recorded_runtime_call(call.callback_id)
                               : is_recorded_driver_call(call.callback_id);
  // Older versions cannot leave them out themselves.
  if (!is_recorded || call.span.start_ns <= 0 || call.span.end_ns < call.span.start_ns) return;
  add(track_of_thread(call.process_id, call.thread_id), call.span, name_of_call(call),
      call.correlation_id, kNoId, 0);
}

void DeviceRows::on_synchronization(const SynchronizationActivity& wait) {
  add(track_of_waits(), wait.span,
      builder_->name(wait_kind_name(wait.kind), Category::synchronization), wait.correlation_id,
      kNoId, 0);
}

void DeviceRows::on_overhead(const OverheadActivity& overhead) {
  const std::uint32_t track =
      overhead.thread_id != 0
          ? track_of_thread(static_cast<std::uint32_t>(getpid()), overhead.thread_id)
          : track_of_waits();
  add(track, overhead.span, builder_->name(overhead.name, Category::overhead), 0, kNoId, 0);
}

void DeviceRows::on_memory(const MemoryActivity& memory) {
  const bool on_device =
      memory.memory == MemoryKind::device || memory.memory == MemoryKind::managed;
  if (!on_device || memory.device >= kMostDevices || memory.time_ns <= 0) return;
  const auto size_bytes = static_cast<std::int64_t>(memory.size_bytes);
  values_.push_back({memory.device, clock_.to_monotonic_ns(memory.time_ns),
                     memory.is_release ? -size_bytes : size_bytes});
}

void DeviceRows::on_device(const DeviceFacts& facts) {
  if (std::find(known_devices_.begin(), known_devices_.end(), facts.device) !=
      known_devices_.end()) {
    return;
  }
  known_devices_.push_back(facts.device);
  char key[48];
  char value[48];
  const auto add_fact = [&](const char* name, std::string_view text) {
    snprintf(key, sizeof key, "gpu%u.%s", facts.device, name);
    builder_->add_property(key, text);
  };
  const auto add_number = [&](const char* name, std::uint64_t number) {
    snprintf(value, sizeof value, "%llu", static_cast<unsigned long long>(number));
    add_fact(name, value);
  };
  add_fact("name", facts.name);
  snprintf(value, sizeof value, "%u.%u", facts.compute_major, facts.compute_minor);
  add_fact("compute_capability", value);
  add_number("multiprocessors", facts.multiprocessors);
  add_number("memory_bytes", facts.memory_bytes);
  add_number("memory_bandwidth_kb_per_s", facts.bandwidth_kb_per_s);
  add_number("core_clock_khz", facts.core_clock_khz);
  add_number("l2_cache_bytes", facts.l2_cache_bytes);
  add_number("max_warps_per_multiprocessor", facts.max_warps_per_multiprocessor);
  add_number("max_blocks_per_multiprocessor", facts.max_blocks_per_multiprocessor);
  add_number("max_registers_per_multiprocessor", facts.max_registers_per_multiprocessor);
  add_number("max_shared_memory_per_multiprocessor_bytes",
             facts.max_shared_memory_per_multiprocessor_bytes);
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

std::uint32_t DeviceRows::track_of_stream(const DevicePlace& place) {
  const std::uint64_t key = std::uint64_t{place.context} << 32 | place.stream;
  for (const Key& known : streams_) {
    if (known.value == key) return known.place_plus_one - 1;
  }
  proto::TrackDefinition definition;
  definition.kind = proto::TrackKind::stream;
  definition.pid = getpid();
  definition.device = static_cast<std::int32_t>(place.device);
  definition.context = place.context;
  definition.stream = place.stream;
  char name[32];
  snprintf(name, sizeof name, "stream %u", place.stream);
  tracks_.push_back({builder_->add_track(definition, name), TrackOf::stream});
  streams_.push_back({key, static_cast<std::uint32_t>(tracks_.size())});
  return static_cast<std::uint32_t>(tracks_.size() - 1);
}

std::uint32_t DeviceRows::track_of_thread(std::uint32_t process_id, std::uint32_t thread_id) {
  for (const Key& known : threads_) {
    if (known.value == thread_id) return known.place_plus_one - 1;
  }
  proto::TrackDefinition definition;
  definition.kind = proto::TrackKind::thread;
  definition.pid = process_id;
  definition.tid = thread_id;
  tracks_.push_back({builder_->add_track(definition, ""), TrackOf::thread});
  threads_.push_back({thread_id, static_cast<std::uint32_t>(tracks_.size())});
  return static_cast<std::uint32_t>(tracks_.size() - 1);
}

std::uint32_t DeviceRows::track_of_waits() {
  if (waits_plus_one_ == 0) {
    proto::TrackDefinition definition;
    definition.kind = proto::TrackKind::process;
    definition.pid = getpid();
    tracks_.push_back({builder_->add_track(definition, "CUDA waits"), TrackOf::waits});
    waits_plus_one_ = static_cast<std::uint32_t>(tracks_.size());
  }
  return waits_plus_one_ - 1;
}

void DeviceRows::flush(collector::ChunkBuilder& builder, const DecodeCounts& counts) {
  builder_ = &builder;
  if (counts.bad_timestamps > 0) {
    std::int64_t from_ns = INT64_MAX;
    std::int64_t until_ns = INT64_MIN;
    for (const Row& row : rows_) {
      from_ns = std::min(from_ns, row.start_ns);
      until_ns = std::max(until_ns, row.end_ns);
    }
    if (rows_.empty()) from_ns = until_ns = 0;
    builder.add_loss(
        {proto::LossKind::bad_timestamp, counts.bad_timestamps, from_ns, until_ns, proto::kNoId});
  }
  flush_rows();
  flush_values();
}

// A buffer holds its records in no order, and several streams and threads.
void DeviceRows::flush_rows() {
  std::sort(rows_.begin(), rows_.end(), [](const Row& left, const Row& right) {
    if (left.track != right.track) return left.track < right.track;
    if (left.end_ns != right.end_ns) return left.end_ns < right.end_ns;
    return left.start_ns > right.start_ns;
  });
  for (const Row& row : rows_) {
    Track& track = tracks_[row.track];
    builder_->add_slice(track.id, row.start_ns, row.end_ns - row.start_ns, row.name);
    proto::SliceBlock& block = builder_->block(track.id);
    block.correlation_id.push_back(row.correlation_id);
    if (track.of != TrackOf::stream) continue;
    block.shape_id.push_back(row.shape);
    block.size_bytes.push_back(row.size_bytes);
    if (row.end_ns > track.last_end_ns) {
      builder_->add_busy(track.id, std::max(row.start_ns, track.last_end_ns), row.end_ns);
      track.last_end_ns = row.end_ns;
    }
  }
  rows_.clear();
}

void DeviceRows::flush_values() {
  std::sort(values_.begin(), values_.end(),
            [](const AllocatedValue& left, const AllocatedValue& right) {
              if (left.device != right.device) return left.device < right.device;
              return left.time_ns < right.time_ns;
            });
  for (const AllocatedValue& value : values_) {
    if (allocated_bytes_.size() <= value.device) allocated_bytes_.resize(value.device + 1, 0);
    std::int64_t& sum_bytes = allocated_bytes_[value.device];
    // What was allocated before the recording may be released in it.
    sum_bytes = std::max<std::int64_t>(0, sum_bytes + value.change_bytes);
    char text[48];
    snprintf(text, sizeof text, "GPU %u allocated bytes", value.device);
    builder_->add_counter(builder_->name(text, Category::memory), text, value.time_ns,
                          static_cast<double>(sum_bytes));
  }
  values_.clear();
}

}  // namespace tbprof::cuda
