#include "cuda/device_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/environment.h"
#include "collector/metric_names.h"

namespace tbprof::cuda {

namespace {

bool is_set(const char* variable) {
  const char* value = getenv(variable);
  return value != nullptr && strcmp(value, "1") == 0;
}

// What the variable holds if it is a number within the bounds.
std::uint32_t number_of(const char* variable, unsigned long least, unsigned long most,
                        std::uint32_t otherwise) {
  const char* text = getenv(variable);
  if (text == nullptr) return otherwise;
  char* end = nullptr;
  const unsigned long number = strtoul(text, &end, 10);
  const bool is_good = end != text && *end == 0 && number >= least && number <= most;
  return is_good ? static_cast<std::uint32_t>(number) : otherwise;
}

}  // namespace

SessionOptions read_device_options() {
  SessionOptions options;
  options.graph_nodes = is_set(collector::kGraphNodesVariable);
  options.finalize = is_set(collector::kFinalizeVariable);
  options.device_budget_mib =
      number_of(collector::kGpuMemoryMbVariable, 4, 1024, options.device_budget_mib);
  return options;
}

MetricOptions read_metric_options() {
  MetricOptions options;
  const char* names = getenv(collector::kMetricsVariable);
  // A list that is too long is cut, and so refused as none.
  if (names != nullptr) snprintf(options.names, sizeof options.names, "%s", names);
  options.interval_ns = std::int64_t{1000} * number_of(collector::kMetricsIntervalUsVariable,
                                                       collector::kLeastMetricsIntervalUs,
                                                       collector::kMostMetricsIntervalUs, 1000);
  return options;
}

bool is_told_to_be_quiet() { return is_set(collector::kQuietVariable); }

}  // namespace tbprof::cuda
