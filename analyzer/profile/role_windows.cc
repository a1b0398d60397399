#include "analyzer/profile/role_windows.h"

#include <utility>

namespace tbprof::analyzer::profile {

RoleWindows::RoleWindows(const trace::Trace& trace, const WorkRoles& roles) : trace_(trace) {
  for (const trace::Track& track : trace.tracks()) {
    const std::span<const WorkRole> of_track = roles.of(track.kind);
    if (of_track.empty()) continue;
    bool is_outermost = true;
    for (const trace::Lane& lane : trace.lanes_of(track)) {
      places_.push_back(
          {of_track, lane.first_slice, lane.first_slice + lane.slice_count, is_outermost});
      is_outermost = false;
      wait(places_.size() - 1);
    }
  }
}

RoleIntervals RoleWindows::runs_of(const LanePlace& place, const LanePlace* above,
                                   std::int64_t until_ns) const {
  RoleIntervals runs;
  const auto start_ns = trace_.start_column_ns();
  const auto name = trace_.name_column();
  const auto end_ns = [&](trace::SliceId id) {
    return start_ns[id] + trace_.slice_duration_ns(id);
  };
  trace::SliceId holder = above != nullptr ? above->next : 0;
  const trace::SliceId holders_end = above != nullptr ? above->end : 0;
  for (trace::SliceId id = place.next; id < place.end && start_ns[id] < until_ns; ++id) {
    const WorkRole role = place.roles[name[id]];
    if (role == WorkRole::none) continue;
    const std::int64_t slice_end_ns = end_ns(id);
    while (holder < holders_end && end_ns(holder) < slice_end_ns) ++holder;
    const bool adds_nothing = holder < holders_end && start_ns[holder] <= start_ns[id] &&
                              place.roles[name[holder]] <= role;
    if (!adds_nothing) runs[static_cast<std::size_t>(role)].append(start_ns[id], slice_end_ns);
  }
  return runs;
}

void RoleWindows::wait(std::size_t place) {
  if (places_[place].next == places_[place].end) return;
  waiting_.push({trace_.start_column_ns()[places_[place].next], place});
}

RoleIntervals RoleWindows::between(std::int64_t from_ns, std::int64_t until_ns) {
  std::array<IntervalUnion, kWorkRoleCount> unions;
  for (; !waiting_.empty() && waiting_.top().start_ns < until_ns; waiting_.pop()) {
    open_.push_back(waiting_.top().place);
  }
  std::size_t still_open = 0;
  for (const std::size_t index : open_) {
    LanePlace& place = places_[index];
    while (place.next < place.end &&
           trace_.start_column_ns()[place.next] + trace_.slice_duration_ns(place.next) <= from_ns) {
      ++place.next;
    }
    if (place.next == place.end || trace_.start_column_ns()[place.next] >= until_ns) {
      wait(index);
      continue;
    }
    open_[still_open++] = index;
    // Its place may be behind the window's start; runs_of steps over what ended before.
    const LanePlace* above = place.is_outermost ? nullptr : &place - 1;
    RoleIntervals runs = runs_of(place, above, until_ns);
    for (std::size_t role = 0; role < kWorkRoleCount; ++role) {
      unions[role].add(std::move(runs[role]));
    }
  }
  open_.resize(still_open);
  RoleIntervals result;
  for (std::size_t role = 0; role < kWorkRoleCount; ++role) result[role] = unions[role].take();
  return result;
}

}  // namespace tbprof::analyzer::profile
