#include "cuda/metric_sampler.h"

#include <stdio.h>
#include <sys/mman.h>

#include <algorithm>
#include <cmath>

#include "collector/clock.h"
#include "collector/futex.h"
#include "collector/own_thread.h"
#include "collector/process_facts.h"
#include "cuda/device_options.h"

namespace tbprof::cuda {

namespace {

using collector::ChunkBuilder;
using collector::monotonic_ns;

constexpr std::int64_t kMillisecondNs = 1'000'000;
// Between two readings of the samples: so many intervals, within these bounds.
constexpr std::int64_t kIntervalsARead = 64;
constexpr std::int64_t kShortestReadNs = 10 * kMillisecondNs;
constexpr std::int64_t kLongestReadNs = 100 * kMillisecondNs;
constexpr std::int64_t kPausedNs = 3600'000 * kMillisecondNs;
constexpr std::int64_t kFinishTimeoutNs = 500 * kMillisecondNs;

constexpr char kBadList[] =
    "TBPROF_METRICS holds no list of names divided by commas; `default` is a good one";

}  // namespace

bool MetricSampler::start(const CuptiLibrary& cupti, const MetricOptions& options) {
  if (options.names[0] == 0) return false;
  options_ = options;
  cupti_ = cupti.handle;
  if (!collector::is_metric_list(options_.names)) {
    say_trouble(kBadList);
    return false;
  }
  if (const char* missing = open_metrics(cupti_, library_); missing != nullptr) {
    say_trouble(missing);
    return false;
  }
  void* memory = mmap(nullptr, sizeof(MetricSample) * kSamples, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    say_trouble("there is no memory for samples of metrics");
    return false;
  }
  samples_ = static_cast<MetricSample*>(memory);
  has_thread_ = collector::create_own_thread(thread_main, this, collector::kUsualStackBytes) == 0;
  if (!has_thread_) say_trouble("no thread could be created to sample metrics");
  return has_thread_;
}

// The first holds; later ones are of the same cause, mostly.
void MetricSampler::say_trouble(const char* sentence) {
  if (has_trouble_.load(std::memory_order_relaxed)) return;
  snprintf(trouble_, sizeof trouble_, "%s", sentence);
  has_trouble_.store(true, std::memory_order_release);
}

void MetricSampler::on_context(CUcontext context) {
  std::uint32_t device = 0;
  if (library_.device_of_context(context, &device) != CUPTI_SUCCESS || device >= 32) return;
  const std::uint32_t bit = std::uint32_t{1} << device;
  if ((seen_devices_.fetch_or(bit) & bit) != 0) return;
  bell_.fetch_add(1, std::memory_order_release);
  collector::futex_wake(bell_);
}

void MetricSampler::ask_for(std::uint32_t mode) {
  if (wanted_.exchange(mode) == mode) return;
  bell_.fetch_add(1, std::memory_order_release);
  collector::futex_wake(bell_);
}

void MetricSampler::set_running(bool is_running) { ask_for(is_running ? kOn : kOff); }

void MetricSampler::finish() {
  if (!has_thread_) return;
  ask_for(kClosed);
  const std::int64_t until_ns = monotonic_ns() + kFinishTimeoutNs;
  std::uint32_t current = current_.load(std::memory_order_acquire);
  while (current != kClosed && monotonic_ns() < until_ns) {
    collector::futex_wait(current_, current, until_ns - monotonic_ns());
    current = current_.load(std::memory_order_acquire);
  }
}

void* MetricSampler::thread_main(void* self) {
  collector::enter_own_thread("tbprof-metrics");
  static_cast<MetricSampler*>(self)->run();
  return nullptr;
}

void MetricSampler::run() {
  while (true) {
    const std::uint32_t bell = bell_.load(std::memory_order_acquire);
    look_for_devices();
    const std::uint32_t mode = wanted_.load(std::memory_order_acquire);
    const std::int64_t pause_ns = bring_about(mode);
    current_.store(mode, std::memory_order_release);
    collector::futex_wake(current_);
    collector::futex_wait(bell_, bell, pause_ns);
  }
}

void MetricSampler::look_for_devices() {
  const std::uint32_t fresh = seen_devices_.load(std::memory_order_acquire) & ~known_devices_;
  known_devices_ |= fresh;
  for (std::uint32_t device = 0; device < 32 && fresh >> device != 0; ++device) {
    if ((fresh >> device & 1) == 0 || device_count_ == kMostDevices) continue;
    if (device_count_ == 0) load_counter_library(cupti_);
    devices_[device_count_].choose(library_, device, device_count_, options_.names,
                                   options_.interval_ns);
    ++device_count_;
  }
}

// How long it may wait until it looks again.
std::int64_t MetricSampler::bring_about(std::uint32_t mode) {
  bool is_sampling = false;
  for (std::uint32_t place = 0; place < device_count_; ++place) {
    MetricDevice& device = devices_[place];
    const std::uint64_t outside = device.outside();
    if (mode == kOn) {
      device.start();
      device.read(*this);
    } else if (mode == kOff) {
      device.stop(*this);
    } else {
      device.close(*this);
    }
    lost_.fetch_add(device.take_lost(), std::memory_order_relaxed);
    outside_.fetch_add(device.outside() - outside, std::memory_order_relaxed);
    if (device.state() == MetricDevice::State::refused) say_trouble(device.reason());
    is_sampling |= device.state() == MetricDevice::State::started;
  }
  if (!is_sampling) return kPausedNs;
  return std::clamp(options_.interval_ns * kIntervalsARead, kShortestReadNs, kLongestReadNs);
}

void MetricSampler::on_sample(const MetricSample& sample) {
  const std::uint32_t written = written_.load(std::memory_order_relaxed);
  if (written - read_.load(std::memory_order_acquire) == kSamples) {
    lost_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  samples_[written % kSamples] = sample;
  written_.store(written + 1, std::memory_order_release);
}

void MetricSampler::begin() {
  read_.store(written_.load(std::memory_order_acquire), std::memory_order_release);
  lost_.store(0, std::memory_order_relaxed);
  has_told_trouble_ = false;
  told_facts_ = 0;
  for (auto& names : name_plus_one_) std::fill(std::begin(names), std::end(names), 0);
}

void MetricSampler::drain(ChunkBuilder& builder, const CuptiClock& clock) {
  if (has_trouble_.load(std::memory_order_acquire) && !has_told_trouble_) {
    has_told_trouble_ = true;
    builder.add_property("cuda.metrics_not_sampled", trouble_);
    if (!has_said_trouble_ && !is_told_to_be_quiet()) {
      collector::say_on_stderr("metrics are not sampled: %s", trouble_);
    }
    has_said_trouble_ = true;
  }
  const std::uint32_t written = written_.load(std::memory_order_acquire);
  std::uint32_t at = read_.load(std::memory_order_relaxed);
  for (; at != written; ++at) add(builder, clock, samples_[at % kSamples]);
  read_.store(at, std::memory_order_release);
  const std::uint64_t lost = lost_.exchange(0, std::memory_order_relaxed);
  if (lost > 0) {
    const std::int64_t now_ns = monotonic_ns();
    builder.add_loss(
        {proto::LossKind::metric_sample, lost, now_ns - kLongestReadNs, now_ns, proto::kNoId});
  }
  const std::uint64_t outside = outside_.load(std::memory_order_relaxed);
  if (outside == told_outside_) return;
  told_outside_ = outside;
  char text[24];
  snprintf(text, sizeof text, "%llu", static_cast<unsigned long long>(outside));
  builder.add_property("cuda.metric_samples_outside_windows", text);
}

void MetricSampler::add_facts(ChunkBuilder& builder, std::uint32_t place) {
  const MetricDevice& device = devices_[place];
  char key[48];
  char text[kMostMetrics * (kMostMetricBytes + 2)];
  std::size_t used = 0;
  for (const Metric& metric : device.config().metrics()) {
    const int added =
        snprintf(text + used, sizeof text - used, "%s%s", used == 0 ? "" : ",", metric.name);
    used += static_cast<std::size_t>(added);
  }
  snprintf(key, sizeof key, "gpu%u.metrics", device.device());
  builder.add_property(key, text);
  snprintf(key, sizeof key, "gpu%u.metrics_interval_ns", device.device());
  snprintf(text, sizeof text, "%lld", static_cast<long long>(options_.interval_ns));
  builder.add_property(key, text);
  snprintf(key, sizeof key, "gpu%u.metrics_first_sample_after_ns", device.device());
  snprintf(text, sizeof text, "%lld", static_cast<long long>(device.first_offset_ns()));
  builder.add_property(key, text);
}

// A value holds from the start of its sample on.
void MetricSampler::add(ChunkBuilder& builder, const CuptiClock& clock,
                        const MetricSample& sample) {
  const MetricDevice& device = devices_[sample.place];
  const std::uint32_t bit = std::uint32_t{1} << sample.place;
  if ((told_facts_ & bit) == 0) add_facts(builder, sample.place);
  told_facts_ |= bit;
  const std::int64_t time_ns = clock.to_monotonic_ns(sample.start_ns);
  const std::vector<Metric>& metrics = device.config().metrics();
  char text[kMostMetricBytes + 64];
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    if (std::isnan(sample.value[i])) continue;
    std::uint32_t& name = name_plus_one_[sample.place][i];
    const char* unit = metrics[i].unit;
    snprintf(text, sizeof text, "GPU %u %s%s%s", device.device(), metrics[i].title,
             *unit != 0 ? " " : "", unit);
    if (name == 0) name = builder.name(text, proto::Category::other) + 1;
    builder.add_counter(name - 1, text, time_ns, sample.value[i]);
  }
}

}  // namespace tbprof::cuda
