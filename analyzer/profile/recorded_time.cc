#include "analyzer/profile/recorded_time.h"

namespace tbprof::analyzer::profile {

std::int64_t recorded_ns(const trace::Trace& trace) {
  if (!trace.windows().is_windowed) return trace.duration_ns();
  std::int64_t total_ns = 0;
  for (const trace::RecordingWindow& window : trace.windows().windows) {
    // The windows of a damaged file may overlap, and be of any length.
    if (__builtin_add_overflow(total_ns, window.end_ns - window.start_ns, &total_ns)) {
      return INT64_MAX;
    }
  }
  return total_ns;
}

}  // namespace tbprof::analyzer::profile
