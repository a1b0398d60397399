#include "analyzer/import/torch_category.h"

#include <charconv>

namespace tbprof::analyzer::import {
namespace {

using proto::Category;

struct Spelling {
  std::string_view text;
  TorchCategory meaning;
};

constexpr TorchCategory kOperator{Category::cpu_operator, Place::host, KeptArgs::operator_identity};
constexpr TorchCategory kRuntime{Category::runtime_api, Place::host, KeptArgs::all};
constexpr TorchCategory kDriver{Category::driver_api, Place::host, KeptArgs::all};
constexpr TorchCategory kKernel{Category::kernel, Place::device, KeptArgs::all};
constexpr TorchCategory kMemcpy{Category::memcpy, Place::device, KeptArgs::all};
constexpr TorchCategory kMemset{Category::memset, Place::device, KeptArgs::all};
constexpr TorchCategory kSynchronization{Category::synchronization, Place::device_synchronization,
                                         KeptArgs::all};

constexpr Spelling kSpellings[] = {
    {"cpu_op", kOperator},
    {"Operator", kOperator},
    {"python_function", {Category::python, Place::host, KeptArgs::none}},
    {"Python", {Category::python, Place::host, KeptArgs::none}},
    {"kernel", kKernel},
    {"Kernel", kKernel},
    {"cuda_runtime", kRuntime},
    {"Runtime", kRuntime},
    {"hip_runtime", kRuntime},
    {"xpu_runtime", kRuntime},
    {"privateuse1_runtime", kRuntime},
    {"mtia_runtime", kRuntime},
    {"cuda_driver", kDriver},
    {"xpu_driver", kDriver},
    {"privateuse1_driver", kDriver},
    {"gpu_memcpy", kMemcpy},
    {"Memcpy", kMemcpy},
    {"gpu_memset", kMemset},
    {"Memset", kMemset},
    {"user_annotation", {Category::annotation, Place::host, KeptArgs::operator_identity}},
    {"gpu_user_annotation", {Category::gpu_annotation, Place::device_annotation, KeptArgs::none}},
    {"cuda_sync", kSynchronization},
    {"cuda_event", kSynchronization},
    {"xpu_sync", kSynchronization},
    {"graph_event_node", kSynchronization},
    {"graph_host_node", {Category::other, Place::device, KeptArgs::all}},
    {"overhead", {Category::overhead, Place::host, KeptArgs::none}},
    {"collective_comm", {Category::communication, Place::host, KeptArgs::all}},
    {"cpu_instant_event", {Category::memory, Place::host, KeptArgs::none}},
};

bool is_communication(std::string_view name) {
  return name.starts_with("nccl:") || name.starts_with("gloo:") || name.starts_with("mpi:") ||
         name.starts_with("ucc:") || name.starts_with("c10d::") || name == "record_param_comms";
}

}  // namespace

TorchCategory torch_category(std::string_view category) {
  for (const Spelling& spelling : kSpellings) {
    if (spelling.text == category) return spelling.meaning;
  }
  return {};
}

proto::Category category_by_name(proto::Category by_category, std::string_view name) {
  // Releases without Kineto write no category at all: an operator's namespace tells it.
  if (by_category == Category::other && name.find("::") != std::string_view::npos) {
    by_category = Category::cpu_operator;
  }
  if (by_category != Category::cpu_operator && by_category != Category::annotation &&
      by_category != Category::other) {
    return by_category;
  }
  if (profiler_step_number(name)) return Category::step;
  if (name.starts_with("enumerate(DataLoader)")) return Category::input;
  if (name.starts_with("Optimizer.")) return Category::optimizer;
  if (name.starts_with("autograd::engine::evaluate_function")) return Category::backward;
  if (is_communication(name)) return Category::communication;
  return by_category;
}

std::optional<std::int64_t> profiler_step_number(std::string_view name) {
  constexpr std::string_view prefix = "ProfilerStep#";
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

}  // namespace tbprof::analyzer::import
