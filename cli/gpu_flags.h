// The flags of `tbprof run` for what is recorded of a GPU, and the environment they make. Values.
// One thread at a time.
#pragma once

#include <string>

#include "cli/child_process.h"
#include "proto/result.h"

namespace CLI {
class App;
}

namespace tbprof::cli {

struct GpuFlags {
  std::string metrics{};  // names divided by commas, "default"
  std::string
      metrics_interval{};  // "1ms", "500us", "2000" (microseconds); empty: the recorder's own
  bool graph_nodes = false;
  bool finalize = false;
};

void add_gpu_flags(CLI::App& parser, GpuFlags& flags);

// The variables of the flags that were given.
proto::Result<Environment> gpu_environment(const GpuFlags& flags);

}  // namespace tbprof::cli
