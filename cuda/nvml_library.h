// The few functions of NVIDIA's management library that are used, declared here and looked up at
// run time: it comes with the driver and is on no other machine.
// Filled once, read-only afterwards: any thread.
#pragma once

namespace tbprof::cuda {

struct NvmlDevice;  // NVML's own

struct NvmlMemory {
  unsigned long long total_bytes = 0;
  unsigned long long free_bytes = 0;
  unsigned long long used_bytes = 0;
};

// Clocks of nvmlDeviceGetClockInfo.
inline constexpr int kNvmlStreamingMultiprocessors = 1;
inline constexpr int kNvmlMemoryClock = 2;
// Sensors of nvmlDeviceGetTemperature.
inline constexpr int kNvmlGpuSensor = 0;

// Every function returns 0 on success.
struct NvmlLibrary {
  int (*init)() = nullptr;
  int (*handle_by_uuid)(const char* uuid, NvmlDevice** device) = nullptr;
  // Each of the others null where the driver is too old to have it.
  int (*clock)(NvmlDevice* device, int which, unsigned* mhz) = nullptr;
  int (*power)(NvmlDevice* device, unsigned* milliwatts) = nullptr;
  int (*temperature)(NvmlDevice* device, int sensor, unsigned* celsius) = nullptr;
  int (*throttle_reasons)(NvmlDevice* device, unsigned long long* reasons) = nullptr;
  int (*memory)(NvmlDevice* device, NvmlMemory* memory) = nullptr;
};

// false: there is none, or it lacks the first two. Calls no function of it.
bool open_nvml(NvmlLibrary& table);

}  // namespace tbprof::cuda
