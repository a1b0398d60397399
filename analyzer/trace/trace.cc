#include "analyzer/trace/trace.h"

#include <algorithm>

namespace tbprof::analyzer::trace {

const char* recording_state_name(RecordingState state) {
  switch (state) {
    case RecordingState::live:
      return "live";
    case RecordingState::finished:
      return "finished";
    case RecordingState::cut:
      return "cut";
  }
  return "cut";
}

std::string_view Trace::property(std::string_view key) const {
  for (const proto::Property& property : properties_) {
    if (property.key == key) return property.value;
  }
  return {};
}

const Lane& Trace::lane_of(SliceId id) const {
  // Every lane holds at least one slice, so the first slices are strictly ascending.
  const auto next =
      std::upper_bound(lanes_.begin(), lanes_.end(), id,
                       [](SliceId slice, const Lane& lane) { return slice < lane.first_slice; });
  return *std::prev(next);
}

SliceId Trace::first_ending_after(const Lane& lane, std::int64_t time_ns) const {
  SliceId low = lane.first_slice;
  SliceId high = lane.first_slice + lane.slice_count;
  while (low < high) {
    const SliceId middle = low + (high - low) / 2;
    if (start_ns_[middle] + slice_duration_ns(middle) > time_ns) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

std::optional<SliceId> Trace::parent_of(SliceId id) const {
  const Lane& lane = lane_of(id);
  const std::int64_t start = start_ns_[id];
  const std::int64_t end = start + slice_duration_ns(id);
  // Where slices overlap, one stands lower than it is nested, or lower than one that began later:
  // of all that hold it, the last to begin is the nearest.
  std::optional<SliceId> nearest;
  for (std::uint32_t above = lane.depth; above-- > 0;) {
    const Lane& candidate = lanes_[tracks_[lane.track].first_lane + above];
    const SliceId holder = first_ending_after(candidate, start);
    if (holder == candidate.first_slice + candidate.slice_count) continue;
    if (start_ns_[holder] > start || start_ns_[holder] + slice_duration_ns(holder) < end) continue;
    if (!nearest || start_ns_[holder] > start_ns_[*nearest]) nearest = holder;
  }
  return nearest;
}

std::span<const Link> Trace::links_from(SliceId id) const {
  const auto [first, last] =
      std::equal_range(links_by_from_.begin(), links_by_from_.end(), Link{id, 0},
                       [](const Link& left, const Link& right) { return left.from < right.from; });
  return {first, last};
}

std::span<const Link> Trace::links_to(SliceId id) const {
  const auto [first, last] =
      std::equal_range(links_by_to_.begin(), links_by_to_.end(), Link{0, id},
                       [](const Link& left, const Link& right) { return left.to < right.to; });
  return {first, last};
}

std::int64_t Trace::long_duration_ns(SliceId id) const {
  const auto found =
      std::lower_bound(long_durations_.begin(), long_durations_.end(), id,
                       [](const auto& entry, SliceId slice) { return entry.first < slice; });
  return found->second;
}

namespace {

template <typename T>
std::size_t column_bytes(const std::vector<T>& column) {
  return column.capacity() * sizeof(T);
}

std::size_t text_bytes(const std::string& text) {
  return text.capacity() > std::string().capacity() ? text.capacity() + 1 : 0;
}

}  // namespace

std::size_t Trace::count_memory_bytes() const {
  std::size_t total = column_bytes(start_ns_) + column_bytes(duration_) + column_bytes(name_) +
                      column_bytes(long_durations_) + column_bytes(lanes_) + column_bytes(tracks_) +
                      column_bytes(names_) + column_bytes(steps_) + column_bytes(instants_) +
                      column_bytes(instant_facts_) + column_bytes(losses_) + column_bytes(values_) +
                      column_bytes(links_by_from_) + column_bytes(links_by_to_);
  for (const Name& name : names_) total += text_bytes(name.text);
  for (const std::string& value : values_) total += text_bytes(value);
  for (const Attribute& attribute : attributes_) {
    total += column_bytes(attribute.slice) + column_bytes(attribute.value);
  }
  for (const Counter& counter : counters_) {
    total += column_bytes(counter.time_ns) + column_bytes(counter.value);
  }
  return total + samples_.memory_bytes();
}

}  // namespace tbprof::analyzer::trace
