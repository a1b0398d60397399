#include "analyzer/profile/work_role.h"

#include <utility>

namespace tbprof::analyzer::profile {

namespace {

using proto::Category;

bool is_torch_input(std::string_view name) {
  return (name.starts_with("enumerate(DataLoader)#") && name.ends_with(".__next__")) ||
         name.starts_with("enumerate(DataPipe)#");
}

// Operators that hand a collective to its library and return: host code, not communication.
bool launches_a_collective(std::string_view name) {
  return name == "record_param_comms" || name.starts_with("c10d::");
}

WorkRole device_role(const trace::Name& name) {
  switch (name.category) {
    case Category::kernel:
      return is_collective_kernel(name.text) ? WorkRole::communication : WorkRole::kernel;
    case Category::memcpy:
      return WorkRole::memcpy;
    case Category::memset:
      return WorkRole::memset;
    case Category::communication:
      return WorkRole::communication;
    default:
      return WorkRole::none;
  }
}

WorkRole host_role(const trace::Name& name) {
  switch (name.category) {
    case Category::step:
    case Category::python:
    case Category::gpu_annotation:
    case Category::overhead:
    case Category::memory:
    case Category::kernel:
    case Category::memcpy:
    case Category::memset:
      return WorkRole::none;
    case Category::communication:
      return launches_a_collective(name.text) ? WorkRole::host : WorkRole::communication;
    case Category::runtime_api:
      return WorkRole::runtime_api;
    case Category::input:
      return WorkRole::input;
    default:
      if (is_host_collective(name.text)) return WorkRole::communication;
      return is_torch_input(name.text) ? WorkRole::input : WorkRole::host;
  }
}

void add_lane(const trace::Trace& trace, const trace::Lane& lane, trace::TrackKind kind,
              const WorkRoles& roles, std::array<IntervalUnion, kWorkRoleCount>& unions) {
  RoleIntervals runs;
  for (trace::SliceId id = lane.first_slice; id < lane.first_slice + lane.slice_count; ++id) {
    const trace::Slice slice = trace.slice(id);
    const WorkRole role = roles.on(kind, slice.name);
    if (role == WorkRole::none) continue;
    runs[static_cast<std::size_t>(role)].append(slice.start_ns, slice.end_ns());
  }
  for (std::size_t i = 0; i < kWorkRoleCount; ++i) unions[i].add(std::move(runs[i]));
}

}  // namespace

bool is_collective_kernel(std::string_view name) {
  return name.starts_with("nccl") || name.starts_with("rccl") ||
         name.find("ncclKernel") != std::string_view::npos ||
         name.find("ncclDevKernel") != std::string_view::npos;
}

bool is_host_collective(std::string_view name) {
  return name.starts_with("nccl:") || name.starts_with("gloo:") || name.starts_with("mpi:") ||
         name.starts_with("ucc:");
}

WorkRoles::WorkRoles(const trace::Trace& trace) : marks_step_(trace.names().size(), false) {
  for (const trace::Name& name : trace.names()) {
    host_.push_back(host_role(name));
    device_.push_back(device_role(name));
  }
  for (const trace::Step& step : trace.steps()) {
    if (step.name >= host_.size()) continue;
    marks_step_[step.name] = true;
    host_[step.name] = WorkRole::none;
  }
}

WorkRole WorkRoles::on(trace::TrackKind kind, trace::NameId name) const {
  if (kind == trace::TrackKind::thread) return host_[name];
  return kind == trace::TrackKind::stream ? device_[name] : WorkRole::none;
}

RoleIntervals role_intervals(const trace::Trace& trace, const WorkRoles& roles) {
  std::array<IntervalUnion, kWorkRoleCount> unions;
  for (const trace::Track& track : trace.tracks()) {
    for (const trace::Lane& lane : trace.lanes_of(track)) {
      add_lane(trace, lane, track.kind, roles, unions);
    }
  }
  RoleIntervals result;
  for (std::size_t i = 0; i < kWorkRoleCount; ++i) result[i] = unions[i].take();
  return result;
}

}  // namespace tbprof::analyzer::profile
