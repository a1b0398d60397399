#include "cuda/nvml_sampler.h"

#include <stdio.h>
#include <unistd.h>

#include <algorithm>

#include "collector/clock.h"
#include "collector/futex.h"
#include "collector/own_thread.h"

namespace tbprof::cuda {

namespace {

using collector::ChunkBuilder;
using collector::monotonic_ns;

constexpr std::int64_t kPeriodNs = 100'000'000;
constexpr std::int64_t kPausedNs = 3600'000'000'000;

struct Reason {
  std::uint64_t bit;
  const char* name;
};
// NVML's nvmlClocksEventReason*; an idle GPU's clocks are low for no reason worth a line.
constexpr Reason kReasons[] = {
    {0x02, "Clocks set by the user"},
    {0x04, "Clocks held by the power limit"},
    {0x08, "Clocks slowed by the hardware"},
    {0x10, "Clocks held by a group of GPUs"},
    {0x20, "Clocks slowed by heat (driver)"},
    {0x40, "Clocks slowed by heat (hardware)"},
    {0x80, "Clocks slowed by the power supply"},
    {0x100, "Clocks held by the display"},
};

struct Quantity {
  const char* name;
  double scale;
};
constexpr Quantity kQuantities[] = {
    {"SM clock MHz", 1},          {"memory clock MHz", 1},  {"power W", 1e-3},
    {"temperature \302\260C", 1}, {"used memory bytes", 1}, {"free memory bytes", 1},
};

}  // namespace

void NvmlSampler::watch(std::uint32_t device, const std::uint8_t (&uuid)[16], bool is_part) {
  const std::uint32_t count = device_count_.load(std::memory_order_relaxed);
  if (count == kMostDevices) return;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (devices_[i].device == device) return;
  }
  Device& added = devices_[count];
  added.device = device;
  char* out = added.uuid;
  out += snprintf(out, sizeof added.uuid, "%s", is_part ? "MIG-" : "GPU-");
  for (std::uint32_t i = 0; i < sizeof uuid; ++i) {
    const bool is_dashed = i == 4 || i == 6 || i == 8 || i == 10;
    out += snprintf(out, 4, is_dashed ? "-%02x" : "%02x", uuid[i]);
  }
  device_count_.store(count + 1, std::memory_order_release);
  if (!has_thread_) has_thread_ = start_thread();
}

bool NvmlSampler::start_thread() {
  return collector::create_own_thread(thread_main, this, collector::kUsualStackBytes) == 0;
}

void* NvmlSampler::thread_main(void* self) {
  collector::enter_own_thread("tbprof-nvml");
  static_cast<NvmlSampler*>(self)->run();
  return nullptr;
}

void NvmlSampler::run() {
  const bool is_there = open_nvml(nvml_) && nvml_.init() == 0;
  state_.store(is_there ? 1 : 2, std::memory_order_release);
  if (!is_there) return;
  std::int64_t next_ns = monotonic_ns();
  while (true) {
    if (is_running_.load(std::memory_order_acquire) == 0) {
      collector::futex_wait(is_running_, 0, kPausedNs);
      next_ns = monotonic_ns();
      continue;
    }
    const std::uint32_t count = device_count_.load(std::memory_order_acquire);
    for (std::uint32_t place = 0; place < count; ++place) read(place);
    // What took longer than a period is not caught up with.
    next_ns = std::max(next_ns + kPeriodNs, monotonic_ns());
    collector::futex_wait(is_running_, 1, next_ns - monotonic_ns());
  }
}

void NvmlSampler::read(std::uint32_t place) {
  Device& device = devices_[place];
  if (device.handle == nullptr) {
    if (device.is_refused) return;
    device.is_refused = nvml_.handle_by_uuid(device.uuid, &device.handle) != 0;
    if (device.is_refused) return;
  }
  const std::uint32_t written = written_.load(std::memory_order_relaxed);
  if (written - read_.load(std::memory_order_acquire) == kSamples) return;
  Sample& sample = samples_[written % kSamples];
  sample = {};
  sample.place = place;
  const auto keep = [&sample](Value value, std::uint64_t number) {
    sample.value[value] = number;
    sample.known |= 1u << value;
  };
  NvmlDevice* const handle = device.handle;
  const std::int64_t before_ns = monotonic_ns();
  unsigned number = 0;
  unsigned long long reasons = 0;
  NvmlMemory memory;
  if (nvml_.clock != nullptr) {
    if (nvml_.clock(handle, kNvmlStreamingMultiprocessors, &number) == 0) keep(kSmClock, number);
    if (nvml_.clock(handle, kNvmlMemoryClock, &number) == 0) keep(kMemoryClock, number);
  }
  if (nvml_.power != nullptr && nvml_.power(handle, &number) == 0) keep(kPower, number);
  if (nvml_.temperature != nullptr && nvml_.temperature(handle, kNvmlGpuSensor, &number) == 0) {
    keep(kTemperature, number);
  }
  if (nvml_.memory != nullptr && nvml_.memory(handle, &memory) == 0) {
    keep(kUsedMemory, memory.used_bytes);
    keep(kFreeMemory, memory.free_bytes);
    keep(kTotalMemory, memory.total_bytes);
  }
  if (nvml_.throttle_reasons != nullptr && nvml_.throttle_reasons(handle, &reasons) == 0) {
    keep(kReasons, reasons);
  }
  sample.time_ns = before_ns + (monotonic_ns() - before_ns) / 2;
  written_.store(written + 1, std::memory_order_release);
}

