#include "cuda/metric_device.h"

#include <stdio.h>
#include <string.h>

#include <algorithm>
#include <cmath>

#include "cuda/metric_refusal.h"

namespace tbprof::cuda {

namespace {

// As much as Nsight takes: some five seconds of samples, one each millisecond.
constexpr std::size_t kHardwareBufferBytes = std::size_t{64} << 20;
// Samples that one reading may bring. What finds no room is lost, and clearing the room takes time
// in proportion to it: several times of what comes between two readings.
constexpr std::uint32_t kMostSamples = 512;
constexpr int kMostTurns = 8;
constexpr std::uint32_t kMostFailures = 3;
constexpr std::uint32_t kMostOverflows = 5;

constexpr char kTooFast[] =
    "metrics come faster than they are read: choose a longer --metrics-interval, or fewer metrics";

// These count by the system's clock only, whose frequency is about 1 GHz.
bool has_no_time_trigger(const char* chip) {
  return strncmp(chip, "TU1", 3) == 0 || strcmp(chip, "GA100") == 0;
}

bool keeps_oldest_only(const char* chip) { return strncmp(chip, "TU1", 3) == 0; }

}  // namespace

void MetricDevice::choose(const MetricsLibrary& library, std::uint32_t device, std::uint32_t place,
                          const char* asked, std::int64_t interval_ns) {
  library_ = &library;
  device_ = device;
  place_ = place;
  asked_ = asked;
  interval_ns_ = interval_ns;
}

std::int64_t MetricDevice::now_ns() const {
  std::uint64_t now_ns = 0;
  return library_->get_timestamp(&now_ns) == CUPTI_SUCCESS ? static_cast<std::int64_t>(now_ns) : 0;
}

void MetricDevice::refuse(CUptiResult result) {
  char sentence[sizeof reason_];
  explain_refusal(*library_, result, sentence, sizeof sentence);
  refuse(sentence);
}

void MetricDevice::refuse(const char* sentence) {
  disable();
  snprintf(reason_, sizeof reason_, "%s", sentence);
  state_ = State::refused;
}

bool MetricDevice::is_supported() {
  auto ask = with_size<CUpti_Profiler_DeviceSupported_Params>(
      CUpti_Profiler_DeviceSupported_Params_STRUCT_SIZE);
  ask.cuDevice = static_cast<CUdevice>(device_);
  ask.api = CUPTI_PROFILER_PM_SAMPLING;
  if (library_->device_supported(&ask) != CUPTI_SUCCESS) return true;  // the next calls will tell
  if (ask.isSupported == CUPTI_PROFILER_CONFIGURATION_DISABLED) {
    refuse(CUPTI_ERROR_INSUFFICIENT_PRIVILEGES);
  } else if (ask.isSupported == CUPTI_PROFILER_CONFIGURATION_UNSUPPORTED) {
    refuse(CUPTI_ERROR_NOT_SUPPORTED);
  }
  return state_ != State::refused;
}

// Once for a device: what its chip is told to count.
bool MetricDevice::configure() {
  auto begin =
      with_size<CUpti_Profiler_Initialize_Params>(CUpti_Profiler_Initialize_Params_STRUCT_SIZE);
  CUptiResult result = library_->initialize(&begin);
  if (result != CUPTI_SUCCESS) return refuse(result), false;
  if (!is_supported()) return false;
  auto chip =
      with_size<CUpti_Device_GetChipName_Params>(CUpti_Device_GetChipName_Params_STRUCT_SIZE);
  chip.deviceIndex = device_;
  result = library_->chip_name(&chip);
  if (result != CUPTI_SUCCESS) return refuse(result), false;
  snprintf(chip_, sizeof chip_, "%s", chip.pChipName);

  auto ask = with_size<CUpti_PmSampling_GetCounterAvailability_Params>(
      CUpti_PmSampling_GetCounterAvailability_Params_STRUCT_SIZE);
  ask.deviceIndex = device_;
  result = library_->availability(&ask);
  if (result == CUPTI_SUCCESS) {
    availability_.resize(ask.counterAvailabilityImageSize);
    ask.pCounterAvailabilityImage = availability_.data();
    result = library_->availability(&ask);
  }
  if (result == CUPTI_ERROR_INSUFFICIENT_PRIVILEGES) return refuse(result), false;
  // Without it, too, metrics can be chosen, if perhaps not those that the GPU has just then.
  const std::uint8_t* image = result == CUPTI_SUCCESS ? availability_.data() : nullptr;
  if (config_.build(*library_, chip_, asked_, image)) return true;
  return refuse(config_.reason()), false;
}

bool MetricDevice::open() {
  if (config_.metrics().empty() && !configure()) return false;
  auto enable =
      with_size<CUpti_PmSampling_Enable_Params>(CUpti_PmSampling_Enable_Params_STRUCT_SIZE);
  enable.deviceIndex = device_;
  CUptiResult result = library_->enable(&enable);
  if (result != CUPTI_SUCCESS) return refuse(result), false;
  session_ = enable.pPmSamplingObject;
  auto config =
      with_size<CUpti_PmSampling_SetConfig_Params>(CUpti_PmSampling_SetConfig_Params_STRUCT_SIZE);
  config.pPmSamplingObject = session_;
  config.configSize = config_.image().size();
  config.pConfig = config_.image().data();
  config.hardwareBufferSize = kHardwareBufferBytes;
  config.samplingInterval = static_cast<std::uint64_t>(interval_ns_);
  config.triggerMode = has_no_time_trigger(chip_)
                           ? CUPTI_PM_SAMPLING_TRIGGER_MODE_GPU_SYSCLK_INTERVAL
                           : CUPTI_PM_SAMPLING_TRIGGER_MODE_GPU_TIME_INTERVAL;
  config.hwBufferAppendMode = keeps_oldest_only(chip_)
                                  ? CUPTI_PM_SAMPLING_HARDWARE_BUFFER_APPEND_MODE_KEEP_OLDEST
                                  : CUPTI_PM_SAMPLING_HARDWARE_BUFFER_APPEND_MODE_KEEP_LATEST;
  result = library_->set_config(&config);
  if (result != CUPTI_SUCCESS) return refuse(result), false;
  if (!make_counter_data()) return refuse(CUPTI_ERROR_OUT_OF_MEMORY), false;
  state_ = State::open;
  return true;
}

// The size is asked for once: asked again, CUPTI would refuse what was made by the first answer.
bool MetricDevice::make_counter_data() {
  std::vector<const char*> names = config_.names();
  auto size = with_size<CUpti_PmSampling_GetCounterDataSize_Params>(
      CUpti_PmSampling_GetCounterDataSize_Params_STRUCT_SIZE);
  size.pPmSamplingObject = session_;
  size.pMetricNames = names.data();
  size.numMetrics = names.size();
  size.maxSamples = kMostSamples;
  if (library_->counter_data_size(&size) != CUPTI_SUCCESS) return false;
  counter_data_.assign(size.counterDataSize, 0);
  return clear_counter_data();
}

bool MetricDevice::clear_counter_data() {
  auto clear = with_size<CUpti_PmSampling_CounterDataImage_Initialize_Params>(
      CUpti_PmSampling_CounterDataImage_Initialize_Params_STRUCT_SIZE);
  clear.pPmSamplingObject = session_;
  clear.counterDataSize = counter_data_.size();
  clear.pCounterData = counter_data_.data();
  return library_->initialize_counter_data(&clear) == CUPTI_SUCCESS;
}

void MetricDevice::disable() {
  if (session_ == nullptr) return;
  auto end =
      with_size<CUpti_PmSampling_Disable_Params>(CUpti_PmSampling_Disable_Params_STRUCT_SIZE);
  end.pPmSamplingObject = session_;
  library_->disable(&end);
  session_ = nullptr;
  state_ = State::fresh;
}

void MetricDevice::start() {
  if (state_ == State::fresh) open();
  if (state_ != State::open) return;
  auto begin = with_size<CUpti_PmSampling_Start_Params>(CUpti_PmSampling_Start_Params_STRUCT_SIZE);
  begin.pPmSamplingObject = session_;
  started_ns_ = now_ns();
  stopped_ns_ = INT64_MAX;
  const CUptiResult result = library_->start(&begin);
  if (result != CUPTI_SUCCESS) return refuse(result);
  state_ = State::started;
}

void MetricDevice::stop(MetricSink& sink) {
  if (state_ != State::started) return;
  auto end = with_size<CUpti_PmSampling_Stop_Params>(CUpti_PmSampling_Stop_Params_STRUCT_SIZE);
  end.pPmSamplingObject = session_;
  stopped_ns_ = now_ns();
  library_->stop(&end);
  state_ = State::open;
  read_all(sink);
  last_end_ns_ = 0;
  overflows_ = 0;
}

void MetricDevice::close(MetricSink& sink) {
  stop(sink);
  if (state_ == State::open) disable();
}

void MetricDevice::read(MetricSink& sink) {
  if (state_ == State::started) read_all(sink);
}

void MetricDevice::read_all(MetricSink& sink) {
  for (int turn = 0; turn < kMostTurns && decode(sink); ++turn) {
  }
}

// true: there is more.
bool MetricDevice::decode(MetricSink& sink) {
  if (session_ == nullptr) return false;
  auto ask =
      with_size<CUpti_PmSampling_DecodeData_Params>(CUpti_PmSampling_DecodeData_Params_STRUCT_SIZE);
  ask.pPmSamplingObject = session_;
  ask.pCounterDataImage = counter_data_.data();
  ask.counterDataImageSize = counter_data_.size();
  const CUptiResult result = library_->decode(&ask);
  if (result == CUPTI_ERROR_OUT_OF_MEMORY) {
    begin_anew();
    return false;
  }
  if (result != CUPTI_SUCCESS) {
    if (++failures_ == kMostFailures) refuse(result);
    return false;
  }
  failures_ = 0;
  take_samples(sink);
  if (!clear_counter_data()) {
    refuse(CUPTI_ERROR_UNKNOWN);
    return false;
  }
  return ask.decodeStopReason == CUPTI_PM_SAMPLING_DECODE_STOP_REASON_COUNTER_DATA_FULL;
}

// Once the hardware's buffer has overflown, a session gives no sample any more. What is missing is
// counted when the next sample shows how long the gap was, or up to where it was stopped.
void MetricDevice::begin_anew() {
  const std::int64_t since_ns = last_end_ns_ != 0 ? last_end_ns_ : started_ns_;
  const bool is_stopped = state_ != State::started;
  if (is_stopped || ++overflows_ > kMostOverflows) {
    const std::int64_t until_ns = is_stopped ? stopped_ns_ : now_ns();
    lost_ +=
        static_cast<std::uint64_t>(std::max<std::int64_t>(until_ns - since_ns, 0) / interval_ns_);
    return is_stopped ? disable() : refuse(kTooFast);
  }
  auto end = with_size<CUpti_PmSampling_Stop_Params>(CUpti_PmSampling_Stop_Params_STRUCT_SIZE);
  end.pPmSamplingObject = session_;
  library_->stop(&end);
  disable();
  start();
  last_end_ns_ = since_ns;
}

void MetricDevice::take_samples(MetricSink& sink) {
  auto info = with_size<CUpti_PmSampling_GetCounterDataInfo_Params>(
      CUpti_PmSampling_GetCounterDataInfo_Params_STRUCT_SIZE);
  info.pCounterDataImage = counter_data_.data();
  info.counterDataImageSize = counter_data_.size();
  if (library_->counter_data_info(&info) != CUPTI_SUCCESS) return;
  for (std::size_t i = 0; i < info.numCompletedSamples; ++i) take_sample(i, sink);
}

void MetricDevice::take_sample(std::size_t index, MetricSink& sink) {
  auto info = with_size<CUpti_PmSampling_CounterData_GetSampleInfo_Params>(
      CUpti_PmSampling_CounterData_GetSampleInfo_Params_STRUCT_SIZE);
  info.pPmSamplingObject = session_;
  info.pCounterDataImage = counter_data_.data();
  info.counterDataImageSize = counter_data_.size();
  info.sampleIndex = index;
  if (library_->sample_info(&info) != CUPTI_SUCCESS) return;
  MetricSample sample;
  sample.place = place_;
  sample.start_ns = static_cast<std::int64_t>(info.startTimestamp);
  sample.end_ns = static_cast<std::int64_t>(info.endTimestamp);
  // Without a time, and so of none: the gap that it leaves is counted.
  if (sample.start_ns <= 0 || sample.end_ns <= sample.start_ns) return;
  if (first_offset_ns_ == INT64_MIN) first_offset_ns_ = sample.start_ns - started_ns_;
  if (sample.start_ns < started_ns_ || sample.end_ns > stopped_ns_) {
    ++outside_;
    return;
  }
  // Samples join on to each other.
  const std::int64_t length_ns = sample.end_ns - sample.start_ns;
  const std::int64_t gap_ns = last_end_ns_ != 0 ? sample.start_ns - last_end_ns_ : 0;
  if (gap_ns > length_ns / 2) {
    lost_ += static_cast<std::uint64_t>((gap_ns + length_ns / 2) / length_ns);
  }
  last_end_ns_ = sample.end_ns;
  if (!config_.evaluate(counter_data_.data(), counter_data_.size(), index, sample.value)) {
    ++lost_;
    return;
  }
  for (std::size_t i = 0; i < config_.metrics().size(); ++i) {
    if (!std::isfinite(sample.value[i])) {
      sample.value[i] = NAN;
      ++lost_;
    }
  }
  sink.on_sample(sample);
}

std::uint64_t MetricDevice::take_lost() {
  const std::uint64_t lost = lost_;
  lost_ = 0;
  return lost;
}

}  // namespace tbprof::cuda
