// The part of the stand-in for libcupti that samples hardware counters: it keeps the contract of
// cupti_pmsampling.h and cupti_profiler_host.h of CUDA 13.0 for the functions that are used, and
// what was seen of CUPTI besides: a configuration that changes while it is used, a counter image
// that was not cleared and a session asked for twice are errors.
//
// Sample i of a device's session begins at i intervals after its start; metric m of it has the
// value 1000 * device + 100 * m + i % 100. Words of TBPROF_STANDIN:
//   metrics_refused   the user may not read counters
//   metrics_busy      another tool holds them
//   metrics_unsupported, metrics_no_memory, metrics_odd   other reasons for which there are none
//   metrics_passes    any two metrics need three passes
//   metrics_overflow  the first session overflows for good after 30 samples
//   metrics_nan       metric 1 has no value in every tenth sample
//   metrics_a100      the chip is GA100, which knows no interval of time
#include <cupti.h>
#include <cupti_pmsampling.h>
#include <cupti_profiler_host.h>
#include <cupti_profiler_target.h>
#include <cupti_target.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

struct CUpti_Profiler_Host_Object {
  std::vector<std::string> metrics;
};

struct CUpti_PmSampling_Object {
  std::size_t device = 0;
  const std::uint8_t* config = nullptr;
  std::vector<std::uint8_t> config_copy;
  std::uint64_t interval_ns = 0;
  std::uint32_t most_samples = 0;
  bool is_first = false;
  bool is_started = false;
  std::uint64_t start_ns = 0;
  std::uint64_t stop_ns = 0;
  std::uint64_t next = 0;  // the sample that comes next
};

namespace {

struct CounterImage {
  std::uint32_t is_clear;
  std::uint32_t count;
  std::uint64_t device;
  std::uint64_t start_ns;
  std::uint64_t interval_ns;
  std::uint64_t first;
};

constexpr std::size_t kMostDevices = 2;
std::mutex g_mutex;
CUpti_PmSampling_Object g_sessions[kMostDevices];
bool g_is_enabled[kMostDevices];
std::uint32_t g_enabled_count;
bool g_is_initialized;

bool is_told(const char* word) {
  const char* words = std::getenv("TBPROF_STANDIN");
  return words != nullptr && std::strstr(words, word) != nullptr;
}

std::uint64_t now_ns() {
  std::uint64_t now = 0;
  cuptiGetTimestamp(&now);
  return now;
}

bool is_known(const std::string& name) {
  return name.find("__") != std::string::npos && name.find('.') != std::string::npos &&
         name.rfind("nosuch", 0) != 0;
}

}  // namespace

