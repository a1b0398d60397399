#include <nlohmann/json.hpp>

#include "plugins/timeline/answers.h"

namespace tbprof::plugins::timeline {

namespace {

using analyzer::timeline::GapDetails;
using analyzer::timeline::SliceDetails;
using analyzer::timeline::TimelineIndex;
using analyzer::trace::Slice;
using nlohmann::json;

// As its label in the picture says it.
std::string title_of(const TimelineIndex& index, analyzer::trace::TrackId id) {
  const auto& tracks = index.trace().tracks();
  if (id >= tracks.size()) return "";
  const auto* shown = index.find_track("t" + std::to_string(id));
  return shown != nullptr ? shown->title : tracks[id].name;
}

// What one needs to name a slice, to draw it and to jump to it.
json short_json(const TimelineIndex& index, const Slice& slice) {
  const auto& trace = index.trace();
  const auto& name = trace.names()[slice.name];
  const auto& lane = trace.lane_of(slice.id);
  const auto& track = trace.tracks()[lane.track];
  return {{"id", slice.id},
          {"name", name.text},
          {"category", proto::category_name(name.category)},
          {"start_ns", slice.start_ns},
          {"duration_ns", slice.duration_ns},
          {"track", "t" + std::to_string(lane.track)},
          {"track_title", title_of(index, lane.track)},
          {"group_title", track.group},
          {"depth", lane.depth}};
}

json list_json(const TimelineIndex& index, const std::vector<Slice>& slices) {
  json list = json::array();
  for (const Slice& slice : slices) list.push_back(short_json(index, slice));
  return list;
}

json step_json(const TimelineIndex& index, std::optional<std::uint32_t> row_index) {
  if (!row_index) return nullptr;
  const auto& table = index.step_table();
  const auto& step = table.steps[index.step_at(*row_index)];
  return {{"number", step.number},
          {"index", *row_index},
          {"step_count", index.steps().row.size()},
          {"start_ns", step.start_ns},
          {"duration_ns", step.duration_ns},
          {"marked_start_ns", step.marked_start_ns},
          {"marked_duration_ns", step.marked_duration_ns},
          {"track_title", title_of(index, step.track)},
          {"slow", step.complete && step.duration_ns > table.slow_above_ns},
          {"median_ns", table.duration.median},
          {"complete", step.complete}};
}

std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json details_json(const TimelineIndex& index, const SliceDetails& details) {
  const auto& trace = index.trace();
  json out = short_json(index, details.slice);
  out["self_ns"] = details.self_ns;
  out["parents"] = list_json(index, details.parents);
  json children = json::array();
  for (const auto& child : details.children) {
    const auto& name = trace.names()[child.name];
    children.push_back({{"name", name.text},
                        {"category", proto::category_name(name.category)},
                        {"count", child.count},
                        {"total_ns", child.total_ns}});
  }
  out["children"] = std::move(children);
  out["child_count"] = details.child_count;
  json attributes = json::array();
  for (const auto& [key, value] : details.attributes) attributes.push_back({key, value});
  out["attributes"] = std::move(attributes);
  out["launches"] = list_json(index, details.launches);
  out["launch_count"] = details.launch_count;
  out["launched_by"] = list_json(index, details.launched_by);
  out["step"] = step_json(index, details.step);
  out["alike"] = {{"count", details.alike.count},
                  {"before", details.alike.before},
                  {"on_track", details.alike.on_track},
                  {"total_ns", details.alike.total_ns},
                  {"shortest_ns", details.alike.shortest_ns},
                  {"longest_ns", details.alike.longest_ns}};
  return out;
}

}  // namespace

std::string slice_json(const TimelineIndex& index, const SliceDetails& details) {
  return text_of(details_json(index, details));
}

std::string search_json(const TimelineIndex& index, const analyzer::timeline::SearchAnswer& answer,
                        const std::optional<SliceDetails>& details) {
  return text_of({{"count", answer.count},
                  {"before", answer.before},
                  {"slice", details ? details_json(index, *details) : json(nullptr)}});
}

std::string step_text(const TimelineIndex& index, std::uint32_t row_index) {
  return text_of(step_json(index, row_index));
}

std::string gap_json(const TimelineIndex& index, const GapDetails& gap) {
  const auto& trace = index.trace();
  const auto maybe = [&](std::optional<analyzer::trace::SliceId> id) {
    return id ? short_json(index, trace.slice(*id)) : json(nullptr);
  };
  return text_of({{"start_ns", gap.start_ns},
                  {"duration_ns", gap.duration_ns},
                  {"number", gap.number},
                  {"gap_count", gap.gap_count},
                  {"work_before", maybe(gap.work_before)},
                  {"work_after", maybe(gap.work_after)},
                  {"launch_after", maybe(gap.launch_after)},
                  {"host", list_json(index, gap.host)},
                  {"step", step_json(index, gap.step)}});
}

}  // namespace tbprof::plugins::timeline
