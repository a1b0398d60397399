#include "analyzer/profile/self_time.h"

#include <algorithm>

namespace tbprof::analyzer::profile {

std::vector<std::uint8_t> category_indices(const trace::Trace& trace,
                                           std::span<const proto::Category> categories) {
  std::vector<std::uint8_t> indices;
  for (const trace::Name& name : trace.names()) {
    const auto found = std::find(categories.begin(), categories.end(), name.category);
    indices.push_back(found == categories.end()
                          ? kNoCategory
                          : static_cast<std::uint8_t>(found - categories.begin()));
  }
  return indices;
}

SelfTimeWindows::SelfTimeWindows(const trace::Trace& trace, const trace::Track& track,
                                 std::span<const std::uint8_t> category_of_name)
    : trace_(trace), category_of_name_(category_of_name) {
  for (const trace::Lane& lane : trace.lanes_of(track)) {
    places_.push_back({lane.first_slice, lane.first_slice + lane.slice_count});
  }
  std::reverse(places_.begin(), places_.end());
}

// What is left after the lane's slices have taken their moments of it.
IntervalSet SelfTimeWindows::take_lane(const LanePlace& place, std::int64_t until_ns,
                                       const IntervalSet& left,
                                       std::span<std::int64_t> parts_ns) const {
  IntervalSet rest;
  rest.reserve(left.intervals().size());
  auto open = left.intervals().begin();
  const auto open_end = left.intervals().end();
  std::int64_t from_ns = open->start_ns;  // of what is not yet decided
  const auto pass_open = [&] {
    if (++open != open_end) from_ns = open->start_ns;
  };
  for (trace::SliceId id = place.next; id < place.end && open != open_end; ++id) {
    const std::int64_t start_ns = trace_.start_column_ns()[id];
    if (start_ns >= until_ns) break;
    const std::uint8_t key = category_of_name_[trace_.name_column()[id]];
    if (key == kNoCategory) continue;
    const std::int64_t end_ns = start_ns + trace_.slice_duration_ns(id);
    for (; open != open_end && open->end_ns <= start_ns; pass_open()) {
      rest.append(from_ns, open->end_ns);
    }
    for (; open != open_end && from_ns < end_ns; pass_open()) {
      rest.append(from_ns, start_ns);
      const std::int64_t taken_from_ns = std::max(from_ns, start_ns);
      const std::int64_t taken_until_ns = std::min(open->end_ns, end_ns);
      parts_ns[key] += std::max<std::int64_t>(0, taken_until_ns - taken_from_ns);
      from_ns = std::max(from_ns, taken_until_ns);
      if (open->end_ns > end_ns) break;
    }
  }
  for (; open != open_end; pass_open()) rest.append(from_ns, open->end_ns);
  return rest;
}

std::int64_t SelfTimeWindows::divide(std::int64_t from_ns, std::int64_t until_ns,
                                     std::span<std::int64_t> parts_ns) {
  IntervalSet left;
  left.append(from_ns, until_ns);
  for (LanePlace& place : places_) {
    while (place.next < place.end &&
           trace_.start_column_ns()[place.next] + trace_.slice_duration_ns(place.next) <= from_ns) {
      ++place.next;
    }
    if (!left.empty()) left = take_lane(place, until_ns, left, parts_ns);
  }
  return left.length_ns();
}

}  // namespace tbprof::analyzer::profile