extern "C" {

CUptiResult cuptiGetResultString(CUptiResult, const char** text) {
  *text = "CUPTI_ERROR_OF_THE_STANDIN";
  return CUPTI_SUCCESS;
}

CUptiResult cuptiProfilerInitialize(CUpti_Profiler_Initialize_Params*) {
  g_is_initialized = true;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiProfilerDeviceSupported(CUpti_Profiler_DeviceSupported_Params* params) {
  params->isSupported = is_told("metrics_unsupported") ? CUPTI_PROFILER_CONFIGURATION_UNSUPPORTED
                                                       : CUPTI_PROFILER_CONFIGURATION_SUPPORTED;
  return params->api == CUPTI_PROFILER_PM_SAMPLING ? CUPTI_SUCCESS : CUPTI_ERROR_INVALID_PARAMETER;
}

CUptiResult cuptiDeviceGetChipName(CUpti_Device_GetChipName_Params* params) {
  params->pChipName = is_told("metrics_a100") ? "GA100" : "GH100";
  return g_is_initialized ? CUPTI_SUCCESS : CUPTI_ERROR_NOT_INITIALIZED;
}

CUptiResult cuptiProfilerHostInitialize(CUpti_Profiler_Host_Initialize_Params* params) {
  if (params->profilerType != CUPTI_PROFILER_TYPE_PM_SAMPLING) return CUPTI_ERROR_INVALID_PARAMETER;
  params->pHostObject = new CUpti_Profiler_Host_Object;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiProfilerHostDeinitialize(CUpti_Profiler_Host_Deinitialize_Params* params) {
  delete params->pHostObject;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiProfilerHostConfigAddMetrics(CUpti_Profiler_Host_ConfigAddMetrics_Params* params) {
  for (std::size_t i = 0; i < params->numMetrics; ++i) {
    if (!is_known(params->ppMetricNames[i])) return CUPTI_ERROR_INVALID_PARAMETER;
    params->pHostObject->metrics.emplace_back(params->ppMetricNames[i]);
  }
  return CUPTI_SUCCESS;
}

CUptiResult cuptiProfilerHostGetConfigImageSize(
    CUpti_Profiler_Host_GetConfigImageSize_Params* params) {
  params->configImageSize = 8 + params->pHostObject->metrics.size();
  return CUPTI_SUCCESS;
}

CUptiResult cuptiProfilerHostGetConfigImage(CUpti_Profiler_Host_GetConfigImage_Params* params) {
  std::memset(params->pConfigImage, 0x5a, params->configImageSize);
  return CUPTI_SUCCESS;
}

CUptiResult cuptiProfilerHostGetNumOfPasses(CUpti_Profiler_Host_GetNumOfPasses_Params* params) {
  params->numOfPasses = params->configImageSize > 9 && is_told("metrics_passes") ? 3 : 1;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiProfilerHostGetMetricProperties(
    CUpti_Profiler_Host_GetMetricProperties_Params* params) {
  const bool is_part = std::strstr(params->pMetricName, "pct") != nullptr;
  params->pDimUnit = is_part ? "percent" : "byte/second";
  return CUPTI_SUCCESS;
}

CUptiResult cuptiProfilerHostEvaluateToGpuValues(
    CUpti_Profiler_Host_EvaluateToGpuValues_Params* params) {
  CounterImage image;
  std::memcpy(&image, params->pCounterDataImage, sizeof image);
  if (params->numMetrics != params->pHostObject->metrics.size()) {
    return CUPTI_ERROR_INVALID_PARAMETER;
  }
  const std::uint64_t number = image.first + params->rangeIndex;
  for (std::size_t i = 0; i < params->numMetrics; ++i) {
    if (params->pHostObject->metrics[i] != params->ppMetricNames[i]) {
      return CUPTI_ERROR_INVALID_METRIC_NAME;
    }
    params->pMetricValues[i] = static_cast<double>(1000 * image.device + 100 * i + number % 100);
    if (i == 1 && number % 10 == 0 && is_told("metrics_nan")) params->pMetricValues[i] = NAN;
  }
  return CUPTI_SUCCESS;
}

CUptiResult cuptiPmSamplingGetCounterAvailability(
    CUpti_PmSampling_GetCounterAvailability_Params* params) {
  params->counterAvailabilityImageSize = 16;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiPmSamplingEnable(CUpti_PmSampling_Enable_Params* params) {
  const std::lock_guard lock(g_mutex);
  if (is_told("metrics_refused")) return CUPTI_ERROR_INSUFFICIENT_PRIVILEGES;
  if (params->deviceIndex >= kMostDevices) return CUPTI_ERROR_INVALID_DEVICE;
  if (g_is_enabled[params->deviceIndex] || is_told("metrics_busy")) {
    return CUPTI_ERROR_INVALID_OPERATION;
  }
  g_is_enabled[params->deviceIndex] = true;
  CUpti_PmSampling_Object& session = g_sessions[params->deviceIndex];
  session = {};
  session.device = params->deviceIndex;
  session.is_first = g_enabled_count++ == 0;
  params->pPmSamplingObject = &session;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiPmSamplingDisable(CUpti_PmSampling_Disable_Params* params) {
  const std::lock_guard lock(g_mutex);
  g_is_enabled[params->pPmSamplingObject->device] = false;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiPmSamplingSetConfig(CUpti_PmSampling_SetConfig_Params* params) {
  const std::lock_guard lock(g_mutex);
  const auto wanted = is_told("metrics_a100") ? CUPTI_PM_SAMPLING_TRIGGER_MODE_GPU_SYSCLK_INTERVAL
                                              : CUPTI_PM_SAMPLING_TRIGGER_MODE_GPU_TIME_INTERVAL;
  if (params->triggerMode != wanted) return CUPTI_ERROR_NOT_SUPPORTED;
  CUpti_PmSampling_Object& session = *params->pPmSamplingObject;
  session.config = params->pConfig;
  session.config_copy.assign(params->pConfig, params->pConfig + params->configSize);
  session.interval_ns = params->samplingInterval;
  if (is_told("metrics_no_memory")) return CUPTI_ERROR_OUT_OF_MEMORY;
  if (is_told("metrics_odd")) return CUPTI_ERROR_UNKNOWN;
  return params->hardwareBufferSize >= 1 << 20 ? CUPTI_SUCCESS : CUPTI_ERROR_INVALID_PARAMETER;
}

CUptiResult cuptiPmSamplingGetCounterDataSize(CUpti_PmSampling_GetCounterDataSize_Params* params) {
  params->pPmSamplingObject->most_samples = params->maxSamples;
  params->counterDataSize = sizeof(CounterImage) + params->maxSamples;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiPmSamplingCounterDataImageInitialize(
    CUpti_PmSampling_CounterDataImage_Initialize_Params* params) {
  CounterImage image{};
  image.is_clear = 1;
  std::memcpy(params->pCounterData, &image, sizeof image);
  return CUPTI_SUCCESS;
}

CUptiResult cuptiPmSamplingStart(CUpti_PmSampling_Start_Params* params) {
  const std::lock_guard lock(g_mutex);
  CUpti_PmSampling_Object& session = *params->pPmSamplingObject;
  if (session.is_started || !g_is_enabled[session.device]) return CUPTI_ERROR_INVALID_OPERATION;
  session.is_started = true;
  session.start_ns = now_ns();
  session.stop_ns = 0;
  session.next = 0;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiPmSamplingStop(CUpti_PmSampling_Stop_Params* params) {
  const std::lock_guard lock(g_mutex);
  CUpti_PmSampling_Object& session = *params->pPmSamplingObject;
  if (!session.is_started) return CUPTI_ERROR_INVALID_OPERATION;
  session.is_started = false;
  session.stop_ns = now_ns();
  return CUPTI_SUCCESS;
}

CUptiResult cuptiPmSamplingDecodeData(CUpti_PmSampling_DecodeData_Params* params) {
  const std::lock_guard lock(g_mutex);
  CUpti_PmSampling_Object& session = *params->pPmSamplingObject;
  if (std::memcmp(session.config, session.config_copy.data(), session.config_copy.size()) != 0) {
    std::abort();  // as CUPTI may, whose memory that was
  }
  CounterImage image;
  std::memcpy(&image, params->pCounterDataImage, sizeof image);
  if (image.is_clear == 0) return CUPTI_ERROR_UNKNOWN;
  const std::uint64_t until_ns = session.is_started ? now_ns() : session.stop_ns;
  const std::uint64_t all = (until_ns - session.start_ns) / session.interval_ns;
  if (session.is_first && all > 30 && is_told("metrics_overflow")) {
    params->overflow = 1;
    return CUPTI_ERROR_OUT_OF_MEMORY;
  }
  const std::uint64_t count = std::min<std::uint64_t>(all - session.next, session.most_samples);
  image = {0,
           static_cast<std::uint32_t>(count),
           session.device,
           session.start_ns,
           session.interval_ns,
           session.next};
  std::memcpy(params->pCounterDataImage, &image, sizeof image);
  session.next += count;
  params->overflow = 0;
  params->decodeStopReason = session.next == all
                                 ? CUPTI_PM_SAMPLING_DECODE_STOP_REASON_END_OF_RECORDS
                                 : CUPTI_PM_SAMPLING_DECODE_STOP_REASON_COUNTER_DATA_FULL;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiPmSamplingGetCounterDataInfo(CUpti_PmSampling_GetCounterDataInfo_Params* params) {
  CounterImage image;
  std::memcpy(&image, params->pCounterDataImage, sizeof image);
  params->numTotalSamples = params->numPopulatedSamples = params->numCompletedSamples = image.count;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiPmSamplingCounterDataGetSampleInfo(
    CUpti_PmSampling_CounterData_GetSampleInfo_Params* params) {
  CounterImage image;
  std::memcpy(&image, params->pCounterDataImage, sizeof image);
  if (params->sampleIndex >= image.count) return CUPTI_ERROR_INVALID_PARAMETER;
  params->startTimestamp = image.start_ns + (image.first + params->sampleIndex) * image.interval_ns;
  params->endTimestamp = params->startTimestamp + image.interval_ns;
  return CUPTI_SUCCESS;
}

}  // extern "C"
