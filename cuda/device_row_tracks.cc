// Tracks and facts of DeviceRows: what a recording says once of each stream, thread and device.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "cuda/device_rows.h"

namespace tbprof::cuda {

namespace {

// Of programs that make streams all the time the first ones are enough.
constexpr std::uint32_t kMostStreamFacts = 256;

constexpr auto is_before = [](const auto& known, std::uint64_t key) { return known.value < key; };

}  // namespace

std::uint32_t DeviceRows::track_of_stream(const DevicePlace& place) {
  const std::uint64_t key = std::uint64_t{place.context} << 32 | place.stream;
  const auto at = std::lower_bound(streams_.begin(), streams_.end(), key, is_before);
  if (at != streams_.end() && at->value == key) return at->track;
  if (!has_worked(place.device)) working_devices_.push_back(place.device);
  proto::TrackDefinition definition;
  definition.kind = proto::TrackKind::stream;
  definition.pid = getpid();
  definition.device = static_cast<std::int32_t>(place.device);
  definition.context = place.context;
  definition.stream = place.stream;
  char name[32];
  snprintf(name, sizeof name, "stream %u", place.stream);
  const auto number = static_cast<std::uint32_t>(tracks_.size());
  tracks_.push_back({builder_->add_track(definition, name), TrackOf::stream});
  streams_.insert(at, {key, number});
  return number;
}

std::uint32_t DeviceRows::track_of_thread(std::uint32_t process_id, std::uint32_t thread_id) {
  const std::uint64_t key = thread_id;
  const auto at = std::lower_bound(threads_.begin(), threads_.end(), key, is_before);
  if (at != threads_.end() && at->value == key) return at->track;
  proto::TrackDefinition definition;
  definition.kind = proto::TrackKind::thread;
  definition.pid = process_id;
  definition.tid = thread_id;
  const auto number = static_cast<std::uint32_t>(tracks_.size());
  tracks_.push_back({builder_->add_track(definition, ""), TrackOf::host});
  threads_.insert(at, {key, number});
  return number;
}

std::uint32_t DeviceRows::track_named(const char* name, TrackOf of) {
  for (const auto& [known, place] : named_tracks_) {
    if (known == name) return place;
  }
  proto::TrackDefinition definition;
  definition.kind = proto::TrackKind::process;
  definition.pid = getpid();
  tracks_.push_back({builder_->add_track(definition, name), of});
  named_tracks_.emplace_back(name, static_cast<std::uint32_t>(tracks_.size() - 1));
  return named_tracks_.back().second;
}

bool DeviceRows::has_worked(std::uint32_t device) const {
  return std::find(working_devices_.begin(), working_devices_.end(), device) !=
         working_devices_.end();
}

void DeviceRows::tell(const char* key, std::string_view value) {
  proto::Property& fact = told_.emplace_back();
  fact.key.assign(key, strlen(key));
  fact.value.assign(value.data(), value.size());
  builder_->add_property(fact.key, fact.value);
}

void DeviceRows::on_device(const DeviceFacts& facts) {
  for (const DeviceFacts& known : devices_) {
    if (known.device == facts.device) return;
  }
  devices_.push_back(facts);
  devices_.back().name = {};  // borrowed
  char key[64];
  char value[64];
  const auto add_fact = [&](const char* name, std::string_view text) {
    snprintf(key, sizeof key, "gpu%u.%s", facts.device, name);
    tell(key, text);
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
  if (facts.is_part) add_fact("mig", "yes");
}

void DeviceRows::on_context(const ContextFacts& facts) {
  char key[48];
  char value[96];
  snprintf(key, sizeof key, "cuda.context%u", facts.context);
  const int length =
      snprintf(value, sizeof value, "GPU %u, null stream %u", facts.device, facts.null_stream);
  if (facts.multiprocessors != 0 && length > 0) {
    snprintf(value + length, sizeof value - static_cast<std::size_t>(length),
             ", %u multiprocessors", facts.multiprocessors);
  }
  tell(key, value);
}

void DeviceRows::on_stream(const StreamFacts& facts) {
  if (stream_facts_++ >= kMostStreamFacts) return;
  char key[64];
  char value[64];
  snprintf(key, sizeof key, "cuda.context%u.stream%u", facts.context, facts.stream);
  snprintf(value, sizeof value, "priority %d%s", facts.priority,
           facts.is_blocking ? "" : ", does not wait for the null stream");
  tell(key, value);
}

}  // namespace tbprof::cuda
