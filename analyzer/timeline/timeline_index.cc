#include "analyzer/timeline/timeline_index.h"

#include <algorithm>

#include "analyzer/profile/device_busy.h"
#include "analyzer/timeline/busy_union.h"

namespace tbprof::analyzer::timeline {

namespace {

using trace::Track;
using trace::TrackId;
using trace::TrackKind;

// The track on which most steps were recorded, as a job may mark them on several.
TrackId track_of_steps(std::span<const trace::Step> steps) {
  std::map<TrackId, std::size_t> count;
  for (const trace::Step& step : steps) ++count[step.track];
  TrackId best = trace::kNone;
  std::size_t most = 0;
  for (const auto& [track, times] : count) {
    if (times > most) {
      most = times;
      best = track;
    }
  }
  return best;
}

bool only_device_work(const SliceRow& row, std::span<const proto::Category> category) {
  for (std::uint32_t i = 0; i < row.size(); ++i) {
    if (!proto::is_device_work(category[row.name(i)])) return false;
  }
  return true;
}

}  // namespace

TimelineIndex::TimelineIndex(const trace::Trace& trace) : trace_(&trace) {
  for (const trace::Name& name : trace.names()) name_categories_.push_back(name.category);
  RowTally tally = make_tally();
  lanes_.reserve(trace.lanes().size());
  for (const trace::Lane& lane : trace.lanes()) {
    const SliceRow row(trace, lane);
    lanes_.push_back({nullptr, row, RowPyramid(row, tally), TimeGrid(row, tally)});
  }
  for (const trace::Counter& counter : trace.counters()) counters_.emplace_back(counter.value);
  index_devices();
  index_busy_tracks();
  index_steps();
  for (std::uint32_t i = 0; i < trace.instants().size(); ++i) {
    instants_[trace.instants()[i].track].push_back(i);
  }
  list_groups();
}

RowTally TimelineIndex::make_tally() const {
  return RowTally(std::max<std::size_t>(name_categories_.size(), 1), name_categories_);
}

RowTally TimelineIndex::make_nameless_tally() const {
  return RowTally(std::max<std::size_t>(trace_->steps().size(), 1), {});
}

std::unique_ptr<TimelineIndex::Tallies> TimelineIndex::borrow_tallies() const {
  {
    const std::lock_guard lock(spare_mutex_);
    if (!spare_.empty()) {
      auto tallies = std::move(spare_.back());
      spare_.pop_back();
      return tallies;
    }
  }
  return std::make_unique<Tallies>(Tallies{make_tally(), make_nameless_tally()});
}

void TimelineIndex::give_back(std::unique_ptr<Tallies> tallies) const {
  const std::lock_guard lock(spare_mutex_);
  spare_.push_back(std::move(tallies));
}

IndexedRow TimelineIndex::index_row(DerivedRow columns, RowTally& tally) const {
  IndexedRow indexed;
  indexed.columns = std::make_unique<const DerivedRow>(std::move(columns));
  indexed.row = indexed.columns->row();
  indexed.pyramid = RowPyramid(indexed.row, tally);
  indexed.cells = TimeGrid(indexed.row, tally);
  return indexed;
}

void TimelineIndex::index_devices() {
  RowTally nameless = make_nameless_tally();
  // Devices without an ordinal are one row here, told apart by their name there.
  std::map<std::int32_t, profile::IntervalSet> busy;
  for (const profile::DeviceBusy& device : profile::device_busy(*trace_)) {
    profile::IntervalSet& moments = busy[device.device];
    moments = unite(moments, device.busy);
  }
  for (const auto& [device, moments] : busy) {
    if (moments.empty()) continue;
    devices_.emplace(device, Device{index_row(row_of(moments), nameless),
                                    index_row(gaps_of(moments, trace_->windows()), nameless)});
  }
}

void TimelineIndex::index_busy_tracks() {
  RowTally nameless = make_nameless_tally();
  for (TrackId id = 0; id < trace_->tracks().size(); ++id) {
    const Track& track = trace_->tracks()[id];
    if (track.lane_count == 0) continue;
    if (track.kind != TrackKind::stream) {
      const auto moments = overlapping_slices(*trace_, track);
      if (moments) track_busy_.emplace(id, index_row(row_of(*moments), nameless));
    } else if (track.lane_count > 1 ||
               !only_device_work(lanes_[track.first_lane].row, name_categories_)) {
      track_busy_.emplace(id, index_row(row_of(device_work(*trace_, track)), nameless));
    }
  }
}

void TimelineIndex::index_steps() {
  step_table_ = profile::step_table(*trace_);
  const TrackId track = track_of_steps(trace_->steps());
  DerivedRow row;
  std::int64_t last_end = 0;
  for (std::uint32_t i = 0; i < step_table_.steps.size(); ++i) {
    const profile::StepTime& step = step_table_.steps[i];
    // Steps inside steps stay visible as slices of their thread.
    if (step.track != track || (!row.start_ns.empty() && step.start_ns < last_end)) continue;
    row.start_ns.push_back(step.start_ns);
    row.duration_ns.push_back(step.duration_ns);
    row.name.push_back(i);
    last_end = step.end_ns();
  }
  RowTally by_step = make_nameless_tally();
  steps_ = index_row(std::move(row), by_step);
}

std::optional<std::uint32_t> TimelineIndex::step_marked_at(std::int64_t time_ns) const {
  // In the row's order the marks follow each other as the steps do.
  std::uint32_t low = 0;
  std::uint32_t high = steps_.row.size();
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (step_table_.steps[step_at(middle)].marked_end_ns() > time_ns) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  if (low == steps_.row.size() || step_table_.steps[step_at(low)].marked_start_ns > time_ns) {
    return std::nullopt;
  }
  return low;
}

std::optional<std::uint32_t> TimelineIndex::step_during(std::int64_t time_ns) const {
  const std::uint32_t at = steps_.row.first_touching(time_ns);
  if (at == steps_.row.size() || steps_.row.start_ns(at) > time_ns) return std::nullopt;
  return at;
}

const PictureTrack* TimelineIndex::find_track(std::string_view key) const {
  if (key == picture_.steps.key) return &picture_.steps;
  for (const PictureGroup& group : picture_.groups) {
    for (const PictureTrack& track : group.tracks) {
      if (track.key == key) return &track;
    }
  }
  return nullptr;
}

const IndexedRow* TimelineIndex::idle_of(std::int32_t device) const {
  const auto found = devices_.find(device);
  return found == devices_.end() ? nullptr : &found->second.idle;
}

const IndexedRow* TimelineIndex::busy_of(std::int32_t device) const {
  const auto found = devices_.find(device);
  return found == devices_.end() ? nullptr : &found->second.busy;
}

std::span<const std::uint32_t> TimelineIndex::instants_of(TrackId track) const {
  const auto found = instants_.find(track);
  if (found == instants_.end()) return {};
  return found->second;
}

std::int64_t TimelineIndex::busy_ns(const PictureTrack& track, std::int64_t from_ns,
                                    std::int64_t to_ns) const {
  const auto covered = [&](const IndexedRow& row) {
    return row.pyramid.covered_ns(row.row, from_ns, to_ns);
  };
  switch (track.kind) {
    case PictureTrackKind::steps:
      return covered(steps_);
    case PictureTrackKind::idle: {
      const IndexedRow* idle = idle_of(static_cast<std::int32_t>(track.source));
      return idle != nullptr ? covered(*idle) : 0;
    }
    case PictureTrackKind::stream:
    case PictureTrackKind::thread: {
      const auto apart = track_busy_.find(track.source);
      if (apart != track_busy_.end()) return covered(apart->second);
      const Track& source = trace_->tracks()[track.source];
      return source.lane_count > 0 ? covered(lanes_[source.first_lane]) : 0;
    }
    case PictureTrackKind::counter:
      break;
  }
  return 0;
}

std::size_t TimelineIndex::memory_bytes() const {
  std::size_t bytes = 0;
  const auto add = [&](const IndexedRow& row) {
    bytes += sizeof(IndexedRow) + row.pyramid.memory_bytes() + row.cells.memory_bytes();
    if (row.columns == nullptr) return;
    bytes += row.columns->start_ns.size() * 16 + row.columns->name.size() * 4;
  };
  for (const IndexedRow& lane : lanes_) add(lane);
  for (const CounterPyramid& counter : counters_) bytes += counter.memory_bytes();
  for (const auto& [device, rows] : devices_) {
    add(rows.busy);
    add(rows.idle);
  }
  for (const auto& [track, row] : track_busy_) add(row);
  add(steps_);
  bytes += step_table_.steps.size() * sizeof(profile::StepTime);
  return bytes;
}

}  // namespace tbprof::analyzer::timeline
