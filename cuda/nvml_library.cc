#include "cuda/nvml_library.h"

#include <dlfcn.h>

#include "cuda/library_function.h"

namespace tbprof::cuda {

bool open_nvml(NvmlLibrary& table) {
  void* library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return false;
  find(library, "nvmlDeviceGetClockInfo", table.clock);
  find(library, "nvmlDeviceGetPowerUsage", table.power);
  find(library, "nvmlDeviceGetTemperature", table.temperature);
  // Its newer name since driver 535.
  if (!find(library, "nvmlDeviceGetCurrentClocksEventReasons", table.throttle_reasons)) {
    find(library, "nvmlDeviceGetCurrentClocksThrottleReasons", table.throttle_reasons);
  }
  find(library, "nvmlDeviceGetMemoryInfo", table.memory);
  return find(library, "nvmlInit_v2", table.init) &&
         find(library, "nvmlDeviceGetHandleByUUID", table.handle_by_uuid);
}

}  // namespace tbprof::cuda
