#include "cuda/metrics_library.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

#include "cuda/library_function.h"

namespace tbprof::cuda {

namespace {

constexpr char kCounterLibrary[] = "libnvperf_host.so";

bool find_host_functions(void* cupti, MetricsLibrary& table) {
  return find(cupti, "cuptiProfilerHostInitialize", table.host_initialize) &&
         find(cupti, "cuptiProfilerHostDeinitialize", table.host_deinitialize) &&
         find(cupti, "cuptiProfilerHostConfigAddMetrics", table.host_add_metrics) &&
         find(cupti, "cuptiProfilerHostGetConfigImageSize", table.host_image_size) &&
         find(cupti, "cuptiProfilerHostGetConfigImage", table.host_image) &&
         find(cupti, "cuptiProfilerHostGetNumOfPasses", table.host_passes) &&
         find(cupti, "cuptiProfilerHostGetMetricProperties", table.host_properties) &&
         find(cupti, "cuptiProfilerHostEvaluateToGpuValues", table.host_evaluate);
}

bool find_device_functions(void* cupti, MetricsLibrary& table) {
  return find(cupti, "cuptiGetDeviceId", table.device_of_context) &&
         find(cupti, "cuptiGetResultString", table.result_string) &&
         find(cupti, "cuptiGetTimestamp", table.get_timestamp) &&
         find(cupti, "cuptiProfilerInitialize", table.initialize) &&
         find(cupti, "cuptiProfilerDeviceSupported", table.device_supported) &&
         find(cupti, "cuptiDeviceGetChipName", table.chip_name) &&
         find(cupti, "cuptiPmSamplingGetCounterAvailability", table.availability) &&
         find(cupti, "cuptiPmSamplingEnable", table.enable) &&
         find(cupti, "cuptiPmSamplingDisable", table.disable) &&
         find(cupti, "cuptiPmSamplingSetConfig", table.set_config) &&
         find(cupti, "cuptiPmSamplingStart", table.start) &&
         find(cupti, "cuptiPmSamplingStop", table.stop) &&
         find(cupti, "cuptiPmSamplingDecodeData", table.decode) &&
         find(cupti, "cuptiPmSamplingGetCounterDataSize", table.counter_data_size) &&
         find(cupti, "cuptiPmSamplingCounterDataImageInitialize", table.initialize_counter_data) &&
         find(cupti, "cuptiPmSamplingGetCounterDataInfo", table.counter_data_info) &&
         find(cupti, "cuptiPmSamplingCounterDataGetSampleInfo", table.sample_info);
}

}  // namespace

const char* open_metrics(void* cupti, MetricsLibrary& table) {
  if (!find_host_functions(cupti, table) || !find_device_functions(cupti, table)) {
    return "CUPTI samples metrics from CUDA 12.6 on, and this program's is older: use the libcupti "
           "of a newer toolkit";
  }
  return nullptr;
}

// libcupti looks for it by its bare name, without a search path of its own: where libcupti was
// found by its full path, as that of a Python package is, the other is loaded from beside it.
void load_counter_library(void* cupti) {
  link_map* map = nullptr;
  if (dlinfo(cupti, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr) return;
  const char* slash = strrchr(map->l_name, '/');
  if (slash == nullptr) return;
  char path[4096];
  const int length = snprintf(path, sizeof path, "%.*s/%s", static_cast<int>(slash - map->l_name),
                              map->l_name, kCounterLibrary);
  if (length > 0 && static_cast<std::size_t>(length) < sizeof path) {
    dlopen(path, RTLD_NOW | RTLD_LOCAL);
  }
}

}  // namespace tbprof::cuda
