// When a trace was recorded, if not throughout: its windows, and the steps outside of them, of
// which only number and times are known. Values; immutable inside of a Trace: any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proto/trace_records.h"

namespace tbprof::analyzer::trace {

struct RecordingWindow {
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  proto::WindowCause cause = proto::WindowCause::steps;
  std::string label;
};

struct NotedStep {
  std::int64_t number = 0;
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
  std::int64_t end_ns() const { return start_ns + duration_ns; }
};

struct RecordingWindows {
  bool is_windowed = false;              // false: recorded throughout, and nothing follows
  std::vector<RecordingWindow> windows;  // by start; they do not overlap
  std::vector<NotedStep> noted_steps;    // by start

  // The last window that had begun by then.
  std::optional<std::size_t> last_begun_by(std::int64_t time_ns) const {
    const auto after = std::upper_bound(
        windows.begin(), windows.end(), time_ns,
        [](std::int64_t time, const RecordingWindow& window) { return time < window.start_ns; });
    if (after == windows.begin()) return std::nullopt;
    return static_cast<std::size_t>(after - windows.begin()) - 1;
  }
  // Whether the whole stretch lies in one window.
  bool holds(std::int64_t start_ns, std::int64_t end_ns) const {
    if (!is_windowed) return true;
    const auto window = last_begun_by(start_ns);
    return window && end_ns <= windows[*window].end_ns;
  }
};

}  // namespace tbprof::analyzer::trace
