// Launches by the driver's own functions, as Triton and cuBLASLt make them: no call of the runtime
// stands for them in the trace, and their kernels must be there all the same.
#include <cuda.h>

#include "truth_log.h"

using namespace tbprof::samples::truth;

__global__ void add_one(int* values) { values[blockIdx.x * blockDim.x + threadIdx.x] += 1; }

namespace {

template <typename Function>
Function driver_function(const char* name, unsigned version) {
  void* address = nullptr;
  cudaDriverEntryPointQueryResult found = cudaDriverEntryPointSymbolNotFound;
  check(cudaGetDriverEntryPointByVersion(name, &address, version, cudaEnableDefault, &found));
  if (found != cudaDriverEntryPointSuccess) {
    std::fprintf(stderr, "truth: the driver has no %s\n", name);
    std::exit(1);
  }
  return reinterpret_cast<Function>(address);
}

void check_driver(CUresult status) {
  if (status == CUDA_SUCCESS) return;
  std::fprintf(stderr, "truth: the driver returns error %d\n", static_cast<int>(status));
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  need_devices(1);
  TruthLog log("driver_launches");
  constexpr unsigned kBlocks = 8;
  constexpr unsigned kThreads = 128;
  int* values = nullptr;
  check(cudaMalloc(&values, sizeof(int) * kBlocks * kThreads));
  cudaStream_t stream = nullptr;
  check(cudaStreamCreate(&stream));
  cudaFunction_t function = nullptr;
  check(cudaGetFuncBySymbol(&function, reinterpret_cast<const void*>(add_one)));
  const auto launch = driver_function<decltype(&cuLaunchKernel)>("cuLaunchKernel", 4000);
  const auto launch_ex = driver_function<decltype(&cuLaunchKernelEx)>("cuLaunchKernelEx", 11060);
  void* arguments[] = {&values};
  for (int i = 0; i < 500; ++i) {
    if (i % 2 == 0) {
      check_driver(launch(function, kBlocks, 1, 1, kThreads, 1, 1, 0, stream, arguments, nullptr));
      log.called_at_least("cuLaunchKernel");
    } else {
      CUlaunchConfig config = {};
      config.gridDimX = kBlocks;
      config.gridDimY = config.gridDimZ = 1;
      config.blockDimX = kThreads;
      config.blockDimY = config.blockDimZ = 1;
      config.hStream = stream;
      check_driver(launch_ex(&config, function, arguments, nullptr));
      log.called_at_least("cuLaunchKernelEx");
    }
    log.launched_by_driver("add_one(int*)", kBlocks, kThreads, stream);
  }
  check(cudaStreamSynchronize(stream));
  log.called("cudaStreamSynchronize");
  log.waited_for("Wait for stream");
  return log.write(argc, argv);
}
