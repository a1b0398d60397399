#include <nlohmann/json.hpp>

#include "plugins/timeline/answers.h"

namespace tbprof::plugins::timeline {

namespace {

using analyzer::timeline::GapDetails;
using analyzer::timeline::SliceDetails;
using analyzer::timeline::TimelineIndex;
using analyzer::trace::Slice;
using nlohmann::json;

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
          {"track_title", track.name},
          {"group_title", track.group},
          {"depth", lane.depth}};
}

json list_json(const TimelineIndex& index, const std::vector<Slice>& slices) {
  json list = json::array();
  for (const Slice& slice : slices) list.push_back(short_json(index, slice));
  return list;
}

json step_json(const analyzer::trace::Step& step) {
  return {{"number", step.number},
          {"start_ns", step.start_ns},
          {"duration_ns", step.duration_ns},
          {"complete", step.complete}};
}

json step_json(const TimelineIndex& index, std::optional<std::uint32_t> number) {
  return number ? step_json(index.trace().steps()[*number]) : json(nullptr);
}

std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::string step_text(const analyzer::trace::Step& step) { return text_of(step_json(step)); }

std::string slice_json(const TimelineIndex& index, const SliceDetails& details) {
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
  return text_of(out);
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
