#include "analyzer/profile/step_parts.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "analyzer/profile/interval_set.h"
#include "analyzer/profile/role_windows.h"

namespace tbprof::analyzer::profile {

namespace {

using proto::Category;

constexpr std::array kPriorityKeys = {
    Category::kernel,      Category::memcpy, Category::memset,       Category::communication,
    Category::runtime_api, Category::input,  Category::cpu_operator, Category::other};
constexpr std::array kSelfTimeKeys = {
    Category::input,         Category::forward,    Category::backward, Category::optimizer,
    Category::communication, Category::checkpoint, Category::other};
constexpr std::size_t kOwnCategories = kSelfTimeKeys.size() - 1;

IntervalSet covered_by(const std::vector<StepTime>& steps) {
  IntervalSet set;
  for (const StepTime& step : steps) set.append(step.start_ns, step.end_ns());
  return set;
}

StepDivision division_for(const trace::Trace& trace) {
  for (const trace::Name& name : trace.names()) {
    if (proto::is_device_work(name.category) || name.category == Category::cpu_operator) {
      return StepDivision::by_priority;
    }
  }
  return StepDivision::by_self_time;
}

// Fills a step's parts from sets of which no two share a moment; the rest is the last key.
void share_out(const StepTime& step, std::span<const IntervalSet> taken,
               std::vector<std::int64_t>& parts_ns) {
  std::int64_t rest_ns = step.duration_ns;
  for (std::size_t key = 0; key < taken.size(); ++key) {
    parts_ns[key] = taken[key].length_within_ns(step.start_ns, step.end_ns());
    rest_ns -= parts_ns[key];
  }
  parts_ns.back() = rest_ns;
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

using OwnIntervals = std::array<IntervalSet, kOwnCategories>;

// When ranges of a lane are at work, by category; `any` is when any of them is.
OwnIntervals own_intervals(const trace::Trace& trace, const trace::Lane& lane, IntervalSet& any) {
  OwnIntervals result;
  for (trace::SliceId id = lane.first_slice; id < lane.first_slice + lane.slice_count; ++id) {
    const auto key =
        std::find(kSelfTimeKeys.begin(), kSelfTimeKeys.end() - 1, trace.category_of(id));
    if (key == kSelfTimeKeys.end() - 1) continue;
    const trace::Slice slice = trace.slice(id);
    result[static_cast<std::size_t>(key - kSelfTimeKeys.begin())].append(slice.start_ns,
                                                                         slice.end_ns());
    any.append(slice.start_ns, slice.end_ns());
  }
  return result;
}

// From the innermost lane outwards, so that each moment is taken by the innermost range.
OwnIntervals innermost_on(const trace::Trace& trace, const trace::Track& track, IntervalSet left) {
  std::array<IntervalUnion, kOwnCategories> taken;
  const auto lanes = trace.lanes_of(track);
  for (auto lane = lanes.rbegin(); lane != lanes.rend() && !left.empty(); ++lane) {
    IntervalSet any;
    const OwnIntervals own = own_intervals(trace, *lane, any);
    if (any.empty()) continue;
    for (std::size_t key = 0; key < kOwnCategories; ++key) {
      if (!own[key].empty()) taken[key].add(intersect(left, own[key]));
    }
    left = subtract(left, any);
  }
  OwnIntervals result;
  for (std::size_t key = 0; key < kOwnCategories; ++key) result[key] = taken[key].take();
  return result;
}

void divide_by_self_time(const trace::Trace& trace, const StepTable& table, StepParts& result) {
  std::set<trace::TrackId> tracks;
  for (const StepTime& step : table.steps) tracks.insert(step.track);
  for (const trace::TrackId track : tracks) {
    OwnIntervals taken;
    if (track < trace.tracks().size()) {
      taken = innermost_on(trace, trace.tracks()[track], covered_by(table.steps));
    }
    for (std::size_t i = 0; i < table.steps.size(); ++i) {
      if (table.steps[i].track == track) share_out(table.steps[i], taken, result.parts_ns[i]);
    }
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
