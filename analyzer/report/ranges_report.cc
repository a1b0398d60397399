#include "analyzer/report/ranges_report.h"

#include <algorithm>
#include <cstdint>

#include "analyzer/profile/range_tree.h"
#include "analyzer/profile/recorded_time.h"
#include "analyzer/report/capture_report.h"
#include "analyzer/report/ranges_headline.h"

namespace tbprof::analyzer::report {

namespace {

Json row_json(const profile::RangeRow& row, std::size_t step_count) {
  Json json;
  json["name"] = row.name;
  json["category"] = proto::category_name(row.category);
  json["count"] = row.count;
  json["total_ns"] = row.total_ns;
  json["self_ns"] = row.self_ns;
  json["mean_ns"] = row.mean_ns();
  json["min_ns"] = row.min_ns;
  json["max_ns"] = row.max_ns;
  json["longest_slice"] = row.longest;
  json["p50_ns"] = row.p50_ns;
  json["p99_ns"] = row.p99_ns;
  json["per_step_ns"] =
      step_count > 0 ? static_cast<double>(row.in_steps_ns) / static_cast<double>(step_count) : 0.0;
  return json;
}

void add_rows(const profile::RangeTable& table, std::size_t limit, Json& json) {
  json["row_count"] = table.rows.size();
  Json& rows = json["rows"] = Json::array();
  std::uint64_t count = 0;
  std::int64_t total_ns = 0;
  std::int64_t self_ns = 0;
  for (const profile::RangeRow& row : table.rows) {
    if (limit == 0 || rows.size() < limit) {
      rows.push_back(row_json(row, table.step_count));
      continue;
    }
    count += row.count;
    total_ns += row.total_ns;
    self_ns += row.self_ns;
  }
  json["others"] = {{"rows", table.rows.size() - rows.size()},
                    {"count", count},
                    {"total_ns", total_ns},
                    {"self_ns", self_ns}};
}

std::string key_of(const trace::Name& name) {
  return std::string(proto::category_name(name.category)) + ":" + name.text;
}

Json node_json(const profile::RangeTree& tree, std::uint32_t id, std::size_t limit,
               std::size_t depth) {
  const profile::RangeNode& node = tree.nodes[id];
  Json json;
  if (id != 0) {
    const trace::Name& name = tree.name_of(node);
    json["name"] = name.text;
    json["category"] = proto::category_name(name.category);
    json["key"] = key_of(name);
  }
  json["count"] = node.count;
  json["total_ns"] = node.total_ns;
  json["self_ns"] = node.self_ns;
  if (id != 0) {
    json["mean_ns"] = static_cast<double>(node.total_ns) / static_cast<double>(node.count);
    json["min_ns"] = node.min_ns;
    json["max_ns"] = node.max_ns;
    json["longest_slice"] = node.longest;
  }
  json["child_count"] = node.children.size();
  if (depth == 0) return json;
  Json& children = json["children"] = Json::array();
  std::uint64_t count = 0;
  std::int64_t total_ns = 0;
  for (const std::uint32_t child : node.children) {
    if (limit == 0 || children.size() < limit) {
      children.push_back(node_json(tree, child, limit, depth - 1));
      continue;
    }
    count += tree.nodes[child].count;
    total_ns += tree.nodes[child].total_ns;
  }
  json["others"] = {
      {"nodes", node.children.size() - children.size()}, {"count", count}, {"total_ns", total_ns}};
  return json;
}

std::uint32_t node_at(const profile::RangeTree& tree, const std::vector<std::string>& path) {
  std::uint32_t node = 0;
  for (const std::string& key : path) {
    const auto& children = tree.nodes[node].children;
    const auto found = std::find_if(children.begin(), children.end(), [&](std::uint32_t child) {
      return key_of(tree.name_of(tree.nodes[child])) == key;
    });
    if (found == children.end()) return trace::kNone;
    node = *found;
  }
  return node;
}

void add_tree(const trace::Trace& trace, const RangesOptions& options, Json& json) {
  const profile::RangeTree tree = profile::range_tree(trace, options.filter);
  const std::uint32_t node = node_at(tree, options.path);
  json["tree"] =
      node == trace::kNone ? Json() : node_json(tree, node, options.limit, options.depth);
  json["left_out_count"] = tree.left_out_count;
}

}  // namespace

Json range_rows_report(const trace::Trace& trace, const RangesOptions& options) {
  const profile::RangeTable table = profile::range_table(trace, options.filter);
  Json json;
  json["losses"] = losses_json(trace);
  json["span_ns"] = table.span_ns;
  json["step_count"] = table.step_count;
  const Headline words = ranges_headline(table);
  json["headline"] = {{"finding", words.finding}, {"advice", words.advice}};
  add_rows(table, options.limit, json);
  return json;
}

Json range_tree_report(const trace::Trace& trace, const RangesOptions& options) {
  Json json;
  json["span_ns"] = profile::recorded_ns(trace);
  json["path"] = options.path;
  add_tree(trace, options, json);
  return json;
}

Json ranges_report(const trace::Trace& trace, const RangesOptions& options) {
  Json json;
  json["capture"] = capture_json(trace);
  json.update(range_rows_report(trace, options));
  add_tree(trace, options, json);
  return json;
}

}  // namespace tbprof::analyzer::report
