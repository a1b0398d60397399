#include "cuda/device_options.h"

#include <stdlib.h>
#include <string.h>

#include "collector/environment.h"

namespace tbprof::cuda {

namespace {

bool is_set(const char* variable) {
  const char* value = getenv(variable);
  return value != nullptr && strcmp(value, "1") == 0;
}

}  // namespace

SessionOptions read_device_options() {
  SessionOptions options;
  options.graph_nodes = is_set(collector::kGraphNodesVariable);
  const char* budget = getenv(collector::kGpuMemoryMbVariable);
  if (budget != nullptr) {
    char* end = nullptr;
    const unsigned long mib = strtoul(budget, &end, 10);
    if (end != budget && *end == 0 && mib >= 4 && mib <= 1024) {
      options.device_budget_mib = static_cast<std::uint32_t>(mib);
    }
  }
  return options;
}

bool is_told_to_be_quiet() { return is_set(collector::kQuietVariable); }

}  // namespace tbprof::cuda
