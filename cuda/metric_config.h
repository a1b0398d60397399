// The host's side of sampling metrics: from their names to what the GPU is told to count, and from
// what it counted to values. Needs no GPU, only the name of its chip.
//
// Values; owns CUPTI's object and the image that the GPU is configured with, which must stay as it
// is while it samples. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "collector/metric_names.h"
#include "cuda/metrics_library.h"

namespace tbprof::cuda {

using collector::kMostMetricBytes;
using collector::kMostMetrics;

struct Metric {
  char name[kMostMetricBytes + 1] = {};  // CUPTI's
  char title[kMostMetricBytes + 1] = {};
  char unit[24] = {};  // "%", "bytes/s"; empty: a number
};

class MetricConfig {
 public:
  MetricConfig() = default;
  MetricConfig(const MetricConfig&) = delete;
  MetricConfig& operator=(const MetricConfig&) = delete;
  ~MetricConfig() { release(); }

  // `asked`: names divided by commas; "default" stands for a set of which as much is taken as the
  // chip has and counts at once. `availability` (may be null): which counters can be had; it must
  // stay. false: reason() says why not, with a remedy.
  bool build(const MetricsLibrary& library, const char* chip, std::string_view asked,
             const std::uint8_t* availability);
  const char* reason() const { return reason_; }
  void release();

  const std::vector<Metric>& metrics() const { return metrics_; }
  const std::vector<std::uint8_t>& image() const { return image_; }
  // The names, as CUPTI takes them; valid as long as metrics() is.
  std::vector<const char*> names() const;
  // The values of one sample, NaN for one that has none. false: CUPTI cannot tell them.
  bool evaluate(const std::uint8_t* counter_data, std::size_t counter_data_bytes,
                std::size_t sample_index, double* values) const;

 private:
  // How many passes the metrics need; 0: CUPTI knows one of them not. Leaves host_ with them.
  std::size_t passes_of(const std::vector<Metric>& metrics);
  bool add_asked(std::string_view name);
  void add_default();
  bool add(std::string_view name, std::string_view title);
  void say_unknown(std::string_view name);
  void describe(Metric& metric) const;
  bool make_image();

  const MetricsLibrary* library_ = nullptr;
  const char* chip_ = "";
  const std::uint8_t* availability_ = nullptr;
  CUpti_Profiler_Host_Object* host_ = nullptr;
  std::vector<Metric> metrics_;
  std::vector<std::uint8_t> image_;
  bool can_start_ = true;
  char reason_[400] = {};
};

}  // namespace tbprof::cuda
