// Everything that is known of one slice, and the slices to which one walks from it.
// Pure functions of a trace's index: any thread. Values own what they hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/timeline/timeline_index.h"
#include "proto/result.h"

namespace tbprof::analyzer::timeline {

// The slices directly below it, by name.
struct ChildSum {
  trace::NameId name = 0;
  std::uint64_t count = 0;
  std::int64_t total_ns = 0;
};

// All slices of the trace with its name.
struct NameSum {
  std::uint64_t count = 0;
  std::uint64_t before = 0;  // how many of them start earlier on its own track
  std::uint64_t on_track = 0;
  std::int64_t total_ns = 0;
  std::int64_t shortest_ns = 0;
  std::int64_t longest_ns = 0;
};

struct SliceDetails {
  trace::Slice slice;
  trace::TrackId track = 0;
  std::uint32_t depth = 0;
  std::vector<trace::Slice> parents;  // the nearest first
  std::vector<ChildSum> children;     // by time, at most kMostChildren
  std::uint64_t child_count = 0;
  std::int64_t self_ns = 0;  // not covered by the slices directly below
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<trace::Slice> launches;  // work on the device that it started, at most kMostLinks
  std::uint64_t launch_count = 0;
  std::vector<trace::Slice> launched_by;
  // Row index of the step to which it belongs: by the marks on its thread, of device work by those
  // around its launch.
  std::optional<std::uint32_t> step;
  NameSum alike;
};

inline constexpr std::size_t kMostChildren = 8;
inline constexpr std::size_t kMostLinks = 32;

// not_found if the trace has no such slice.
proto::Result<SliceDetails> slice_details(const TimelineIndex& index, trace::SliceId id);

// The slice of the name that starts at the time on the track: the same slice in a later version of
// a growing capture, whose slices are numbered anew. Nothing if there is none.
std::optional<trace::SliceId> find_slice(const TimelineIndex& index, const PictureTrack& track,
                                         std::int64_t start_ns, std::string_view name);

// Ways to walk from a slice: along its lane, to its parent or first child, and to the next or
// previous of its name on its track.
enum class Way : std::uint8_t { next, previous, up, down, next_alike, previous_alike };
std::optional<Way> way_of(std::string_view text);
// Nothing if there is none that way.
std::optional<trace::SliceId> neighbour_of(const TimelineIndex& index, trace::SliceId id, Way way);

// A stretch in which a device had nothing to do.
struct GapDetails {
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
  std::optional<trace::SliceId> work_before;  // the last to end
  std::optional<trace::SliceId> work_after;   // the first to start
  std::optional<trace::SliceId> launch_after;
  std::vector<trace::Slice> host;     // what the launching thread did meanwhile, outermost first
  std::optional<std::uint32_t> step;  // row index
  std::uint32_t number = 0;           // index in the device's idle row
  std::uint32_t gap_count = 0;
};
proto::Result<GapDetails> gap_details(const TimelineIndex& index, std::int32_t device,
                                      std::uint32_t gap);

}  // namespace tbprof::analyzer::timeline
