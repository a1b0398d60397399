// The timeline's routes: parameters in, an answer of bounded size out. See README.md.
#include "plugins/plugin.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>

#include "plugins/timeline/answers.h"
#include "plugins/timeline/index_cache.h"

namespace tbprof::plugins::timeline {

namespace {

using analyzer::timeline::TimelineIndex;
using proto::Error;
using proto::ErrorCode;
using proto::Result;

constexpr std::int64_t kLatestNs = std::int64_t{1} << 60;
constexpr std::int64_t kWidestPx = 16384;
constexpr std::size_t kMostTracks = 1024;
constexpr std::size_t kLongestText = 300;
constexpr std::int64_t kMostSlices = 0xfffffffe;

// A trace and its index, which borrows it.
struct Opened {
  TracePointer trace;
  std::shared_ptr<const TimelineIndex> index;
};

Result<Opened> open(const Question& question, IndexCache& cache) {
  TracePointer trace = TBPROF_TRY(question.trace());
  auto index = cache.index_of(trace);
  return Opened{std::move(trace), std::move(index)};
}

// A list of keys with commas between; without the parameter, all tracks.
Result<std::vector<const analyzer::timeline::PictureTrack*>> tracks_of(const Params& params,
                                                                       const TimelineIndex& index) {
  std::vector<const analyzer::timeline::PictureTrack*> tracks;
  const auto given = params.find("tracks");
  if (!given) {
    tracks.push_back(&index.picture().steps);
    for (const auto& group : index.picture().groups) {
      for (const auto& track : group.tracks) tracks.push_back(&track);
    }
    return tracks;
  }
  std::string_view rest = *given;
  while (!rest.empty()) {
    const std::string_view key = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), key.size() + 1));
    const auto* track = index.find_track(key);
    if (track == nullptr) {
      return Error{ErrorCode::invalid_argument,
                   "There is no track '" + std::string(key.substr(0, 40)) +
                       "' in this capture: 'tracks' takes keys as the route 'tracks' gives them."};
    }
    if (tracks.size() == kMostTracks) {
      return Error{ErrorCode::invalid_argument,
                   "A window has at most " + std::to_string(kMostTracks) + " tracks."};
    }
    tracks.push_back(track);
  }
  return tracks;
}

Result<Answer> answer_tracks(const Question& question, IndexCache& cache) {
  const Opened opened = TBPROF_TRY(open(question, cache));
  return Answer{kJson, tracks_json(*opened.index), ""};
}

Result<Answer> answer_columns(const Question& question, IndexCache& cache) {
  const Opened opened = TBPROF_TRY(open(question, cache));
  analyzer::timeline::WindowQuestion window;
  window.from_ns = TBPROF_TRY(question.params.integer("from_ns", -kLatestNs, kLatestNs));
  window.to_ns = TBPROF_TRY(question.params.integer("to_ns", -kLatestNs, kLatestNs));
  window.width_px =
      static_cast<std::uint32_t>(TBPROF_TRY(question.params.integer("width_px", 1, kWidestPx)));
  window.tracks = TBPROF_TRY(tracks_of(question.params, *opened.index));
  const auto answer = TBPROF_TRY(analyzer::timeline::answer_window(*opened.index, window));
  return Answer{kColumns, window_columns(*opened.index, window, answer), ""};
}

Result<Answer> answer_slice(const Question& question, IndexCache& cache) {
  const Opened opened = TBPROF_TRY(open(question, cache));
  const auto id = static_cast<analyzer::trace::SliceId>(
      TBPROF_TRY(question.params.integer("id", 0, kMostSlices)));
  const auto details = TBPROF_TRY(analyzer::timeline::slice_details(*opened.index, id));
  return Answer{kJson, slice_json(*opened.index, details), ""};
}

Result<Answer> answer_find(const Question& question, IndexCache& cache) {
  const Opened opened = TBPROF_TRY(open(question, cache));
  const std::int64_t start_ns =
      TBPROF_TRY(question.params.integer("start_ns", -kLatestNs, kLatestNs));
  const auto* track = opened.index->find_track(question.params.find("track").value_or(""));
  const auto name = question.params.find("name");
  if (track == nullptr || !name) {
    return Error{ErrorCode::invalid_argument,
                 "The parameters 'track' (a key of the route 'tracks') and 'name' say which slice "
                 "is meant."};
  }
  const auto found = analyzer::timeline::find_slice(*opened.index, *track, start_ns, *name);
  if (!found) return Answer{kJson, "null", ""};
  const auto details = TBPROF_TRY(analyzer::timeline::slice_details(*opened.index, *found));
  return Answer{kJson, slice_json(*opened.index, details), ""};
}

// Numbers may repeat: then the first, or the one that starts nearest to a time.
std::optional<std::uint32_t> step_numbered(const TimelineIndex& index, std::int64_t number,
                                           std::optional<std::int64_t> start_ns) {
  std::optional<std::uint32_t> best;
  std::int64_t least_ns = 0;
  for (std::uint32_t i = 0; i < index.steps().row.size(); ++i) {
    if (index.step_table().steps[index.step_at(i)].number != number) continue;
    const std::int64_t away_ns = start_ns ? std::abs(index.steps().row.start_ns(i) - *start_ns) : 0;
    if (best && away_ns >= least_ns) continue;
    best = i;
    least_ns = away_ns;
  }
  return best;
}

