// Eight threads launch at once, each on a stream of its own: every call must be on its own thread's
// track.
#include <thread>

#include "truth_log.h"

using namespace tbprof::samples::truth;

__global__ void work(float* values, int turns) {
  float value = values[threadIdx.x];
  for (int i = 0; i < turns; ++i) value = value * 0.5f + 1.0f;
  values[threadIdx.x] = value;
}

int main(int argc, char** argv) {
  need_devices(1);
  TruthLog log("threads");
  constexpr int kThreads = 8;
  float* values = nullptr;
  check(cudaMalloc(&values, sizeof(float) * 128 * kThreads));
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&log, values, i] {
      cudaStream_t stream = nullptr;
      check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
      for (int launch = 0; launch < 500 + 10 * i; ++launch) {
        work<<<2, 128, 0, stream>>>(values + 128 * i, 100);
        log.launched("work(float*, int)", 2, 128, stream);
      }
      check(cudaStreamSynchronize(stream));
      log.called("cudaStreamSynchronize");
    });
  }
  for (std::thread& thread : threads) thread.join();
  check(cudaGetLastError());
  return log.write(argc, argv);
}
