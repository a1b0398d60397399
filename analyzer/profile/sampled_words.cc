#include "analyzer/profile/sampled_words.h"

#include <cmath>
#include <cstdint>

namespace tbprof::analyzer::profile {

std::string sampled_words(const SampledStretch& stretch) {
  const SampledTime& time = stretch.time;
  const auto percent = [&](std::int64_t part_ns) {
    const double share = static_cast<double>(part_ns) / static_cast<double>(time.seen_ns);
    return std::to_string(std::lround(100 * share)) + " %";
  };
  std::string text;
  if (time.seen_ns > 0) {
    text = percent(time.cpu_ns) + " on a CPU";
    if (time.waiting_ns * 200 >= time.seen_ns) {
      text += ", " + percent(time.waiting_ns) + " waiting";
      if (!stretch.places.empty()) text += ", mostly in " + stretch.places[0].name;
    }
    if (time.delay_ns * 200 >= time.seen_ns) {
      text += ", " + percent(time.delay_ns) + " ready but on none";
    }
  }
  const char* unit = time.looks == 1 ? " look" : " looks";
  return (text.empty() ? "" : text + " ") + "(" + std::to_string(time.looks) + unit + ")";
}

}  // namespace tbprof::analyzer::profile
