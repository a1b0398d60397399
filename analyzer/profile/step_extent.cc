#include "analyzer/profile/step_extent.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>

#include "analyzer/profile/work_role.h"

namespace tbprof::analyzer::profile {

namespace {

constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::max();

struct Launched {
  std::int64_t first_start_ns = kNoTime;
  std::int64_t last_end_ns = 0;
  std::uint64_t count = 0;
};

bool overlap(std::span<const trace::Step> steps) {
  for (std::size_t i = 1; i < steps.size(); ++i) {
    if (steps[i].start_ns < steps[i - 1].end_ns()) return true;
  }
  return false;
}

// The step whose marks hold the whole slice. REQUIRES: steps do not overlap.
std::optional<std::size_t> step_holding(std::span<const trace::Step> steps,
                                        const trace::Slice& slice) {
  const auto after = std::upper_bound(
      steps.begin(), steps.end(), slice.start_ns,
      [](std::int64_t time_ns, const trace::Step& s) { return time_ns < s.start_ns; });
  if (after == steps.begin() || slice.end_ns() > (after - 1)->end_ns()) return std::nullopt;
  return static_cast<std::size_t>(after - 1 - steps.begin());
}

bool is_host_slice(const trace::Trace& trace, trace::SliceId id) {
  return trace.tracks()[trace.lane_of(id).track].kind == trace::TrackKind::thread;
}

// What each step launched; `in_a_step` is set for every device slice that a step launched.
std::vector<Launched> launched_by_step(const trace::Trace& trace, const WorkRoles& roles,
                                       std::vector<bool>& in_a_step) {
  std::vector<Launched> launched(trace.steps().size());
  for (const trace::Link& link : trace.links_by_from()) {
    const trace::Slice work = trace.slice(link.to);
    if (roles.on_device(work.name) == WorkRole::none || !is_host_slice(trace, link.from)) continue;
    const auto step = step_holding(trace.steps(), trace.slice(link.from));
    if (!step) continue;
    Launched& entry = launched[*step];
    entry.first_start_ns = std::min(entry.first_start_ns, work.start_ns);
    entry.last_end_ns = std::max(entry.last_end_ns, work.end_ns());
    ++entry.count;
    in_a_step[link.to] = true;
  }
  return launched;
}

// When the work is done that no step launched and that ended before the first step's own began.
std::int64_t leftover_end_ns(const trace::Trace& trace, const WorkRoles& roles,
                             const std::vector<bool>& in_a_step, std::int64_t before_ns) {
  std::int64_t last_ns = 0;
  for (const trace::Track& track : trace.tracks()) {
    if (track.kind != trace::TrackKind::stream) continue;
    for (const trace::Lane& lane : trace.lanes_of(track)) {
      for (trace::SliceId id = lane.first_slice; id < lane.first_slice + lane.slice_count; ++id) {
        const trace::Slice slice = trace.slice(id);
        if (slice.end_ns() >= before_ns) break;
        if (in_a_step[id] || roles.on_device(slice.name) == WorkRole::none) continue;
        last_ns = std::max(last_ns, slice.end_ns());
      }
    }
  }
  return last_ns;
}

void mark_tail_incomplete(std::vector<StepExtent>& extents) {
  const auto launching =
      std::count_if(extents.begin(), extents.end(),
                    [](const StepExtent& extent) { return extent.launched_count > 0; });
  if (static_cast<std::size_t>(launching) * 3 < extents.size()) return;
  for (std::size_t i = extents.size(); i > 0 && extents[i - 1].launched_count == 0; --i) {
    extents[i - 1].complete = false;
  }
}

}  // namespace

std::vector<StepExtent> step_extents(const trace::Trace& trace) {
  std::vector<StepExtent> extents;
  for (const trace::Step& step : trace.steps()) {
    extents.push_back({step.start_ns, step.end_ns(), 0, step.complete});
  }
  if (extents.empty() || trace.links_by_from().empty() || overlap(trace.steps())) return extents;
  const WorkRoles roles(trace);
  std::vector<bool> in_a_step(trace.slice_count(), false);
  const std::vector<Launched> launched = launched_by_step(trace, roles, in_a_step);
  if (std::all_of(launched.begin(), launched.end(),
                  [](const Launched& entry) { return entry.count == 0; })) {
    return extents;
  }
  std::int64_t previous_end_ns = extents[0].start_ns;
  if (launched[0].count > 0) {
    previous_end_ns = std::max(
        previous_end_ns, leftover_end_ns(trace, roles, in_a_step, launched[0].first_start_ns));
  }
  for (std::size_t i = 0; i < extents.size(); ++i) {
    StepExtent& extent = extents[i];
    extent.launched_count = launched[i].count;
    extent.start_ns = std::max(extent.start_ns, previous_end_ns);
    extent.end_ns = std::max({extent.end_ns, extent.start_ns, launched[i].last_end_ns});
    previous_end_ns = extent.end_ns;
  }
  mark_tail_incomplete(extents);
  return extents;
}

}  // namespace tbprof::analyzer::profile
