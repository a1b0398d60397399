#include "cuda/device_times.h"

#include <algorithm>

namespace tbprof::cuda {

DeviceTimes::Context& DeviceTimes::context_of(std::uint32_t device, std::uint32_t context) {
  const auto is_it = [&](const Context& known) {
    return known.context == context && known.device == device;
  };
  if (last_ < contexts_.size() && is_it(contexts_[last_])) return contexts_[last_];
  for (last_ = 0; last_ < contexts_.size(); ++last_) {
    if (is_it(contexts_[last_])) return contexts_[last_];
  }
  contexts_.push_back({device, context, 0, UINT32_MAX});
  return contexts_.back();
}

bool DeviceTimes::add_good(std::uint32_t device, std::uint32_t context,
                           std::uint32_t correlation_id) {
  Context& known = context_of(device, context);
  ++known.records;
  // A tenth is left for what is on its way.
  is_nearly_full_ |= known.records * 10 >= kDeviceBufferRecords * buffer_limit_ * 9;
  return correlation_id >= known.first_bad;
}

void DeviceTimes::add_bad(std::uint32_t device, std::uint32_t context,
                          std::uint32_t correlation_id) {
  Context& known = context_of(device, context);
  ++known.records;
  known.first_bad = std::min(known.first_bad, correlation_id);
}

std::uint64_t DeviceTimes::most_memory_bytes(std::uint32_t device) const {
  std::uint64_t buffers = 0;
  for (const Context& known : contexts_) {
    if (known.device != device) continue;
    const std::uint64_t filled = (known.records + kDeviceBufferRecords - 1) / kDeviceBufferRecords;
    const std::uint64_t least = std::min(kPreAllocatedDeviceBuffers, buffer_limit_);
    buffers += std::clamp<std::uint64_t>(filled, least, buffer_limit_);
  }
  return buffers * kDeviceBufferMemoryBytes;
}

}  // namespace tbprof::cuda
