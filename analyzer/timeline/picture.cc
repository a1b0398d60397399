#include "analyzer/timeline/picture.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "analyzer/timeline/timeline_index.h"

namespace tbprof::analyzer::timeline {

namespace {

using trace::Trace;
using trace::Track;
using trace::TrackId;
using trace::TrackKind;

// Where a row of a trace goes: a device, or a process.
struct Place {
  bool device = false;
  std::int64_t number = 0;
  auto operator<=>(const Place&) const = default;
};

Place place_of(const Track& track) {
  const bool device = track.kind == TrackKind::stream || track.device >= 0;
  return {device, device ? track.device : track.pid};
}

std::string key_of(const Place& place) {
  return (place.device ? "gpu" : "host") + std::to_string(place.number);
}

void set_span(PictureTrack& row, const Trace& trace, const Track& track) {
  bool any = false;
  for (const trace::Lane& lane : trace.lanes_of(track)) {
    row.slice_count += lane.slice_count;
    if (lane.slice_count == 0) continue;
    const std::int64_t first = trace.start_column_ns()[lane.first_slice];
    const std::int64_t last = trace.slice(lane.first_slice + lane.slice_count - 1).end_ns();
    row.first_ns = any ? std::min(row.first_ns, first) : first;
    row.last_ns = any ? std::max(row.last_ns, last) : last;
    any = true;
  }
}

// A share of the thread's span from which a frame counts as lasting all of it.
constexpr double kWholeSpan = 0.95;

// REQUIRES: set_span() was called. One lane is always left as an inner one.
std::uint32_t outer_lanes(const PictureTrack& row, const Trace& trace, const Track& track) {
  if (row.kind != PictureTrackKind::thread) return 0;
  const auto least_ns = kWholeSpan * static_cast<double>(row.last_ns - row.first_ns);
  std::uint32_t count = 0;
  for (const trace::Lane& lane : trace.lanes_of(track)) {
    if (count + 1 >= row.lane_count || lane.slice_count != 1 ||
        trace.category_of(lane.first_slice) != proto::Category::python) {
      break;
    }
    if (static_cast<double>(trace.slice(lane.first_slice).duration_ns) < least_ns) break;
    ++count;
  }
  return count;
}

PictureTrack counter_track(const trace::Counter& counter, std::uint32_t index) {
  PictureTrack row;
  row.kind = PictureTrackKind::counter;
  row.key = "c" + std::to_string(index);
  row.title = counter.name;
  row.source = index;
  row.slice_count = counter.value.size();
  if (counter.value.empty()) return row;
  row.low = row.high = std::numeric_limits<double>::quiet_NaN();
  for (const double value : counter.value) {
    if (!std::isfinite(value)) continue;
    row.low = std::fmin(row.low, value);
    row.high = std::fmax(row.high, value);
  }
  row.first_ns = counter.time_ns.front();
  row.last_ns = counter.time_ns.back();
  return row;
}

bool is_main_thread(const Trace& trace, const PictureTrack& row) {
  if (row.kind != PictureTrackKind::thread) return false;
  const Track& track = trace.tracks()[row.source];
  return track.tid == track.pid || track.name == "main";
}

// A stream and what is kept beside it (its annotations) share a number and stand together.
std::int64_t stream_number(const Trace& trace, const PictureTrack& row) {
  return row.kind == PictureTrackKind::stream ? trace.tracks()[row.source].stream : -1;
}

// Kinds keep their order; within a kind the busiest comes first, but the main thread leads.
void sort_tracks(const Trace& trace, PictureGroup& group) {
  std::map<std::int64_t, std::int64_t> busy_of_stream;
  for (const PictureTrack& row : group.tracks) {
    if (row.kind != PictureTrackKind::stream) continue;
    std::int64_t& busy_ns = busy_of_stream[stream_number(trace, row)];
    busy_ns = std::max(busy_ns, row.busy_ns);
  }
  std::stable_sort(group.tracks.begin(), group.tracks.end(),
                   [&](const PictureTrack& a, const PictureTrack& b) {
                     if (a.kind != b.kind) return a.kind < b.kind;
                     const bool a_main = is_main_thread(trace, a);
                     const bool b_main = is_main_thread(trace, b);
                     if (a_main != b_main) return a_main;
                     const std::int64_t a_stream = stream_number(trace, a);
                     const std::int64_t b_stream = stream_number(trace, b);
                     if (a_stream != b_stream) {
                       const std::int64_t a_busy = busy_of_stream[a_stream];
                       const std::int64_t b_busy = busy_of_stream[b_stream];
                       return a_busy != b_busy ? a_busy > b_busy : a_stream < b_stream;
                     }
                     return a.busy_ns > b.busy_ns;
                   });
}

// Threads of one name in a group say their ids, so that they can be told apart.
void tell_threads_apart(const Trace& trace, PictureGroup& group) {
  std::map<std::string, std::size_t> count;
  for (const PictureTrack& row : group.tracks) {
    if (row.kind == PictureTrackKind::thread) ++count[row.title];
  }
  for (PictureTrack& row : group.tracks) {
    if (row.kind != PictureTrackKind::thread || count[row.title] < 2) continue;
    row.title += " " + std::to_string(trace.tracks()[row.source].tid);
  }
}

std::uint64_t slices_of(const PictureGroup& group) {
  std::uint64_t sum = 0;
  for (const PictureTrack& track : group.tracks) {
    if (track.kind == PictureTrackKind::thread) sum += track.slice_count;
  }
  return sum;
}

std::string device_note(const Trace& trace, const Place& place, std::size_t streams) {
  std::string note(trace.property("gpu" + std::to_string(place.number) + ".name"));
  if (!note.empty()) note += ", ";
  return note + std::to_string(streams) + (streams == 1 ? " stream" : " streams");
}

}  // namespace

const char* picture_track_kind_name(PictureTrackKind kind) {
  switch (kind) {
    case PictureTrackKind::steps:
      return "steps";
    case PictureTrackKind::idle:
      return "idle";
    case PictureTrackKind::stream:
      return "stream";
    case PictureTrackKind::thread:
      return "thread";
    case PictureTrackKind::counter:
      return "counter";
  }
  return "thread";
}

void TimelineIndex::list_groups() {
  const std::int64_t end = trace_->duration_ns() + 1;
  picture_.steps.kind = PictureTrackKind::steps;
  picture_.steps.key = "steps";
  picture_.steps.title = "Steps";
  picture_.steps.slice_count = steps_.row.size();
  std::map<Place, PictureGroup> groups;
  for (TrackId id = 0; id < trace_->tracks().size(); ++id) {
    const Track& track = trace_->tracks()[id];
    PictureTrack row;
    row.kind =
        track.kind == TrackKind::stream ? PictureTrackKind::stream : PictureTrackKind::thread;
    row.key = "t" + std::to_string(id);
    row.title = track.name;
    row.source = id;
    row.lane_count = track.lane_count;
    set_span(row, *trace_, track);
    row.outer_lane_count = outer_lanes(row, *trace_, track);
    const auto instants = instants_of(id);
    if (row.slice_count == 0 && instants.empty()) continue;
    if (row.slice_count == 0) {
      row.lane_count = 1;  // nothing lies in it, its marks stand above
      row.first_ns = trace_->instants()[instants.front()].time_ns;
      row.last_ns = trace_->instants()[instants.back()].time_ns;
    }
    row.busy_ns = busy_ns(row, 0, end);
    PictureGroup& group = groups[place_of(track)];
    if (group.title.empty()) group.title = track.group;
    group.tracks.push_back(std::move(row));
  }
  for (std::uint32_t i = 0; i < trace_->counters().size(); ++i) {
    const trace::Counter& counter = trace_->counters()[i];
    const bool placed = counter.track < trace_->tracks().size();
    const Place place = placed ? place_of(trace_->tracks()[counter.track]) : Place{false, -1};
    PictureGroup& group = groups[place];
    if (group.title.empty()) group.title = placed ? trace_->tracks()[counter.track].group : "";
    group.tracks.push_back(counter_track(counter, i));
  }
  for (auto& [place, group] : groups) {
    group.key = key_of(place);
    group.device = place.device;
    if (group.title.empty())
      group.title = place.device ? "GPU " + std::to_string(place.number) : "Process";
    if (const IndexedRow* idle = idle_of(static_cast<std::int32_t>(place.number));
        place.device && idle != nullptr) {
      const IndexedRow& busy = *busy_of(static_cast<std::int32_t>(place.number));
      PictureTrack row;
      row.kind = PictureTrackKind::idle;
      row.key = "idle" + std::to_string(place.number);
      row.title = "Idle";
      row.source = static_cast<std::uint32_t>(place.number);
      row.slice_count = idle->row.size();
      row.busy_ns = idle->pyramid.covered_ns(idle->row, 0, end);
      row.first_ns = busy.row.start_ns(0);
      row.last_ns = busy.row.end_ns(busy.row.size() - 1);
      group.tracks.push_back(std::move(row));
    }
    sort_tracks(*trace_, group);
    tell_threads_apart(*trace_, group);
    const auto streams =
        std::count_if(group.tracks.begin(), group.tracks.end(), [](const PictureTrack& track) {
          return track.kind == PictureTrackKind::stream && track.busy_ns > 0;
        });
    if (group.device)
      group.note = device_note(*trace_, place, static_cast<std::size_t>(streams));
    else if (place.number > 0 &&
             group.title.find(std::to_string(place.number)) == std::string::npos)
      group.note = "pid " + std::to_string(place.number);
    picture_.groups.push_back(std::move(group));
  }
  std::stable_sort(picture_.groups.begin(), picture_.groups.end(),
                   [](const PictureGroup& a, const PictureGroup& b) {
                     if (a.device != b.device) return a.device;
                     return !a.device && slices_of(a) > slices_of(b);
                   });
}

}  // namespace tbprof::analyzer::timeline
