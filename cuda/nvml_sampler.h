// Reads clocks, power, temperature, what holds the clocks back, and free memory of the GPUs that do
// something, ten times a second, on a thread of its own: the driver may take milliseconds for it.
// One in a process, in static memory, never destroyed: its thread runs until the process ends.
// watch(), set_running(), drain(), begin(): the writer thread.
#pragma once

#include <atomic>
#include <cstdint>

#include "collector/chunk_builder.h"
#include "cuda/nvml_library.h"

namespace tbprof::cuda {

class NvmlSampler {
 public:
  static constexpr std::uint32_t kMostDevices = 16;

  // A device of CUDA's, by its 16 bytes of id, to be read from now on. Starts the thread.
  void watch(std::uint32_t device, const std::uint8_t (&uuid)[16], bool is_part);
  // A recording begins: nothing of the one before is carried over.
  void begin();
  // Any thread, without waiting.
  void set_running(bool is_running);
  // Adds what was read: counters, and an interval for each reason that held the clocks back.
  // `last`: intervals that have not ended end now.
  void drain(collector::ChunkBuilder& builder, bool last);

 private:
  enum Value : std::uint8_t {
    kSmClock,
    kMemoryClock,
    kPower,
    kTemperature,
    kUsedMemory,
    kFreeMemory,
    kTotalMemory,
    kReasons,
    kValueCount,
  };
  static constexpr std::uint32_t kReasonCount = 8;
  struct Sample {
    std::int64_t time_ns = 0;
    std::uint32_t place = 0;  // of the device in devices_
    std::uint32_t known = 0;  // a bit for each value
    std::uint64_t value[kValueCount] = {};
  };
  struct Device {
    std::uint32_t device = 0;
    char uuid[48] = {};
    NvmlDevice* handle = nullptr;
    bool is_refused = false;
    std::int64_t reason_since_ns[kReasonCount] = {};  // 0: it does not hold the clocks back now
    std::int64_t last_ns = 0;                         // of the newest sample
    bool has_told_total = false;
  };
  // One thread writes and one reads; what finds no room is left out.
  static constexpr std::uint32_t kSamples = 256;

  bool start_thread();
  static void* thread_main(void* self);
  void run();
  void read(std::uint32_t place);
  void add(collector::ChunkBuilder& builder, const Sample& sample);
  void add_reasons(collector::ChunkBuilder& builder, Device& device, std::uint64_t reasons,
                   std::int64_t time_ns);
  void add_interval(collector::ChunkBuilder& builder, const Device& device, std::uint32_t reason,
                    std::int64_t from_ns, std::int64_t until_ns);

  NvmlLibrary nvml_;
  Device devices_[kMostDevices];
  std::atomic<std::uint32_t> device_count_{0};
  Sample samples_[kSamples];
  std::atomic<std::uint32_t> written_{0};
  std::atomic<std::uint32_t> read_{0};
  std::atomic<std::uint32_t> is_running_{1};  // futex
  std::atomic<std::uint32_t> state_{0};       // 0 starting, 1 reads, 2 there is no NVML
  bool has_thread_ = false;
  bool has_told_state_ = false;
  std::uint32_t track_plus_one_[kMostDevices] = {};
};

}  // namespace tbprof::cuda
