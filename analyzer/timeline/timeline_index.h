// What the timeline derives from a trace once, to answer every window quickly: the sums of each
// lane, idle and busy rows of each device, the steps, and the picture's list of tracks.
// Costs one pass over the slices (about 40 ns each) and 5 to 9 bytes a slice.
// Borrows the trace, which must outlive it. Immutable: any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "analyzer/profile/steps.h"
#include "analyzer/timeline/counter_pyramid.h"
#include "analyzer/timeline/picture.h"
#include "analyzer/timeline/row_pyramid.h"
#include "analyzer/timeline/slice_row.h"
#include "analyzer/timeline/time_grid.h"
#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::timeline {

// A row with its sums, and the columns that it borrows unless the trace has them.
struct IndexedRow {
  std::unique_ptr<const DerivedRow> columns;
  SliceRow row;
  RowPyramid pyramid;
  TimeGrid cells;
};

class TimelineIndex {
 public:
  explicit TimelineIndex(const trace::Trace& trace);
  TimelineIndex(const TimelineIndex&) = delete;
  TimelineIndex& operator=(const TimelineIndex&) = delete;

  const trace::Trace& trace() const { return *trace_; }
  const Picture& picture() const { return picture_; }
  // nullptr if the picture has no such track.
  const PictureTrack* find_track(std::string_view key) const;

  const IndexedRow& lane(trace::LaneId lane) const { return lanes_[lane]; }
  // Every step as all pages show it: with the device work that it started.
  const profile::StepTable& step_table() const { return step_table_; }
  // Slice i is step_table().steps[step_at(i)].
  const IndexedRow& steps() const { return steps_; }
  std::uint32_t step_at(std::uint32_t row_index) const { return steps_.row.name(row_index); }
  // The row_index of the step that the program's marks put a moment of a thread in.
  std::optional<std::uint32_t> step_marked_at(std::int64_t time_ns) const;
  // The row_index of the step in whose time, with its device work, a moment lies.
  std::optional<std::uint32_t> step_during(std::int64_t time_ns) const;
  // As profile/device_busy.h counts it, without work left over from before the recording; nullptr
  // if nothing else ran on the device.
  const IndexedRow* idle_of(std::int32_t device) const;
  const IndexedRow* busy_of(std::int32_t device) const;
  const CounterPyramid& counter(std::uint32_t counter) const { return counters_[counter]; }
  // Indices into the trace's instants, by time.
  std::span<const std::uint32_t> instants_of(trace::TrackId track) const;
  // Time in [from_ns, to_ns) in which the track is busy (an idle track: idle).
  std::int64_t busy_ns(const PictureTrack& track, std::int64_t from_ns, std::int64_t to_ns) const;

  std::span<const proto::Category> name_categories() const { return name_categories_; }
  // Room to fold with; one for each thread that folds.
  RowTally make_tally() const;
  // For rows whose slices have no names of the trace: steps, idle, busy.
  RowTally make_nameless_tally() const;
  // One of each, lent to one thread for one window: with a million names, making them takes longer
  // than folding.
  struct Tallies {
    RowTally named;
    RowTally nameless;
  };
  std::unique_ptr<Tallies> borrow_tallies() const;
  void give_back(std::unique_ptr<Tallies> tallies) const;
  std::size_t memory_bytes() const;

 private:
  struct Device {
    IndexedRow busy;
    IndexedRow idle;
  };
  IndexedRow index_row(DerivedRow columns, RowTally& tally) const;
  void index_devices();
  void index_busy_tracks();
  void index_steps();
  void list_groups();

  const trace::Trace* trace_;
  std::vector<proto::Category> name_categories_;
  std::vector<IndexedRow> lanes_;
  std::vector<CounterPyramid> counters_;
  std::map<std::int32_t, Device> devices_;
  // Where the outermost lane does not tell when the track is busy.
  std::map<trace::TrackId, IndexedRow> track_busy_;
  std::map<trace::TrackId, std::vector<std::uint32_t>> instants_;
  profile::StepTable step_table_;
  IndexedRow steps_;
  Picture picture_;
  mutable std::mutex spare_mutex_;
  mutable std::vector<std::unique_ptr<Tallies>> spare_;
};

}  // namespace tbprof::analyzer::timeline
