#include "analyzer/profile/step_parts.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <utility>

#include "analyzer/profile/interval_set.h"
#include "analyzer/profile/role_windows.h"
#include "analyzer/profile/self_time.h"

namespace tbprof::analyzer::profile {

namespace {

using proto::Category;

constexpr std::array kPriorityKeys = {
    Category::kernel,      Category::memcpy, Category::memset,       Category::communication,
    Category::runtime_api, Category::input,  Category::cpu_operator, Category::other};
constexpr std::array kSelfTimeKeys = {
    Category::input,         Category::forward,    Category::backward, Category::optimizer,
    Category::communication, Category::checkpoint, Category::other};

StepDivision division_for(const trace::Trace& trace) {
  bool has_operators = false;
  bool has_forward = false;  // only we mark it: input, backward and optimizer are told as well then
  for (const trace::Name& name : trace.names()) {
    if (proto::is_device_work(name.category)) return StepDivision::by_priority;
    has_operators |= name.category == Category::cpu_operator;
    has_forward |= name.category == Category::forward;
  }
  return has_operators && !has_forward ? StepDivision::by_priority : StepDivision::by_self_time;
}

void divide_by_priority(const trace::Trace& trace, const StepTable& table, StepParts& result) {
  const WorkRoles roles(trace);
  RoleWindows windows(trace, roles);
  for (std::size_t i = 0; i < table.steps.size(); ++i) {
    const StepTime& step = table.steps[i];
    const RoleIntervals at_work = windows.between(step.start_ns, step.end_ns());
    IntervalSet left;
    left.append(step.start_ns, step.end_ns());
    std::int64_t left_ns = left.length_ns();
    for (std::size_t role = 0; role < kWorkRoleCount && left_ns > 0; ++role) {
      if (at_work[role].empty()) continue;
      left = subtract(left, at_work[role]);
      result.parts_ns[i][role] = left_ns - left.length_ns();
      left_ns -= result.parts_ns[i][role];
    }
    result.parts_ns[i].back() = left_ns;
  }
}

void divide_by_self_time(const trace::Trace& trace, const StepTable& table, StepParts& result) {
  const std::vector<std::uint8_t> category_of_name =
      category_indices(trace, std::span(kSelfTimeKeys).first(kSelfTimeKeys.size() - 1));
  std::map<trace::TrackId, SelfTimeWindows> windows;
  for (std::size_t i = 0; i < table.steps.size(); ++i) {
    const StepTime& step = table.steps[i];
    if (step.track >= trace.tracks().size()) {
      result.parts_ns[i].back() = step.duration_ns;
      continue;
    }
    auto& of_track =
        windows.try_emplace(step.track, trace, trace.tracks()[step.track], category_of_name)
            .first->second;
    result.parts_ns[i].back() = of_track.divide(step.start_ns, step.end_ns(), result.parts_ns[i]);
  }
}

void leave_out_device_keys(const trace::Trace& trace, StepParts& result) {
  for (const trace::Name& name : trace.names()) {
    if (proto::is_device_work(name.category) || name.category == Category::runtime_api) return;
  }
  for (const Category device_key :
       {Category::kernel, Category::memcpy, Category::memset, Category::runtime_api}) {
    const auto key = std::find(result.keys.begin(), result.keys.end(), device_key);
    const auto index = key - result.keys.begin();
    result.keys.erase(key);
    for (auto& parts : result.parts_ns) parts.erase(parts.begin() + index);
  }
}

void summarize(const StepTable& table, StepParts& result) {
  for (std::size_t key = 0; key < result.keys.size(); ++key) {
    std::vector<std::int64_t> values;
    for (std::size_t i = 0; i < table.steps.size(); ++i) {
      if (table.steps[i].complete) values.push_back(result.parts_ns[i][key]);
    }
    const Distribution distribution = distribution_of(std::move(values));
    result.mean_ns.push_back(distribution.mean);
    result.median_ns.push_back(distribution.median);
  }
}

}  // namespace

StepParts step_parts(const trace::Trace& trace, const StepTable& table) {
  StepParts result;
  result.division = division_for(trace);
  if (result.division == StepDivision::by_priority) {
    result.keys.assign(kPriorityKeys.begin(), kPriorityKeys.end());
  } else {
    result.keys.assign(kSelfTimeKeys.begin(), kSelfTimeKeys.end());
  }
  result.parts_ns.assign(table.steps.size(), std::vector<std::int64_t>(result.keys.size(), 0));
  if (result.division == StepDivision::by_priority) {
    divide_by_priority(trace, table, result);
    leave_out_device_keys(trace, result);
  } else {
    divide_by_self_time(trace, table, result);
  }
  summarize(table, result);
  return result;
}

GrownPart grown_part(const StepParts& parts, std::size_t step) {
  GrownPart grown;
  for (std::size_t key = 0; key < parts.keys.size(); ++key) {
    const std::int64_t by_ns = parts.parts_ns[step][key] - parts.median_ns[key];
    if (key == 0 || by_ns > grown.grown_ns) grown = {key, by_ns};
  }
  return grown;
}

}  // namespace tbprof::analyzer::profile
