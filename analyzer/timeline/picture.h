// What the picture of a trace consists of: groups of tracks in the order in which they are shown.
// GPUs first, each with its idle row (the union over all its streams), its streams by busy time
// and its counters; then processes by number of slices, each with its main thread, its other
// threads by busy time and its counters. A picture names rows, it holds no slices.
// Values own what they hold; immutable once made: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::timeline {

enum class PictureTrackKind : std::uint8_t { steps, idle, stream, thread, counter };
const char* picture_track_kind_name(PictureTrackKind kind);

struct PictureTrack {
  PictureTrackKind kind = PictureTrackKind::thread;
  // Names the track in requests and links: "steps", "idle0" (by device), "t3" (by track),
  // "c2" (by counter). Does not change while a capture grows.
  std::string key;
  std::string title;
  std::uint32_t source = trace::kNone;  // device, TrackId or counter index, by kind
  std::uint32_t lane_count = 1;
  std::uint64_t slice_count = 0;  // samples of a counter
  std::int64_t busy_ns = 0;       // of an idle track: the time in which the device is idle
  std::int64_t first_ns = 0;
  std::int64_t last_ns = 0;
  // Of a thread: so many outermost lanes hold one Python frame each that lasts as long as the
  // thread is seen. They say where the program was started, not what it does.
  std::uint32_t outer_lane_count = 0;
  // Range of a counter's finite values; NaN where it has none.
  double low = 0;
  double high = 0;
};

struct PictureGroup {
  std::string key;  // "gpu0", "host4711"
  std::string title;
  std::string note;
  bool device = false;
  std::vector<PictureTrack> tracks;
};

struct Picture {
  PictureTrack steps;
  std::vector<PictureGroup> groups;
};

}  // namespace tbprof::analyzer::timeline
