// What a slice is about. The numbers are part of the trace format: add at the end, never renumber.
// Immutable. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tbprof::proto {

enum class Category : std::uint8_t {
  other = 0,
  step = 1,
  input = 2,
  forward = 3,
  backward = 4,
  optimizer = 5,
  communication = 6,
  checkpoint = 7,
  // From here on: what an importer or the CUDA collector finds, not what the API offers.
  kernel = 8,
  memcpy = 9,
  memset = 10,
  synchronization = 11,
  runtime_api = 12,
  driver_api = 13,
  cpu_operator = 14,
  python = 15,
  annotation = 16,
  gpu_annotation = 17,
  overhead = 18,
  memory = 19,
  loading = 20,
};

inline constexpr std::size_t kCategoryCount = 21;

// The name used in JSON, CSV and the browser, for example "runtime_api"; "other" if out of range.
const char* category_name(Category category);

// Work of the device itself (kernel, memcpy, memset): what counts as busy.
inline bool is_device_work(Category category) {
  return category == Category::kernel || category == Category::memcpy ||
         category == Category::memset;
}

}  // namespace tbprof::proto
