#include "analyzer/profile/work_role.h"

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

WorkRoles::WorkRoles(const trace::Trace& trace) {
  for (const trace::Name& name : trace.names()) {
    host_.push_back(host_role(name));
    device_.push_back(device_role(name));
  }
  for (const trace::Step& step : trace.steps()) {
    if (step.name < host_.size()) host_[step.name] = WorkRole::none;
  }
}

std::span<const WorkRole> WorkRoles::of(trace::TrackKind kind) const {
  if (kind == trace::TrackKind::thread) return host_;
  if (kind == trace::TrackKind::stream) return device_;
  return {};
}

}  // namespace tbprof::analyzer::profile