void NvmlSampler::begin() {
  read_.store(written_.load(std::memory_order_acquire), std::memory_order_release);
  has_told_state_ = false;
  for (std::uint32_t place = 0; place < kMostDevices; ++place) {
    track_plus_one_[place] = 0;
    devices_[place].has_told_total = false;
    devices_[place].last_ns = 0;
    for (std::int64_t& since_ns : devices_[place].reason_since_ns) since_ns = 0;
  }
}

void NvmlSampler::set_running(bool is_running) {
  is_running_.store(is_running ? 1 : 0, std::memory_order_release);
  if (is_running) collector::futex_wake(is_running_);
}

void NvmlSampler::drain(ChunkBuilder& builder, bool last) {
  const std::uint32_t state = state_.load(std::memory_order_acquire);
  if (!has_told_state_ && state != 0) {
    builder.add_property("cuda.nvml", state == 1 ? "read" : "not there");
    has_told_state_ = true;
  }
  const std::uint32_t written = written_.load(std::memory_order_acquire);
  std::uint32_t at = read_.load(std::memory_order_relaxed);
  for (; at != written; ++at) add(builder, samples_[at % kSamples]);
  read_.store(at, std::memory_order_release);
  if (!last) return;
  for (std::uint32_t i = 0; i < device_count_.load(std::memory_order_relaxed); ++i) {
    add_reasons(builder, devices_[i], 0, devices_[i].last_ns);
  }
}

void NvmlSampler::add(ChunkBuilder& builder, const Sample& sample) {
  Device& device = devices_[sample.place];
  device.last_ns = sample.time_ns;
  char text[64];
  for (std::uint32_t value = 0; value < std::size(kQuantities); ++value) {
    if ((sample.known >> value & 1) == 0) continue;
    snprintf(text, sizeof text, "GPU %u %s", device.device, kQuantities[value].name);
    builder.add_counter(builder.name(text, proto::Category::other), text, sample.time_ns,
                        static_cast<double>(sample.value[value]) * kQuantities[value].scale);
  }
  if (!device.has_told_total && (sample.known >> kTotalMemory & 1) != 0) {
    char number[24];
    snprintf(text, sizeof text, "gpu%u.total_memory_bytes", device.device);
    snprintf(number, sizeof number, "%llu",
             static_cast<unsigned long long>(sample.value[kTotalMemory]));
    builder.add_property(text, number);
    device.has_told_total = true;
  }
  if ((sample.known >> kReasons & 1) != 0) {
    add_reasons(builder, device, sample.value[NvmlSampler::kReasons], sample.time_ns);
  }
}

// An interval lies between the first sample that has the reason and the first that has not.
void NvmlSampler::add_reasons(ChunkBuilder& builder, Device& device, std::uint64_t reasons,
                              std::int64_t time_ns) {
  static_assert(std::size(cuda::kReasons) == kReasonCount);
  for (std::uint32_t i = 0; i < kReasonCount; ++i) {
    std::int64_t& since_ns = device.reason_since_ns[i];
    const bool holds = (reasons & cuda::kReasons[i].bit) != 0;
    if (holds && since_ns == 0) since_ns = time_ns;
    if (holds || since_ns == 0) continue;
    add_interval(builder, device, i, since_ns, time_ns);
    since_ns = 0;
  }
}

void NvmlSampler::add_interval(ChunkBuilder& builder, const Device& device, std::uint32_t reason,
                               std::int64_t from_ns, std::int64_t until_ns) {
  std::uint32_t& track = track_plus_one_[&device - devices_];
  if (track == 0) {
    char name[32];
    snprintf(name, sizeof name, "GPU %u clocks", device.device);
    proto::TrackDefinition definition;
    definition.kind = proto::TrackKind::process;
    definition.pid = getpid();
    track = builder.add_track(definition, name) + 1;
  }
  builder.add_slice(track - 1, from_ns, until_ns - from_ns,
                    builder.name(cuda::kReasons[reason].name, proto::Category::other));
}

}  // namespace tbprof::cuda
