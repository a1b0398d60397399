#include <fmt/format.h>

#include <filesystem>
#include <string_view>

#include "cli/doctor_checks.h"
#include "collector/environment.h"

namespace tbprof::cli {
namespace {

bool is_set(const char* value) { return value != nullptr && *value != 0; }

// The library that another tool has put there, if any.
std::string foreign(const Machine& machine, const char* variable) {
  const char* value = machine.variable(variable);
  if (!is_set(value)) return {};
  return std::filesystem::path(value).filename() == "libtbprof.so" ? "" : value;
}

void add_injection(const Machine& machine, const char* variable, const char* what,
                   std::vector<Check>& checks) {
  const std::string other = foreign(machine, variable);
  if (other.empty()) return;
  checks.push_back({"other tools", Finding::problem,
                    fmt::format("{} is set to {}, so {} go there", variable, other, what),
                    fmt::format("unset {} to record them", variable)});
}

struct Tool {
  const char* variable;
  const char* value;  // nullptr: any
  Finding finding;
  const char* text;
  const char* remedy;
};

constexpr Tool kTools[] = {
    {"NSYS_PROFILING_SESSION_ID", nullptr, Finding::problem, "this runs under Nsight Systems",
     "CUPTI serves one tool at a time: record without nsys"},
    {"NV_NSIGHT_INJECTION_TRANSPORT_TYPE", nullptr, Finding::problem,
     "this runs under Nsight Compute", "CUPTI serves one tool at a time: record without ncu"},
    {"KINETO_USE_DAEMON", "1", Finding::warning,
     "KINETO_USE_DAEMON=1: PyTorch's profiler may be started from outside",
     "when it starts, tbprof's recording of the GPU ends; unset it to be sure"},
    {"CUDA_LAUNCH_BLOCKING", "1", Finding::warning,
     "CUDA_LAUNCH_BLOCKING=1: the program waits for each kernel, and is slower than usual",
     "unset it"},
};

}  // namespace

std::vector<Check> tool_checks(const Machine& machine) {
  std::vector<Check> checks;
  add_injection(machine, collector::kCudaInjectionVariable, "kernels and copies", checks);
  add_injection(machine, collector::kNvtxInjectionVariable, "NVTX ranges", checks);
  for (const Tool& tool : kTools) {
    const char* value = machine.variable(tool.variable);
    if (!is_set(value) || (tool.value != nullptr && std::string_view(value) != tool.value))
      continue;
    checks.push_back({"other tools", tool.finding, tool.text, tool.remedy});
  }
  if (const char* preload = machine.variable("LD_PRELOAD"); is_set(preload)) {
    checks.push_back(
        {"other tools", Finding::warning, fmt::format("LD_PRELOAD is set to {}", preload),
         "unset it if the program does not need it: it may slow down what is measured"});
  }
  if (const char* enable = machine.variable(collector::kEnableVariable);
      enable != nullptr && std::string_view(enable) == "0") {
    checks.push_back(
        {"other tools", Finding::problem, "TBPROF_ENABLE=0: nothing is recorded", "unset it"});
  }
  if (checks.empty()) {
    checks.push_back({"other tools", Finding::ok, "no variable of another tool is set", ""});
  }
  return checks;
}

}  // namespace tbprof::cli