Result<Answer> answer_step(const Question& question, IndexCache& cache) {
  const Opened opened = TBPROF_TRY(open(question, cache));
  const TimelineIndex& index = *opened.index;
  const std::uint32_t count = index.steps().row.size();
  if (question.params.find("index")) {
    const auto at =
        static_cast<std::uint32_t>(TBPROF_TRY(question.params.integer("index", 0, kMostSlices)));
    if (at < count) return Answer{kJson, step_text(index, at), ""};
    return Error{ErrorCode::not_found,
                 "The capture has " + std::to_string(count) + " steps, none at this index."};
  }
  const std::int64_t number = TBPROF_TRY(question.params.integer("number", -kLatestNs, kLatestNs));
  std::optional<std::int64_t> start_ns;
  if (question.params.find("start_ns")) {
    start_ns = TBPROF_TRY(question.params.integer("start_ns", -kLatestNs, kLatestNs));
  }
  const auto found = step_numbered(index, number, start_ns);
  if (found) return Answer{kJson, step_text(index, *found), ""};
  return Error{ErrorCode::not_found, "The capture has no step " + std::to_string(number) + "."};
}

Result<Answer> answer_search(const Question& question, IndexCache& cache) {
  const Opened opened = TBPROF_TRY(open(question, cache));
  const auto text = question.params.find("text");
  if (!text || text->empty() || text->size() > kLongestText) {
    return Error{ErrorCode::invalid_argument, "The parameter 'text' is a part of a name, of 1 to " +
                                                  std::to_string(kLongestText) + " bytes."};
  }
  analyzer::timeline::SearchPlace place;
  place.start_ns = TBPROF_TRY(question.params.integer("from_ns", -kLatestNs, kLatestNs));
  if (question.params.find("from_id")) {
    place.id = TBPROF_TRY(question.params.integer("from_id", 0, kMostSlices));
  }
  const auto way = question.params.find("way").value_or("next");
  if (way != "next" && way != "previous") {
    return Error{ErrorCode::invalid_argument, "The parameter 'way' is next or previous."};
  }
  const auto found = analyzer::timeline::search_names(*opened.index, *text, place, way == "next");
  if (!found.slice) return Answer{kJson, search_json(*opened.index, found, std::nullopt), ""};
  const auto details = TBPROF_TRY(analyzer::timeline::slice_details(*opened.index, *found.slice));
  return Answer{kJson, search_json(*opened.index, found, details), ""};
}

Result<Answer> answer_neighbour(const Question& question, IndexCache& cache) {
  const Opened opened = TBPROF_TRY(open(question, cache));
  const auto id = static_cast<analyzer::trace::SliceId>(
      TBPROF_TRY(question.params.integer("id", 0, kMostSlices)));
  const auto way = analyzer::timeline::way_of(question.params.find("way").value_or(""));
  if (!way) {
    return Error{ErrorCode::invalid_argument,
                 "The parameter 'way' is one of next, previous, up, down, next_alike and "
                 "previous_alike."};
  }
  const auto found = analyzer::timeline::neighbour_of(*opened.index, id, *way);
  if (!found) return Answer{kJson, "null", ""};
  const auto details = TBPROF_TRY(analyzer::timeline::slice_details(*opened.index, *found));
  return Answer{kJson, slice_json(*opened.index, details), ""};
}

Result<Answer> answer_gap(const Question& question, IndexCache& cache) {
  const Opened opened = TBPROF_TRY(open(question, cache));
  const auto device =
      static_cast<std::int32_t>(TBPROF_TRY(question.params.integer("device", 0, 0x7fffffff)));
  const auto number =
      static_cast<std::uint32_t>(TBPROF_TRY(question.params.integer("number", 0, kMostSlices)));
  const auto gap = TBPROF_TRY(analyzer::timeline::gap_details(*opened.index, device, number));
  return Answer{kJson, gap_json(*opened.index, gap), ""};
}

}  // namespace

Plugin plugin() {
  const auto cache = std::make_shared<IndexCache>();
  const auto with_cache = [&](auto answer) {
    return [cache, answer](const Question& question) { return answer(question, *cache); };
  };
  Plugin timeline;
  timeline.title = "Timeline";
  timeline.routes.push_back({"tracks", with_cache(answer_tracks)});
  timeline.routes.push_back({"window", with_cache(answer_columns)});
  timeline.routes.push_back({"slice", with_cache(answer_slice)});
  timeline.routes.push_back({"find", with_cache(answer_find)});
  timeline.routes.push_back({"search", with_cache(answer_search)});
  timeline.routes.push_back({"step", with_cache(answer_step)});
  timeline.routes.push_back({"neighbour", with_cache(answer_neighbour)});
  timeline.routes.push_back({"gap", with_cache(answer_gap)});
  return timeline;
}

}  // namespace tbprof::plugins::timeline
