#include "analyzer/profile/nesting_walk.h"

#include <algorithm>

namespace tbprof::analyzer::profile {

NestingWalk::NestingWalk(const trace::Trace& trace, const trace::Track& track) : trace_(trace) {
  for (const trace::Lane& lane : trace.lanes_of(track)) {
    add_level(lane.first_slice, lane.first_slice + lane.slice_count);
  }
  note_earliest();
}

NestingWalk::NestingWalk(const trace::Trace& trace, trace::SliceId within) : trace_(trace) {
  const trace::Slice outer = trace.slice(within);
  const auto starts = trace.start_column_ns();
  // Of any lane: where slices overlap, one that stands above may lie inside or between.
  for (const trace::Lane& lane : trace.lanes_of(trace.tracks()[trace.lane_of(within).track])) {
    const trace::SliceId first = trace.first_ending_after(lane, outer.start_ns - 1);
    const auto of_lane = starts.subspan(first, lane.first_slice + lane.slice_count - first);
    const auto after = std::lower_bound(of_lane.begin(), of_lane.end(), outer.end_ns());
    add_level(first, first + static_cast<trace::SliceId>(after - of_lane.begin()));
  }
  note_earliest();
}

void NestingWalk::add_level(trace::SliceId first, trace::SliceId end) {
  Level level;
  level.next = first;
  level.end = end;
  if (first < end) level.start_ns = trace_.start_column_ns()[first];
  levels_.push_back(level);
}

void NestingWalk::note_earliest() {
  std::int64_t earliest_ns = kNever;
  for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
    earliest_ns = level->earliest_ns = std::min(earliest_ns, level->start_ns);
  }
}

bool NestingWalk::next() {
  if (levels_.empty()) return false;
  for (;;) {
    Level& level = levels_[at_];
    const bool is_last = at_ + 1 == levels_.size();
    const std::int64_t below_ns = is_last ? kNever : levels_[at_ + 1].earliest_ns;
    const std::int64_t next_ns = std::min(level.start_ns, below_ns);
    if (next_ns >= level.until_ns) {
      level.earliest_ns = next_ns;
      if (at_ == 0) return false;
      --at_;
    } else if (level.start_ns <= below_ns) {
      take(level);
      return true;
    } else {
      levels_[at_ + 1].until_ns = std::min(level.start_ns, level.until_ns);
      ++at_;
    }
  }
}

void NestingWalk::take(Level& level) {
  slice_ = trace_.slice(level.next++);
  level.start_ns = level.next < level.end ? trace_.start_column_ns()[level.next] : kNever;
  const std::int64_t end_ns = slice_.end_ns();
  level.open = slice_.id;
  level.open_start_ns = slice_.start_ns;
  level.open_end_ns = end_ns;
  level.taken_until_ns = slice_.start_ns;
  if (at_ + 1 < levels_.size() && levels_[at_ + 1].reach_ns > slice_.start_ns) {
    overlapping_until_ns_ = std::max(overlapping_until_ns_, levels_[at_ + 1].reach_ns);
  }
  // A holder reaches as far, so this ends at once where slices nest.
  for (std::size_t i = at_ + 1; i-- > 0 && levels_[i].reach_ns < end_ns;) {
    levels_[i].reach_ns = end_ns;
  }
  parent_ = trace::kNone;
  taken_ns_ = 0;
  if (Level* holder = find_holder(); holder != nullptr) {
    parent_ = holder->open;
    taken_ns_ =
        std::max<std::int64_t>(0, end_ns - std::max(slice_.start_ns, holder->taken_until_ns));
    holder->taken_until_ns = std::max(holder->taken_until_ns, end_ns);
  }
}

// Of the open slices above that hold the current one the last to begin.
NestingWalk::Level* NestingWalk::find_holder() {
  const std::int64_t end_ns = slice_.end_ns();
  Level* nearest = nullptr;
  for (std::size_t above = at_; above-- > 0;) {
    Level& level = levels_[above];
    // A slice of no length on the boundary between two belongs to the second.
    if (level.open == trace::kNone || level.open_end_ns < end_ns ||
        level.open_end_ns <= slice_.start_ns) {
      continue;
    }
    if (nearest == nullptr || level.open_start_ns > nearest->open_start_ns) nearest = &level;
    if (slice_.start_ns >= overlapping_until_ns_) break;
  }
  return nearest;
}

}  // namespace tbprof::analyzer::profile
