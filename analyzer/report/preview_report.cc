#include "analyzer/report/preview_report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

namespace tbprof::analyzer::report {
namespace {

using proto::TraceIndex;
using Step = TraceIndex::StepEntry;

// Differences as doubles: a hostile index may hold any number.
double difference(std::int64_t later, std::int64_t earlier) {
  return static_cast<double>(later) - static_cast<double>(earlier);
}

double duration_ns(const TraceIndex& index) {
  return std::max(0.0, difference(index.end_ns, index.start_ns));
}

// The longest of each `share` steps.
std::vector<Step> thinned(const std::vector<Step>& steps, std::size_t share) {
  std::vector<Step> kept;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (i % share == 0) {
      kept.push_back(steps[i]);
    } else if (steps[i].duration_ns > kept.back().duration_ns) {
      kept.back() = steps[i];
    }
  }
  return kept;
}

Json median_ns(std::vector<std::int64_t> durations, std::uint64_t step_count) {
  if (durations.empty() || durations.size() != step_count) return nullptr;
  const auto middle = durations.begin() + static_cast<std::ptrdiff_t>(durations.size() / 2);
  std::nth_element(durations.begin(), middle, durations.end());
  if (durations.size() % 2 == 1) return *middle;
  const auto below = std::max_element(durations.begin(), middle);
  return std::midpoint(*below, *middle);
}

Json steps_json(const TraceIndex& index) {
  std::vector<Step> steps = index.steps;
  for (Step& step : steps) step.duration_ns = std::max<std::int64_t>(step.duration_ns, 0);
  std::stable_sort(steps.begin(), steps.end(), [](const Step& left, const Step& right) {
    return left.start_ns < right.start_ns;
  });
  std::vector<std::int64_t> durations;
  for (const Step& step : steps) durations.push_back(step.duration_ns);
  const std::size_t share =
      std::max<std::size_t>(1, (steps.size() + kPreviewSteps - 1) / kPreviewSteps);
  Json json;
  json["each"] = static_cast<double>(index.steps_each) * static_cast<double>(share);
  json["max_ns"] = durations.empty() ? 0 : *std::max_element(durations.begin(), durations.end());
  json["median_ns"] = median_ns(std::move(durations), index.step_count);
  Json number = Json::array();
  Json start = Json::array();
  Json duration = Json::array();
  for (const Step& step : thinned(steps, share)) {
    number.push_back(step.number);
    start.push_back(difference(step.start_ns, index.start_ns));
    duration.push_back(step.duration_ns);
  }
  json["number"] = std::move(number);
  json["start_ns"] = std::move(start);
  json["duration_ns"] = std::move(duration);
  return json;
}

std::string track_name(const proto::TraceHeader& header, const TraceIndex::TrackEntry& track) {
  if (!track.name.empty()) return track.name;
  if (track.kind == proto::TrackKind::stream) return "stream " + std::to_string(track.stream);
  if (track.tid != 0 && track.tid == header.pid) return "main thread";
  if (track.tid != 0) return "thread " + std::to_string(track.tid);
  return "track " + std::to_string(track.track_id);
}

// How busy the track was in each of kPreviewBins equal parts of the recording.
Json busy_percent(const TraceIndex& index, const TraceIndex::OverviewLevel& level) {
  std::vector<double> busy_ns(kPreviewBins, 0.0);
  const double bin_ns = duration_ns(index) / static_cast<double>(kPreviewBins);
  const double bucket_ns = static_cast<double>(level.bucket_ns);
  if (bin_ns > 0 && bucket_ns > 0) {
    const double first_ns = difference(level.start_ns, index.start_ns);
    for (std::size_t i = 0; i < level.busy_ns.size(); ++i) {
      // A bucket's busy time is spread evenly over it.
      const double from = (first_ns + static_cast<double>(i) * bucket_ns) / bin_ns;
      const double until = from + bucket_ns / bin_ns;
      const double share = static_cast<double>(level.busy_ns[i]) / (until - from);
      const auto end = static_cast<double>(kPreviewBins);
      for (double at = std::clamp(from, 0.0, end); at < std::min(until, end);) {
        const double next = std::min({std::floor(at) + 1.0, until, end});
        busy_ns[static_cast<std::size_t>(at)] += share * (next - at);
        at = next;
      }
    }
  }
  Json json = Json::array();
  for (const double busy : busy_ns) {
    // What was busy at all is seen.
    const double percent = std::clamp(100 * busy / bin_ns, 1.0, 100.0);
    json.push_back(busy > 0 ? std::lround(percent) : 0);
  }
  return json;
}

// Those with most slices, in the order of the file.
std::vector<const TraceIndex::TrackEntry*> shown_tracks(const TraceIndex& index) {
  std::vector<const TraceIndex::TrackEntry*> tracks;
  for (const TraceIndex::TrackEntry& track : index.tracks) tracks.push_back(&track);
  if (tracks.size() <= kPreviewTracks) return tracks;
  std::stable_sort(tracks.begin(), tracks.end(), [](const auto* left, const auto* right) {
    return left->slice_count > right->slice_count;
  });
  tracks.resize(kPreviewTracks);
  std::sort(tracks.begin(), tracks.end());  // by their place in the index
  return tracks;
}

Json tracks_json(const proto::TraceHeader& header, const TraceIndex& index) {
  std::map<std::uint32_t, const TraceIndex::OverviewLevel*> levels;
  for (const TraceIndex::OverviewLevel& level : index.overview) {
    levels.emplace(level.track_id, &level);
  }
  const std::vector<const TraceIndex::TrackEntry*> shown = shown_tracks(index);
  std::map<std::string, int> bearers;
  for (const TraceIndex::TrackEntry* track : shown) ++bearers[track_name(header, *track)];
  Json list = Json::array();
  for (const TraceIndex::TrackEntry* track : shown) {
    Json& json = list.emplace_back();
    // Threads have their program's name until they are given another.
    std::string name = track_name(header, *track);
    if (bearers[name] > 1 && track->tid != 0) name += " " + std::to_string(track->tid);
    json["name"] = std::move(name);
    json["kind"] = track->kind == proto::TrackKind::stream ? "stream" : "thread";
    json["device"] = track->device;
    json["slices"] = track->slice_count;
    json["busy_ns"] = track->busy_ns;
    const auto level = levels.find(track->track_id);
    json["busy_percent"] =
        level == levels.end() ? Json::array() : busy_percent(index, *level->second);
  }
  return list;
}

}  // namespace

Json preview_report(const proto::TraceHeader& header, const proto::TraceIndex& index) {
  Json json;
  json["start_unix_ms"] = header.start_realtime_ns / 1'000'000;
  json["duration_ns"] = duration_ns(index);
  json["counts"] = {{"slices", index.slice_count},
                    {"steps", index.step_count},
                    {"lost", index.lost_count},
                    {"tracks", index.tracks.size()}};
  json["steps"] = steps_json(index);
  json["tracks"] = tracks_json(header, index);
  return json;
}

}  // namespace tbprof::analyzer::report
