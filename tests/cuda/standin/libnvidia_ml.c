/* Stands for NVIDIA's management library: one GPU whose numbers are a script by the count of calls.
 * TBPROF_STANDIN with the word refused_nvml makes nvmlInit fail. */
#include <stdlib.h>
#include <string.h>

struct memory {
  unsigned long long total, free, used;
};

static int device;
static int clock_calls, reason_calls;

int nvmlInit_v2(void) {
  const char* words = getenv("TBPROF_STANDIN");
  return words != NULL && strstr(words, "refused_nvml") != NULL ? 9 : 0;
}

int nvmlDeviceGetHandleByUUID(const char* uuid, void** handle) {
  if (strcmp(uuid, "GPU-00010203-0405-0607-0809-0a0b0c0d0e0f") != 0) return 6;
  *handle = &device;
  return 0;
}

int nvmlDeviceGetClockInfo(void* handle, int which, unsigned* mhz) {
  if (handle != &device) return 2;
  *mhz = which == 1 ? 1980u - (unsigned)(clock_calls++ % 2) * 480u : 3201u;
  return 0;
}

int nvmlDeviceGetPowerUsage(void* handle, unsigned* milliwatts) {
  *milliwatts = 654321;
  return handle != &device;
}

/* As on a part of a GPU, which has no sensor. */
int nvmlDeviceGetTemperature(void* handle, int sensor, unsigned* celsius) {
  (void)handle, (void)sensor, (void)celsius;
  return 3;
}

/* Held by the power limit from the second reading to the fourth, and by heat from then on. */
int nvmlDeviceGetCurrentClocksThrottleReasons(void* handle, unsigned long long* reasons) {
  const int call = reason_calls++;
  *reasons = call < 1 ? 1 : call < 4 ? 0x4 : 0x40;
  return handle != &device;
}

int nvmlDeviceGetMemoryInfo(void* handle, struct memory* memory) {
  const struct memory now = {1ull << 40, 1ull << 39, (1ull << 40) - (1ull << 39)};
  *memory = now;
  return handle != &device;
}
