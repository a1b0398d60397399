#include "cli/gpu_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "collector/environment.h"
#include "collector/metric_names.h"

namespace tbprof::cli {
namespace {

using proto::ErrorCode;

proto::Result<> check_metrics(const std::string& metrics) {
  if (collector::is_metric_list(metrics)) return proto::success();
  return {ErrorCode::invalid_argument,
          fmt::format("--metrics takes at most {} names divided by commas, such as "
                      "default,dram__throughput.avg.pct_of_peak_sustained_elapsed, not '{}'",
                      collector::kMostMetrics, metrics)};
}

proto::Result<std::uint32_t> microseconds(const std::string& text) {
  std::uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  const std::uint64_t scale = unit == "s" ? 1'000'000 : unit == "ms" ? 1000 : 1;
  const bool is_unit = unit.empty() || unit == "us" || unit == "ms" || unit == "s";
  const std::uint64_t us = number * scale;
  if (error != std::errc() || !is_unit || us < collector::kLeastMetricsIntervalUs ||
      us > collector::kMostMetricsIntervalUs) {
    return {ErrorCode::invalid_argument,
            fmt::format("--metrics-interval takes a time from 20us to 1s, such as 1ms, not '{}'",
                        text)};
  }
  return static_cast<std::uint32_t>(us);
}

}  // namespace

void add_gpu_flags(CLI::App& parser, GpuFlags& flags) {
  const char* group = "What to record of a GPU";
  parser
      .add_option("--metrics", flags.metrics,
                  "Hardware metrics to sample, by NVIDIA's names; `default` is a set of them")
      ->type_name("NAMES")
      ->group(group);
  parser
      .add_option("--metrics-interval", flags.metrics_interval,
                  "From one sample of them to the next (default: 1ms)")
      ->type_name("TIME")
      ->group(group);
  parser
      .add_flag("--graph-nodes", flags.graph_nodes,
                "Each kernel inside a CUDA graph, at a far higher cost, not the launch as a whole")
      ->group(group);
  parser
      .add_flag("--finalize", flags.finalize,
                "After the last window NVIDIA's CUPTI leaves the program, and its cost with it")
      ->group(group);
}

proto::Result<Environment> gpu_environment(const GpuFlags& flags) {
  Environment environment;
  if (!flags.metrics.empty()) {
    TBPROF_TRY(check_metrics(flags.metrics));
    environment.emplace_back(collector::kMetricsVariable, flags.metrics);
  }
  if (!flags.metrics_interval.empty()) {
    const std::uint32_t us = TBPROF_TRY(microseconds(flags.metrics_interval));
    environment.emplace_back(collector::kMetricsIntervalUsVariable, std::to_string(us));
    if (flags.metrics.empty()) {
      return {ErrorCode::invalid_argument,
              "--metrics-interval needs --metrics, such as --metrics default"};
    }
  }
  if (flags.graph_nodes) environment.emplace_back(collector::kGraphNodesVariable, "1");
  if (flags.finalize) environment.emplace_back(collector::kFinalizeVariable, "1");
  return environment;
}

}  // namespace tbprof::cli
