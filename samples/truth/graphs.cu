// A captured graph, replayed by the runtime's function and by the driver's: one entry a replay when
// graphs are recorded by launch, every kernel of every replay when they are recorded by node.
#include <cuda.h>

#include "truth_log.h"

using namespace tbprof::samples::truth;

__global__ void first(float* values) { values[threadIdx.x] += 1.0f; }
__global__ void second(float* values) { values[threadIdx.x] *= 0.5f; }
__global__ void third(float* values, int turns) {
  float value = values[threadIdx.x];
  for (int i = 0; i < turns; ++i) value = value * 0.9f + 0.1f;
  values[threadIdx.x] = value;
}

namespace {

cudaGraphExec_t capture(TruthLog& log, cudaStream_t stream, float* values) {
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
  for (int i = 0; i < 30; ++i) {
    first<<<1, 256, 0, stream>>>(values);
    log.captured("first(float*)");
    second<<<1, 256, 0, stream>>>(values);
    log.captured("second(float*)");
    if (i % 3 == 0) {
      third<<<1, 256, 0, stream>>>(values, 1000);
      log.captured("third(float*, int)");
    }
  }
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  check(cudaStreamEndCapture(stream, &graph));
  check(cudaGraphInstantiate(&executable, graph, 0));
  return executable;
}

}  // namespace

int main(int argc, char** argv) {
  need_devices(1);
  TruthLog log("graphs");
  float* values = nullptr;
  check(cudaMalloc(&values, sizeof(float) * 256));
  cudaStream_t stream = nullptr;
  check(cudaStreamCreate(&stream));
  cudaGraphExec_t graph = capture(log, stream, values);
  for (int i = 0; i < 50; ++i) {
    check(cudaGraphLaunch(graph, stream));
    log.called("cudaGraphLaunch");
    log.replayed();
  }
  void* address = nullptr;
  cudaDriverEntryPointQueryResult found = cudaDriverEntryPointSymbolNotFound;
  check(cudaGetDriverEntryPointByVersion("cuGraphLaunch", &address, 10000, cudaEnableDefault,
                                         &found));
  const auto launch = reinterpret_cast<decltype(&cuGraphLaunch)>(address);
  for (int i = 0; i < 20 && found == cudaDriverEntryPointSuccess; ++i) {
    if (launch(graph, stream) != CUDA_SUCCESS) return 1;
    log.called_at_least("cuGraphLaunch");
    log.replayed();
  }
  check(cudaStreamSynchronize(stream));
  return log.write(argc, argv);
}
