#include <nlohmann/json.hpp>

#include "analyzer/report/window_words.h"
#include "plugins/timeline/answers.h"

namespace tbprof::plugins::timeline {

namespace {

using analyzer::timeline::PictureGroup;
using analyzer::timeline::PictureTrack;
using analyzer::timeline::PictureTrackKind;
using analyzer::timeline::TimelineIndex;
using nlohmann::json;

json track_json(const PictureTrack& track) {
  json out = {{"key", track.key},
              {"kind", analyzer::timeline::picture_track_kind_name(track.kind)},
              {"title", track.title},
              {"lanes", track.lane_count},
              {"outer_lanes", track.outer_lane_count},
              {"slices", track.slice_count},
              {"busy_ns", track.busy_ns},
              {"first_ns", track.first_ns},
              {"last_ns", track.last_ns}};
  if (track.kind == PictureTrackKind::counter) {
    out["low"] = track.low;
    out["high"] = track.high;
  }
  return out;
}

}  // namespace

std::string tracks_json(const TimelineIndex& index) {
  const auto& trace = index.trace();
  json groups = json::array();
  for (const PictureGroup& group : index.picture().groups) {
    json tracks = json::array();
    for (const PictureTrack& track : group.tracks) tracks.push_back(track_json(track));
    groups.push_back({{"key", group.key},
                      {"title", group.title},
                      {"note", group.note},
                      {"device", group.device},
                      {"tracks", std::move(tracks)}});
  }
  json losses = json::array();
  for (const auto& loss : trace.losses()) {
    losses.push_back({{"kind", loss.kind},
                      {"count", loss.count},
                      {"from_ns", loss.from_ns},
                      {"until_ns", loss.until_ns},
                      {"detail", loss.detail}});
  }
  const json out = {
      {"duration_ns", trace.duration_ns()},
      {"start_unix_ns", trace.start_unix_ns()},
      {"covered_until_ns", trace.source().covered_until_ns},
      {"state", analyzer::trace::recording_state_name(trace.source().state)},
      {"slices", trace.slice_count()},
      {"steps", track_json(index.picture().steps)},
      {"slow_above_ns", index.step_table().slow_above_ns},
      {"windows", analyzer::report::windows_json(trace)},
      {"groups", std::move(groups)},
      {"losses", std::move(losses)},
  };
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace tbprof::plugins::timeline
