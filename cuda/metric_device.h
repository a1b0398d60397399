// Sampling of one GPU's counters: opens CUPTI's session for it, of which a device has one at a
// time, starts and stops it, and reads what was sampled. Times are of CUPTI's clock.
//
// Owns the session and all images. One thread at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "cuda/metric_config.h"
#include "cuda/metrics_library.h"

namespace tbprof::cuda {

struct MetricSample {
  std::uint32_t place = 0;  // the device's, as its owner counts
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  double value[kMostMetrics] = {};  // NaN: there is none
};

class MetricSink {
 public:
  virtual void on_sample(const MetricSample& sample) = 0;

 protected:
  ~MetricSink() = default;
};

class MetricDevice {
 public:
  enum class State : std::uint8_t { fresh, open, started, refused };

  // `asked` as MetricConfig::build takes it; must stay valid.
  void choose(const MetricsLibrary& library, std::uint32_t device, std::uint32_t place,
              const char* asked, std::int64_t interval_ns);
  std::uint32_t device() const { return device_; }
  State state() const { return state_; }
  // Of State::refused: why, with a remedy.
  const char* reason() const { return reason_; }
  const MetricConfig& config() const { return config_; }

  // Each does nothing where it was done already, or the device refused.
  void start();
  void stop(MetricSink& sink);
  // Stops, and leaves the counters to others.
  void close(MetricSink& sink);
  // What was sampled since the last call.
  void read(MetricSink& sink);

  // Samples, and values of samples, that are known to be missing, since the last call.
  std::uint64_t take_lost();
  // Samples that lay outside the times in which sampling was on, ever: those at the edges, or all
  // where the GPU's clock is not CUPTI's.
  std::uint64_t outside() const { return outside_; }
  // Start of the first sample ever, from when sampling was started.
  std::int64_t first_offset_ns() const { return first_offset_ns_; }

 private:
  bool open();
  bool configure();
  bool is_supported();
  bool make_counter_data();
  bool clear_counter_data();
  void disable();
  void refuse(CUptiResult result);
  void refuse(const char* sentence);
  void read_all(MetricSink& sink);
  bool decode(MetricSink& sink);
  void take_samples(MetricSink& sink);
  void take_sample(std::size_t index, MetricSink& sink);
  void begin_anew();
  std::int64_t now_ns() const;

  const MetricsLibrary* library_ = nullptr;
  std::uint32_t device_ = 0;
  std::uint32_t place_ = 0;
  const char* asked_ = "";
  std::int64_t interval_ns_ = 0;
  State state_ = State::fresh;
  char chip_[32] = {};
  // Which counters can be had; config_ may look at it as long as it is there.
  std::vector<std::uint8_t> availability_;
  MetricConfig config_;
  CUpti_PmSampling_Object* session_ = nullptr;
  std::vector<std::uint8_t> counter_data_;
  std::int64_t started_ns_ = 0;
  std::int64_t stopped_ns_ = INT64_MAX;
  std::int64_t last_end_ns_ = 0;  // of this start; 0: none yet
  std::int64_t first_offset_ns_ = INT64_MIN;
  std::uint64_t lost_ = 0;
  std::uint64_t outside_ = 0;
  std::uint32_t failures_ = 0;   // of reading, in a row
  std::uint32_t overflows_ = 0;  // since it was started
  char reason_[400] = {};
};

}  // namespace tbprof::cuda
