#include "analyzer/timeline/slice_details.h"

#include <algorithm>
#include <unordered_map>

#include "analyzer/profile/nesting_walk.h"
#include "analyzer/profile/sampled_words.h"

namespace tbprof::analyzer::timeline {

namespace {

using trace::Lane;
using trace::Slice;
using trace::SliceId;
using trace::Trace;

void add_children(const Trace& trace, SliceDetails& details) {
  std::unordered_map<trace::NameId, ChildSum> sums;
  details.self_ns = details.slice.duration_ns;
  profile::NestingWalk walk(trace, details.slice.id);
  while (walk.next()) {
    if (walk.parent() != details.slice.id) continue;
    ChildSum& sum = sums[walk.slice().name];
    sum.name = walk.slice().name;
    sum.total_ns += walk.slice().duration_ns;
    ++sum.count;
    ++details.child_count;
    details.self_ns -= walk.taken_ns();
  }
  for (const auto& [name, sum] : sums) details.children.push_back(sum);
  std::sort(details.children.begin(), details.children.end(),
            [](const ChildSum& a, const ChildSum& b) {
              return a.total_ns != b.total_ns ? a.total_ns > b.total_ns : a.name < b.name;
            });
  if (details.children.size() > kMostChildren) details.children.resize(kMostChildren);
}

void add_attributes(const Trace& trace, SliceDetails& details) {
  for (const trace::Attribute& attribute : trace.attributes()) {
    const auto range =
        std::equal_range(attribute.slice.begin(), attribute.slice.end(), details.slice.id);
    for (auto at = range.first; at != range.second; ++at) {
      const auto value = attribute.value[static_cast<std::size_t>(at - attribute.slice.begin())];
      details.attributes.emplace_back(attribute.key, trace.value_text(value));
    }
  }
}

// What the slice's thread was seen doing, where it was looked at several times in it.
void add_samples(const Trace& trace, SliceDetails& details) {
  constexpr std::int64_t kShortestNs = 20'000'000;
  const trace::Slice& slice = details.slice;
  if (slice.duration_ns < kShortestNs) return;
  const auto stretch =
      profile::sampled_stretch(trace, details.track, slice.start_ns, slice.end_ns());
  if (stretch) details.attributes.emplace_back("thread", profile::sampled_words(*stretch));
}

void add_alike(const Trace& trace, SliceDetails& details) {
  const trace::Track& track = trace.tracks()[details.track];
  const Lane& first_lane = trace.lanes()[track.first_lane];
  const Lane& last_lane = trace.lanes()[track.first_lane + track.lane_count - 1];
  const SliceId track_end = last_lane.first_slice + last_lane.slice_count;
  const auto names = trace.name_column();
  NameSum& sum = details.alike;
  for (SliceId id = 0; id < names.size(); ++id) {
    if (names[id] != details.slice.name) continue;
    const std::int64_t duration = trace.slice_duration_ns(id);
    sum.shortest_ns = sum.count == 0 ? duration : std::min(sum.shortest_ns, duration);
    sum.longest_ns = std::max(sum.longest_ns, duration);
    sum.total_ns += duration;
    ++sum.count;
    if (id < first_lane.first_slice || id >= track_end) continue;
    ++sum.on_track;
    if (trace.start_column_ns()[id] < details.slice.start_ns) ++sum.before;
  }
}

// Device work belongs to the step whose marks hold its launch, however late it runs.
std::optional<std::uint32_t> step_of(const TimelineIndex& index, const SliceDetails& details) {
  if (!details.launched_by.empty()) {
    return index.step_marked_at(details.launched_by.front().start_ns);
  }
  const bool on_device = index.trace().tracks()[details.track].kind == trace::TrackKind::stream;
  return on_device ? index.step_during(details.slice.start_ns)
                   : index.step_marked_at(details.slice.start_ns);
}

// The nearest slice of the name after or before the time in one lane; kNone if there is none.
SliceId nearest_alike(const SliceRow& row, std::uint32_t name, std::int64_t time_ns, bool forward) {
  std::uint32_t at = row.first_starting(forward ? time_ns + 1 : time_ns, 0);
  if (forward) {
    while (at < row.size() && row.name(at) != name) ++at;
    return at < row.size() ? row.id(at) : trace::kNone;
  }
  while (at > 0) {
    if (row.name(--at) == name) return row.id(at);
  }
  return trace::kNone;
}

std::optional<SliceId> alike(const TimelineIndex& index, const Slice& slice, const Lane& lane,
                             bool forward) {
  const Trace& trace = index.trace();
  const trace::Track& track = trace.tracks()[lane.track];
  SliceId best = trace::kNone;
  for (std::uint32_t depth = 0; depth < track.lane_count; ++depth) {
    const SliceId id = nearest_alike(index.lane(track.first_lane + depth).row, slice.name,
                                     slice.start_ns, forward);
    if (id == trace::kNone) continue;
    const auto start = trace.start_column_ns();
    if (best == trace::kNone || (forward ? start[id] < start[best] : start[id] > start[best])) {
      best = id;
    }
  }
  if (best == trace::kNone) return std::nullopt;
  return best;
}

}  // namespace

proto::Result<SliceDetails> slice_details(const TimelineIndex& index, SliceId id) {
  const Trace& trace = index.trace();
  if (id >= trace.slice_count()) {
    return proto::Error{proto::ErrorCode::not_found, "There is no slice " + std::to_string(id) +
                                                         ": the capture has " +
                                                         std::to_string(trace.slice_count()) + "."};
  }
  SliceDetails details;
  details.slice = trace.slice(id);
  const Lane& lane = trace.lane_of(id);
  details.track = lane.track;
  details.depth = lane.depth;
  for (auto parent = trace.parent_of(id); parent; parent = trace.parent_of(*parent)) {
    details.parents.push_back(trace.slice(*parent));
  }
  add_children(trace, details);
  add_attributes(trace, details);
  add_samples(trace, details);
  for (const trace::Link& link : trace.links_from(id)) {
    if (details.launch_count++ < kMostLinks) details.launches.push_back(trace.slice(link.to));
  }
  for (const trace::Link& link : trace.links_to(id)) {
    if (details.launched_by.size() < kMostLinks) {
      details.launched_by.push_back(trace.slice(link.from));
    }
  }
  details.step = step_of(index, details);
  add_alike(trace, details);
  return details;
}

std::optional<SliceId> find_slice(const TimelineIndex& index, const PictureTrack& track,
                                  std::int64_t start_ns, std::string_view name) {
  if (track.kind != PictureTrackKind::stream && track.kind != PictureTrackKind::thread) {
    return std::nullopt;
  }
  const trace::Track& source = index.trace().tracks()[track.source];
  for (std::uint32_t depth = 0; depth < source.lane_count; ++depth) {
    const SliceRow& row = index.lane(source.first_lane + depth).row;
    for (std::uint32_t i = row.first_starting(start_ns, 0);
         i < row.size() && row.start_ns(i) == start_ns; ++i) {
      if (index.trace().names()[row.name(i)].text == name) return row.id(i);
    }
  }
  return std::nullopt;
}

std::optional<Way> way_of(std::string_view text) {
  if (text == "next") return Way::next;
  if (text == "previous") return Way::previous;
  if (text == "up") return Way::up;
  if (text == "down") return Way::down;
  if (text == "next_alike") return Way::next_alike;
  if (text == "previous_alike") return Way::previous_alike;
  return std::nullopt;
}

std::optional<SliceId> neighbour_of(const TimelineIndex& index, SliceId id, Way way) {
  const Trace& trace = index.trace();
  if (id >= trace.slice_count()) return std::nullopt;
  const Lane& lane = trace.lane_of(id);
  const Slice slice = trace.slice(id);
  switch (way) {
    case Way::next:
      if (id + 1 < lane.first_slice + lane.slice_count) return id + 1;
      return std::nullopt;
    case Way::previous:
      if (id > lane.first_slice) return id - 1;
      return std::nullopt;
    case Way::up:
      return trace.parent_of(id);
    case Way::down: {
      profile::NestingWalk walk(trace, id);
      while (walk.next()) {
        if (walk.parent() == id) return walk.slice().id;
      }
      return std::nullopt;
    }
    case Way::next_alike:
    case Way::previous_alike:
      return alike(index, slice, lane, way == Way::next_alike);
  }
  return std::nullopt;
}

}  // namespace tbprof::analyzer::timeline
