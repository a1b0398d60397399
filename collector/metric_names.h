// Lists of names of hardware metrics as TBPROF_METRICS and --metrics take them, and what bounds
// them. Stateless. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tbprof::collector {

inline constexpr std::size_t kMostMetrics = 16;
inline constexpr std::size_t kMostMetricBytes = 127;
inline constexpr std::uint32_t kLeastMetricsIntervalUs = 20;
inline constexpr std::uint32_t kMostMetricsIntervalUs = 1'000'000;

// Calls `each` with every name of the list, until it says false, and says whether none did.
template <typename Each>
bool for_each_metric(std::string_view list, Each each) {
  while (true) {
    const std::size_t comma = list.find(',') < list.size() ? list.find(',') : list.size();
    if (!each(list.substr(0, comma))) return false;
    if (comma == list.size()) return true;
    list.remove_prefix(comma + 1);
  }
}

inline bool is_letter_of_metric(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '_' || letter == '.';
}

// Whether the text is such a list, before there is a GPU to ask.
inline bool is_metric_list(std::string_view list) {
  std::size_t count = 0;
  return for_each_metric(list, [&](std::string_view name) {
    for (const char letter : name) {
      if (!is_letter_of_metric(letter)) return false;
    }
    return !name.empty() && name.size() <= kMostMetricBytes && ++count <= kMostMetrics;
  });
}

}  // namespace tbprof::collector
