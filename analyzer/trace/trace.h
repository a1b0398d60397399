// A sealed trace: tracks, slices, names, steps, counters, instants, links, losses, as columns.
// TraceBuilder makes one; after seal() nothing changes and every lane is sorted by time.
// shared_ptr<const Trace> keeps one alive while a request is open. Immutable: any thread.
//
// Times are nanoseconds since the trace's start (start_unix_ns() is that moment on the wall clock).
// A slice is 16 bytes: start, duration, name. Its depth is not stored: the slices of a track are
// kept lane by lane, a lane being one nesting depth, and the slices of a lane never overlap, so
// that their starts and their ends are both in order.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/trace/recording_windows.h"
#include "analyzer/trace/samples.h"
#include "proto/category.h"
#include "proto/trace_records.h"

namespace tbprof::analyzer::trace {

using proto::Category;
using proto::TrackKind;

using SliceId = std::uint32_t;  // index over the whole trace, lane after lane
using NameId = std::uint32_t;
using TrackId = std::uint32_t;  // index into tracks()
using LaneId = std::uint32_t;   // index into lanes()
inline constexpr std::uint32_t kNone = 0xffffffffu;

// Longer slices keep their duration in a side table and this value in the column.
inline constexpr std::uint32_t kLongDuration = 0xffffffffu;

struct Name {
  std::string text;
  Category category = Category::other;
};

struct Track {
  TrackKind kind = TrackKind::thread;
  std::string name;   // "main", "stream 7"
  std::string group;  // what it stands under: "python 4711", "GPU 0"
  std::int64_t pid = 0;
  std::int64_t tid = 0;
  std::int32_t device = -1;  // ordinal, for a stream
  std::int64_t stream = -1;
  LaneId first_lane = 0;
  std::uint32_t lane_count = 0;
};

struct Lane {
  TrackId track = 0;
  std::uint32_t depth = 0;
  SliceId first_slice = 0;
  std::uint32_t slice_count = 0;
};

struct Slice {
  SliceId id = kNone;
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
  NameId name = 0;
  std::int64_t end_ns() const { return start_ns + duration_ns; }
};

struct Step {
  std::int64_t number = 0;
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
  TrackId track = kNone;
  NameId name = kNone;
  bool complete = true;  // false: the recording ended inside it
  std::int64_t end_ns() const { return start_ns + duration_ns; }
};

struct Counter {
  TrackId track = kNone;
  std::string name;
  std::vector<std::int64_t> time_ns;
  std::vector<double> value;
};

struct Instant {
  TrackId track = kNone;
  std::int64_t time_ns = 0;
  NameId name = 0;
  std::uint32_t first_fact = 0;  // see Trace::facts_of()
  std::uint32_t fact_count = 0;
};

// What is known of an instant besides its name; both as Trace::value_text() has them.
struct InstantFact {
  std::uint32_t key = 0;
  std::uint32_t value = 0;
};

struct Loss {
  std::string kind;         // "buffer_full", "bad_payload", "unknown_record" …
  std::uint64_t count = 0;  // events, unless the kind says otherwise
  std::int64_t from_ns = 0;
  std::int64_t until_ns = 0;
  std::string detail;  // one sentence for the user: how many, of what, and why
};

// A value of some slices: sorted by slice.
struct Attribute {
  std::string key;  // "correlation", "grid", "bytes", "External id" …
  std::vector<SliceId> slice;
  std::vector<std::uint32_t> value;  // see Trace::value_text()
};

// A value that is a whole number below 2^31 is kept as this bit and the number, others as the index
// of their text: there may be one of its own for each slice.
inline constexpr std::uint32_t kNumberValue = 0x80000000u;

// From an API call on the host to the work it started on the device.
struct Link {
  SliceId from = kNone;
  SliceId to = kNone;
};

enum class RecordingState : std::uint8_t { live, finished, cut };
const char* recording_state_name(RecordingState state);

struct Source {
  std::string path;
  std::string format;  // "tbtrace", "torch.profiler JSON"
  std::uint64_t size_bytes = 0;
  RecordingState state = RecordingState::finished;
  std::string state_detail;           // one sentence when it is not finished
  std::int64_t covered_until_ns = 0;  // what ended before this was recorded
};

class Trace {
 public:
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  std::int64_t start_unix_ns() const { return start_unix_ns_; }
  // From the trace's start to the last end of anything in it; at least 0.
  std::int64_t duration_ns() const { return duration_ns_; }

