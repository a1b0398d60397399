// The functions of libcupti with which hardware counters are sampled: those of the host, which need
// no GPU, and those of the device. Looked up at run time: CUPTI has them from CUDA 12.6 on.
// Filled once, read-only afterwards: any thread.
#pragma once

#include <cupti.h>
#include <cupti_pmsampling.h>
#include <cupti_profiler_host.h>
#include <cupti_profiler_target.h>
#include <cupti_target.h>

namespace tbprof::cuda {

struct MetricsLibrary {
  decltype(&cuptiGetDeviceId) device_of_context = nullptr;
  decltype(&cuptiGetResultString) result_string = nullptr;
  decltype(&cuptiGetTimestamp) get_timestamp = nullptr;
  decltype(&cuptiProfilerInitialize) initialize = nullptr;
  decltype(&cuptiProfilerDeviceSupported) device_supported = nullptr;
  decltype(&cuptiDeviceGetChipName) chip_name = nullptr;

  decltype(&cuptiProfilerHostInitialize) host_initialize = nullptr;
  decltype(&cuptiProfilerHostDeinitialize) host_deinitialize = nullptr;
  decltype(&cuptiProfilerHostConfigAddMetrics) host_add_metrics = nullptr;
  decltype(&cuptiProfilerHostGetConfigImageSize) host_image_size = nullptr;
  decltype(&cuptiProfilerHostGetConfigImage) host_image = nullptr;
  decltype(&cuptiProfilerHostGetNumOfPasses) host_passes = nullptr;
  decltype(&cuptiProfilerHostGetMetricProperties) host_properties = nullptr;
  decltype(&cuptiProfilerHostEvaluateToGpuValues) host_evaluate = nullptr;

  decltype(&cuptiPmSamplingGetCounterAvailability) availability = nullptr;
  decltype(&cuptiPmSamplingEnable) enable = nullptr;
  decltype(&cuptiPmSamplingDisable) disable = nullptr;
  decltype(&cuptiPmSamplingSetConfig) set_config = nullptr;
  decltype(&cuptiPmSamplingStart) start = nullptr;
  decltype(&cuptiPmSamplingStop) stop = nullptr;
  decltype(&cuptiPmSamplingDecodeData) decode = nullptr;
  decltype(&cuptiPmSamplingGetCounterDataSize) counter_data_size = nullptr;
  decltype(&cuptiPmSamplingCounterDataImageInitialize) initialize_counter_data = nullptr;
  decltype(&cuptiPmSamplingGetCounterDataInfo) counter_data_info = nullptr;
  decltype(&cuptiPmSamplingCounterDataGetSampleInfo) sample_info = nullptr;
};

// From the libcupti that the process uses (what dlopen gave for it). Calls no function of it.
// nullptr and the table filled, or one sentence with a remedy.
const char* open_metrics(void* cupti, MetricsLibrary& table);
// Before the first call of it: what libcupti will look for.
void load_counter_library(void* cupti);

// A structure as CUPTI wants it: all zero, but for its own size.
template <typename Parameters>
Parameters with_size(std::size_t size_bytes) {
  Parameters parameters{};
  parameters.structSize = size_bytes;
  return parameters;
}

}  // namespace tbprof::cuda
