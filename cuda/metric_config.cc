#include "cuda/metric_config.h"

#include <stdio.h>
#include <string.h>

#include <algorithm>
#include <limits>

namespace tbprof::cuda {

namespace {

// What says most about a GPU at work, the most telling first. Chips count some of it under
// different names: of each row the first that can be had is taken.
struct Quantity {
  const char* title;
  const char* names[3];
};
constexpr Quantity kDefault[] = {
    {"SMs active", {"sm__cycles_active.avg.pct_of_peak_sustained_elapsed"}},
    {"tensor cores active",
     {"sm__pipe_tensor_cycles_active_realtime.avg.pct_of_peak_sustained_elapsed",
      "sm__pipe_tensor_cycles_active.avg.pct_of_peak_sustained_elapsed"}},
    {"DRAM read",
     {"dram__bytes_read.sum.per_second",
      "dram__read_throughput.avg.pct_of_peak_sustained_elapsed"}},
    {"DRAM written",
     {"dram__bytes_write.sum.per_second",
      "dram__write_throughput.avg.pct_of_peak_sustained_elapsed"}},
    {"warps in flight", {"sm__warps_active.avg.pct_of_peak_sustained_elapsed"}},
    {"instructions executed",
     {"sm__inst_executed_realtime.avg.pct_of_peak_sustained_elapsed",
      "sm__inst_executed.avg.pct_of_peak_sustained_elapsed"}},
    {"PCIe read", {"pcie__read_bytes.sum.per_second"}},
    {"PCIe written", {"pcie__write_bytes.sum.per_second"}},
    {"NVLink received", {"nvlrx__bytes.sum.per_second"}},
    {"NVLink sent", {"nvltx__bytes.sum.per_second"}},
};
constexpr std::string_view kDefaultWord = "default";

void copy(char (&to)[kMostMetricBytes + 1], std::string_view text) {
  const std::size_t length = std::min(text.size(), kMostMetricBytes);
  memcpy(to, text.data(), length);
  to[length] = 0;
}

std::vector<const char*> names_of(const std::vector<Metric>& metrics) {
  std::vector<const char*> names;
  for (const Metric& metric : metrics) names.push_back(metric.name);
  return names;
}

}  // namespace

std::vector<const char*> MetricConfig::names() const { return names_of(metrics_); }

void MetricConfig::release() {
  if (host_ == nullptr) return;
  auto end = with_size<CUpti_Profiler_Host_Deinitialize_Params>(
      CUpti_Profiler_Host_Deinitialize_Params_STRUCT_SIZE);
  end.pHostObject = host_;
  library_->host_deinitialize(&end);
  host_ = nullptr;
}

bool MetricConfig::build(const MetricsLibrary& library, const char* chip, std::string_view asked,
                         const std::uint8_t* availability) {
  release();
  library_ = &library;
  chip_ = chip;
  availability_ = availability;
  metrics_.clear();
  bool wants_default = false;
  // Those by name come first: the set fills what room they leave.
  const bool are_known = collector::for_each_metric(asked, [&](std::string_view name) {
    if (name != kDefaultWord) return add_asked(name);
    wants_default = true;
    return true;
  });
  if (!are_known) return false;
  if (wants_default) add_default();
  // What was tried last may not be what is wanted.
  if (metrics_.empty() || passes_of(metrics_) != 1) {
    say_unknown("none of the default metrics");
    return false;
  }
  for (Metric& metric : metrics_) describe(metric);
  return true;
}

void MetricConfig::say_unknown(std::string_view name) {
  if (!can_start_) {
    snprintf(reason_, sizeof reason_,
             "CUPTI knows no metrics of this GPU (%s): libnvperf_host.so must lie beside libcupti, "
             "and both be as new as the GPU",
             chip_);
    return;
  }
  snprintf(reason_, sizeof reason_,
           "this GPU (%s) can sample no metric of the name %.*s: `ncu --query-metrics-collection "
           "pmsampling` lists them, and behind each comes .avg, .sum.per_second or the like",
           chip_, static_cast<int>(name.size()), name.data());
}

// CUPTI's "percent" and "byte/second" in the words of the other counters.
void MetricConfig::describe(Metric& metric) const {
  auto ask = with_size<CUpti_Profiler_Host_GetMetricProperties_Params>(
      CUpti_Profiler_Host_GetMetricProperties_Params_STRUCT_SIZE);
  ask.pHostObject = host_;
  ask.pMetricName = metric.name;
  if (library_->host_properties(&ask) != CUPTI_SUCCESS || ask.pDimUnit == nullptr) return;
  const std::string_view unit = ask.pDimUnit;
  const bool is_bytes_per_second = unit == "byte/second";
  snprintf(metric.unit, sizeof metric.unit, "%s",
           unit == "percent"     ? "%"
           : is_bytes_per_second ? "bytes/s"
                                 : ask.pDimUnit);
}

bool MetricConfig::evaluate(const std::uint8_t* counter_data, std::size_t counter_data_bytes,
                            std::size_t sample_index, double* values) const {
  std::vector<const char*> asked = names();
  std::fill_n(values, asked.size(), std::numeric_limits<double>::quiet_NaN());
  auto ask = with_size<CUpti_Profiler_Host_EvaluateToGpuValues_Params>(
      CUpti_Profiler_Host_EvaluateToGpuValues_Params_STRUCT_SIZE);
  ask.pHostObject = host_;
  ask.pCounterDataImage = counter_data;
  ask.counterDataImageSize = counter_data_bytes;
  ask.rangeIndex = sample_index;
  ask.ppMetricNames = asked.data();
  ask.numMetrics = asked.size();
  ask.pMetricValues = values;
  return library_->host_evaluate(&ask) == CUPTI_SUCCESS;
}

bool MetricConfig::add(std::string_view name, std::string_view title) {
  for (const Metric& metric : metrics_) {
    if (name == metric.name) return true;
  }
  if (metrics_.size() == kMostMetrics) return false;
  Metric& added = metrics_.emplace_back();
  copy(added.name, name);
  copy(added.title, title);
  return true;
}

bool MetricConfig::add_asked(std::string_view name) {
  if (!add(name, name)) {
    snprintf(reason_, sizeof reason_, "at most %zu metrics are sampled at once: name fewer",
             kMostMetrics);
    return false;
  }
  const std::size_t passes = passes_of(metrics_);
  if (passes == 1) return true;
  if (passes == 0) {
    say_unknown(name);
    return false;
  }
  snprintf(reason_, sizeof reason_,
           "with %.*s the metrics need %zu runs of the same work, and sampling has one: leave out "
           "some (`ncu --query-metrics-collection pmsampling` tells what goes together)",
           static_cast<int>(name.size()), name.data(), passes);
  return false;
}

void MetricConfig::add_default() {
  for (const Quantity& quantity : kDefault) {
    for (const char* name : quantity.names) {
      const std::size_t before = metrics_.size();
      if (name == nullptr || !add(name, quantity.title)) break;
      if (metrics_.size() == before || passes_of(metrics_) == 1) break;
      metrics_.pop_back();
    }
  }
}

// An object that has refused a metric takes no other: each try is with a new one.
std::size_t MetricConfig::passes_of(const std::vector<Metric>& metrics) {
  release();
  auto begin = with_size<CUpti_Profiler_Host_Initialize_Params>(
      CUpti_Profiler_Host_Initialize_Params_STRUCT_SIZE);
  begin.profilerType = CUPTI_PROFILER_TYPE_PM_SAMPLING;
  begin.pChipName = chip_;
  begin.pCounterAvailabilityImage = availability_;
  can_start_ = library_->host_initialize(&begin) == CUPTI_SUCCESS && begin.pHostObject != nullptr;
  if (!can_start_) return 0;
  host_ = begin.pHostObject;
  std::vector<const char*> names = names_of(metrics);
  auto add = with_size<CUpti_Profiler_Host_ConfigAddMetrics_Params>(
      CUpti_Profiler_Host_ConfigAddMetrics_Params_STRUCT_SIZE);
  add.pHostObject = host_;
  add.ppMetricNames = names.data();
  add.numMetrics = names.size();
  if (library_->host_add_metrics(&add) != CUPTI_SUCCESS || !make_image()) return 0;
  auto count = with_size<CUpti_Profiler_Host_GetNumOfPasses_Params>(
      CUpti_Profiler_Host_GetNumOfPasses_Params_STRUCT_SIZE);
  count.configImageSize = image_.size();
  count.pConfigImage = image_.data();
  return library_->host_passes(&count) == CUPTI_SUCCESS ? count.numOfPasses : 0;
}

bool MetricConfig::make_image() {
  auto size = with_size<CUpti_Profiler_Host_GetConfigImageSize_Params>(
      CUpti_Profiler_Host_GetConfigImageSize_Params_STRUCT_SIZE);
  size.pHostObject = host_;
  if (library_->host_image_size(&size) != CUPTI_SUCCESS) return false;
  image_.assign(size.configImageSize, 0);
  auto get = with_size<CUpti_Profiler_Host_GetConfigImage_Params>(
      CUpti_Profiler_Host_GetConfigImage_Params_STRUCT_SIZE);
  get.pHostObject = host_;
  get.configImageSize = image_.size();
  get.pConfigImage = image_.data();
  return library_->host_image(&get) == CUPTI_SUCCESS;
}

}  // namespace tbprof::cuda
