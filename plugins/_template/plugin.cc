// The smallest plugin: how many slices there are of each category. To write your own, copy this
// folder under another name (the name becomes id, route and tab; the build gives it as
// TBPROF_PLUGIN) and replace the route. No list names plugins: the build finds the folder.
#include "plugins/plugin.h"

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace tbprof::plugins::TBPROF_PLUGIN {

namespace {

// GET /data/plugin/<folder>/counts?capture=ID -> {"slices": 3, "by_category": {"forward": 2, …}}
proto::Result<Answer> answer_counts(const Question& question) {
  const TracePointer trace = TBPROF_TRY(question.trace());
  std::array<std::uint64_t, proto::kCategoryCount> counts{};
  for (const analyzer::trace::NameId name : trace->name_column()) {
    ++counts[static_cast<std::size_t>(trace->names()[name].category)];
  }
  nlohmann::ordered_json json;
  json["slices"] = trace->slice_count();
  json["by_category"] = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    json["by_category"][proto::category_name(static_cast<proto::Category>(i))] = counts[i];
  }
  return Answer{kJson, json.dump(), ""};
}

}  // namespace

Plugin plugin() {
  Plugin plugin;
  plugin.title = "Template";
  plugin.routes.push_back({"counts", answer_counts});
  return plugin;
}

}  // namespace tbprof::plugins::TBPROF_PLUGIN
