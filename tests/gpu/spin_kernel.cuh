// What the CUDA programs of this folder share: a kernel of a wanted duration, and the end of a
// program whose call of CUDA fails (77: there is no GPU). Any thread.
#pragma once

#include <cuda_runtime.h>

#include <cstdio>
#include <cstdlib>

namespace tbprof::tests {

__global__ void spin(unsigned long long wanted_ns) {
  unsigned long long start_ns;
  unsigned long long now_ns;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(start_ns));
  do {
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now_ns));
  } while (now_ns - start_ns < wanted_ns);
}

inline void check(cudaError_t status) {
  if (status == cudaSuccess) return;
  std::fprintf(stderr, "CUDA: %s\n", cudaGetErrorString(status));
  std::exit(status == cudaErrorNoDevice || status == cudaErrorInsufficientDriver ? 77 : 1);
}

}  // namespace tbprof::tests
