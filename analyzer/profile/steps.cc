#include "analyzer/profile/steps.h"

#include <algorithm>
#include <cmath>

#include "analyzer/profile/step_extent.h"

namespace tbprof::analyzer::profile {

namespace {

void find_slow(StepTable& table) {
  const Distribution& d = table.duration;
  const double spread =
      std::max(3 * 1.4826 * static_cast<double>(d.mad), 0.1 * static_cast<double>(d.median));
  table.slow_above_ns = d.median + static_cast<std::int64_t>(std::llround(spread));
  for (std::size_t i = 0; i < table.steps.size(); ++i) {
    const StepTime& step = table.steps[i];
    if (!step.complete || step.duration_ns <= table.slow_above_ns) continue;
    table.slow.push_back({i, step.duration_ns - d.median});
  }
  std::stable_sort(
      table.slow.begin(), table.slow.end(),
      [](const SlowStep& left, const SlowStep& right) { return left.excess_ns > right.excess_ns; });
}

void measure_between(const trace::RecordingWindows& windows, StepTable& table) {
  if (table.steps.empty()) return;
  std::int64_t until_ns = table.steps[0].end_ns();  // of the steps so far, which may overlap
  for (const StepTime& step : table.steps) {
    const bool is_recorded = windows.holds(until_ns, step.start_ns);
    if (is_recorded) table.between_ns += std::max<std::int64_t>(0, step.start_ns - until_ns);
    until_ns = std::max(until_ns, step.end_ns());
  }
}

}  // namespace

StepTable step_table(const trace::Trace& trace) {
  StepTable table;
  const std::vector<StepExtent> extents = step_extents(trace);
  std::vector<std::int64_t> durations;
  for (std::size_t i = 0; i < extents.size(); ++i) {
    const trace::Step& marked = trace.steps()[i];
    const StepExtent& extent = extents[i];
    table.steps.push_back({marked.number, extent.start_ns, extent.duration_ns(), marked.start_ns,
                           marked.duration_ns, extent.complete, marked.track, marked.name});
    if (extent.complete) durations.push_back(extent.duration_ns());
    if (extent.start_ns != marked.start_ns || extent.end_ns != marked.end_ns()) {
      table.includes_device_work = true;
    }
  }
  table.duration = distribution_of(std::move(durations));
  find_slow(table);
  measure_between(trace.windows(), table);
  return table;
}

}  // namespace tbprof::analyzer::profile