  const Source& source() const { return source_; }
  std::span<const proto::Property> properties() const { return properties_; }
  // Empty if there is no such property.
  std::string_view property(std::string_view key) const;

  std::span<const Track> tracks() const { return tracks_; }
  std::span<const Lane> lanes() const { return lanes_; }
  std::span<const Lane> lanes_of(const Track& track) const {
    return std::span(lanes_).subspan(track.first_lane, track.lane_count);
  }
  std::span<const Name> names() const { return names_; }
  std::span<const Step> steps() const { return steps_; }  // sorted by start
  std::span<const Counter> counters() const { return counters_; }
  std::span<const Instant> instants() const { return instants_; }  // sorted by time
  std::span<const InstantFact> facts_of(const Instant& instant) const {
    return std::span(instant_facts_).subspan(instant.first_fact, instant.fact_count);
  }
  std::span<const Loss> losses() const { return losses_; }
  // Steps outside of windows are not among steps().
  const RecordingWindows& windows() const { return windows_; }
  std::span<const Attribute> attributes() const { return attributes_; }
  std::span<const std::string> values() const { return values_; }
  // What an attribute's value says.
  std::string value_text(std::uint32_t value) const {
    return (value & kNumberValue) != 0 ? std::to_string(value & ~kNumberValue) : values_[value];
  }

  // What its threads were seen doing from outside; empty if nobody looked.
  const Samples& samples() const { return samples_; }

  std::size_t slice_count() const { return start_ns_.size(); }
  // Columns over all slices, to be cut by Lane::first_slice and slice_count.
  std::span<const std::int64_t> start_column_ns() const { return start_ns_; }
  std::span<const std::uint32_t> duration_column() const { return duration_; }
  std::span<const NameId> name_column() const { return name_; }

  std::int64_t slice_duration_ns(SliceId id) const {
    const std::uint32_t duration = duration_[id];
    return duration != kLongDuration ? duration : long_duration_ns(id);
  }
  Slice slice(SliceId id) const { return {id, start_ns_[id], slice_duration_ns(id), name_[id]}; }
  Category category_of(SliceId id) const { return names_[name_[id]].category; }
  const Lane& lane_of(SliceId id) const;
  // The first slice of the lane that ends after the time, or the lane's end (first + count).
  SliceId first_ending_after(const Lane& lane, std::int64_t time_ns) const;
  // Of the slices above that hold this one the last to begin.
  std::optional<SliceId> parent_of(SliceId id) const;

  // Links sorted by `from`, and the same sorted by `to`.
  std::span<const Link> links_by_from() const { return links_by_from_; }
  std::span<const Link> links_by_to() const { return links_by_to_; }
  std::span<const Link> links_from(SliceId id) const;
  std::span<const Link> links_to(SliceId id) const;

  // Bytes of all columns, for the memory budget and the benchmark.
  std::size_t memory_bytes() const { return memory_bytes_; }

 private:
  friend class TraceBuilder;
  Trace() = default;
  std::int64_t long_duration_ns(SliceId id) const;
  std::size_t count_memory_bytes() const;

  std::size_t memory_bytes_ = 0;
  std::int64_t start_unix_ns_ = 0;
  std::int64_t duration_ns_ = 0;
  Source source_;
  std::vector<proto::Property> properties_;
  std::vector<Track> tracks_;
  std::vector<Lane> lanes_;
  std::vector<Name> names_;
  std::vector<std::int64_t> start_ns_;
  std::vector<std::uint32_t> duration_;
  std::vector<NameId> name_;
  std::vector<std::pair<SliceId, std::int64_t>> long_durations_;  // sorted by slice
  std::vector<Step> steps_;
  std::vector<Counter> counters_;
  std::vector<Instant> instants_;
  std::vector<InstantFact> instant_facts_;
  std::vector<Loss> losses_;
  RecordingWindows windows_;
  Samples samples_;
  std::vector<Attribute> attributes_;
  std::vector<std::string> values_;
  std::vector<Link> links_by_from_;
  std::vector<Link> links_by_to_;
};

}  // namespace tbprof::analyzer::trace
