// What is known of CUPTI's memory on the GPU from the records that came: in each context a record
// with a time of the device took a place in a buffer there. Once those buffers are full, times are
// zero or reversed, and none after that is to be trusted. Values. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tbprof::cuda {

// CUPTI rounds its buffers up to 4 MiB; of a size just below, a third more records fit than in its
// default one.
inline constexpr std::size_t kDeviceBufferBytes = 4'190'000;
inline constexpr std::uint64_t kDeviceBufferMemoryBytes = std::uint64_t{4} << 20;
inline constexpr std::uint64_t kDeviceBufferRecords = kDeviceBufferBytes / 32;
inline constexpr std::uint32_t kPreAllocatedDeviceBuffers = 4;

class DeviceTimes {
 public:
  // Of a budget in MiB: how many buffers CUPTI may take in each context.
  static std::uint32_t buffers_of_budget(std::uint32_t budget_mib) {
    return budget_mib / 4 > 0 ? budget_mib / 4 : 1;
  }

  void set_buffer_limit(std::uint32_t buffers) { buffer_limit_ = buffers; }
  // A record with a time; whether that time is doubtful. Records come in no order, but correlation
  // ids rise in the order of the calls.
  bool add_good(std::uint32_t device, std::uint32_t context, std::uint32_t correlation_id);
  void add_bad(std::uint32_t device, std::uint32_t context, std::uint32_t correlation_id);

  // The most GPU memory that CUPTI's records can have taken on a device, if none of it came back.
  std::uint64_t most_memory_bytes(std::uint32_t device) const;
  // Whether a context has used nearly all places that its buffers have.
  bool is_nearly_full() const { return is_nearly_full_; }

 private:
  struct Context {
    std::uint32_t device = 0;
    std::uint32_t context = 0;
    std::uint64_t records = 0;
    std::uint32_t first_bad = UINT32_MAX;  // correlation id
  };
  Context& context_of(std::uint32_t device, std::uint32_t context);

  std::uint32_t buffer_limit_ = 32;
  std::vector<Context> contexts_;  // few
  std::size_t last_ = 0;           // index of the one asked for last
  bool is_nearly_full_ = false;
};

}  // namespace tbprof::cuda
