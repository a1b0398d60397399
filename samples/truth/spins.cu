// Kernels that wait for a given time on the device's own clock and tell when they began and ended:
// recorded durations and distances must be the same.
#include "truth_log.h"

using namespace tbprof::samples::truth;

__device__ unsigned long long device_ns() {
  unsigned long long now_ns;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now_ns));
  return now_ns;
}

__global__ void spin(unsigned long long wanted_ns, unsigned long long* start_and_end_ns) {
  const unsigned long long start_ns = device_ns();
  unsigned long long now_ns = start_ns;
  while (now_ns - start_ns < wanted_ns) now_ns = device_ns();
  start_and_end_ns[0] = start_ns;
  start_and_end_ns[1] = now_ns;
}

int main(int argc, char** argv) {
  need_devices(1);
  TruthLog log("spins");
  constexpr int kSpins = 80;
  unsigned long long* times = nullptr;
  check(cudaMalloc(&times, sizeof(*times) * 2 * kSpins));
  for (int i = 0; i < kSpins; ++i) {
    // 5 us to 82 ms, the long ones between the short ones.
    spin<<<1, 1>>>(5'000ull << (i * 7 % 15), times + 2 * i);
    log.launched("spin(unsigned long long, unsigned long long*)", 1, 1);
  }
  unsigned long long host[2 * kSpins];
  check(cudaMemcpy(host, times, sizeof host, cudaMemcpyDeviceToHost));
  log.copied("DtoH (Device -> Pageable)", sizeof host);
  for (int i = 0; i < kSpins; ++i) {
    log.took({"spin(unsigned long long, unsigned long long*)", host[2 * i], host[2 * i + 1]});
  }
  return log.write(argc, argv);
}
