// Kernels of several names, shapes and streams, one of them a template and one with dynamic shared
// memory: each launch must be in the trace once, with its shape.
#include "truth_log.h"

using namespace tbprof::samples::truth;

__global__ void scale(float* values, int count, float factor) {
  const int at = blockIdx.x * blockDim.x + threadIdx.x;
  if (at < count) values[at] *= factor;
}

template <typename Value>
__global__ void fill(Value* values, int count, Value value) {
  const int at = blockIdx.x * blockDim.x + threadIdx.x;
  if (at < count) values[at] = value;
}

__global__ void reverse_block(float* values) {
  extern __shared__ float shared[];
  const int at = blockIdx.x * blockDim.x + threadIdx.x;
  shared[threadIdx.x] = values[at];
  __syncthreads();
  values[at] = shared[blockDim.x - 1 - threadIdx.x];
}

__global__ void empty() {}

int main(int argc, char** argv) {
  need_devices(1);
  TruthLog log("launches");
  constexpr int kCount = 1 << 20;
  float* values = nullptr;
  check(cudaMalloc(&values, sizeof(float) * kCount));
  cudaStream_t streams[3] = {};
  for (int i = 1; i < 3; ++i) {
    check(cudaStreamCreateWithFlags(&streams[i], cudaStreamNonBlocking));
  }
  const dim3 block(256);
  const dim3 grid(kCount / block.x);
  for (int turn = 0; turn < 100; ++turn) {
    cudaStream_t stream = streams[turn % 3];
    fill<float><<<grid, block, 0, stream>>>(values, kCount, 1.0f);
    log.launched("void fill<float>(float*, int, float)", grid, block, stream);
    scale<<<grid, block, 0, stream>>>(values, kCount, 2.0f);
    log.launched("scale(float*, int, float)", grid, block, stream);
    if (turn % 2 == 0) {
      const dim3 odd_grid(7, 3, 2);
      const dim3 odd_block(32, 2, 2);
      empty<<<odd_grid, odd_block, 0, stream>>>();
      log.launched("empty()", odd_grid, odd_block, stream);
    }
    if (turn % 5 == 0) {
      const dim3 few(16);
      reverse_block<<<few, block, sizeof(float) * block.x, stream>>>(values);
      log.launched("reverse_block(float*)", few, block, stream);
    }
  }
  check(cudaGetLastError());
  check(cudaDeviceSynchronize());
  log.called("cudaDeviceSynchronize");
  log.waited_for("Wait for GPU");
  check(cudaFree(values));
  return log.write(argc, argv);
}
