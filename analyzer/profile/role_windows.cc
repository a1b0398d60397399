#include "analyzer/profile/role_windows.h"

#include <utility>

namespace tbprof::analyzer::profile {

RoleWindows::RoleWindows(const trace::Trace& trace, const WorkRoles& roles) : trace_(trace) {
  for (const trace::Track& track : trace.tracks()) {
    const std::span<const WorkRole> of_track = roles.of(track.kind);
    if (of_track.empty()) continue;
    for (const trace::Lane& lane : trace.lanes_of(track)) {
      wait({0, lane.first_slice, lane.first_slice + lane.slice_count, of_track});
    }
  }
}

void RoleWindows::wait(LanePlace place) {
  const auto name = trace_.name_column();
  while (place.next < place.end && place.roles[name[place.next]] == WorkRole::none) ++place.next;
  if (place.next == place.end) return;
  place.start_ns = trace_.start_column_ns()[place.next];
  waiting_.push(place);
}

RoleIntervals RoleWindows::between(std::int64_t from_ns, std::int64_t until_ns) {
  for (IntervalSet& open : open_) {
    IntervalSet rest;
    for (const Interval& interval : open.intervals()) {
      if (interval.end_ns > from_ns) rest.append(interval.start_ns, interval.end_ns);
    }
    open = std::move(rest);
  }
  while (!waiting_.empty() && waiting_.top().start_ns < until_ns) {
    LanePlace place = waiting_.top();
    waiting_.pop();
    const std::int64_t end_ns = place.start_ns + trace_.slice_duration_ns(place.next);
    if (end_ns > from_ns) {
      const WorkRole role = place.roles[trace_.name_column()[place.next]];
      open_[static_cast<std::size_t>(role)].append(place.start_ns, end_ns);
    }
    ++place.next;
    wait(place);
  }
  return open_;
}

}  // namespace tbprof::analyzer::profile
