// Compiled with a default stream for each thread: all calls are the forms that end with _ptsz, and
// what the threads launch on "the default stream" is on streams of their own.
#include <thread>

#include "truth_log.h"

using namespace tbprof::samples::truth;

__global__ void work(float* values) { values[threadIdx.x] += 1.0f; }

int main(int argc, char** argv) {
  need_devices(1);
  TruthLog log("per_thread_stream");
  constexpr int kThreads = 4;
  constexpr std::size_t kSizeBytes = sizeof(float) * 256;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&log, i] {
      // Stands for this thread's stream in the log only.
      const auto stream = reinterpret_cast<cudaStream_t>(static_cast<std::uintptr_t>(i) + 1);
      float* values = nullptr;
      float* host = nullptr;
      check(cudaMalloc(&values, kSizeBytes));
      check(cudaMallocHost(&host, kSizeBytes));
      for (int launch = 0; launch < 100 + i; ++launch) {
        work<<<1, 256>>>(values);
        log.launched("work(float*)", 1, 256, stream);
      }
      check(cudaMemcpyAsync(host, values, kSizeBytes, cudaMemcpyDeviceToHost));
      log.copied("DtoH (Device -> Pinned)", kSizeBytes, stream);
      log.called("cudaMemcpyAsync");
      check(cudaStreamSynchronize(nullptr));
      log.called("cudaStreamSynchronize");
      log.waited_for("Wait for stream");
    });
  }
  for (std::thread& thread : threads) thread.join();
  return log.write(argc, argv);
}
