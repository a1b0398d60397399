// Copies of every direction and kind of host memory, and memsets of every width: equal in number,
// kind and bytes.
#include <vector>

#include "truth_log.h"

using namespace tbprof::samples::truth;

__device__ char device_symbol[4096];

int main(int argc, char** argv) {
  need_devices(1);
  TruthLog log("copies");
  constexpr std::size_t kSizes[] = {4, 4'096, 65'536, 1'000'000, 16 << 20};
  constexpr std::size_t kMost = 16 << 20;
  std::vector<char> pageable(kMost);
  char* pinned = nullptr;
  char* device = nullptr;
  char* other = nullptr;
  check(cudaMallocHost(&pinned, kMost));
  check(cudaMalloc(&device, kMost));
  check(cudaMalloc(&other, kMost));
  cudaStream_t stream = nullptr;
  check(cudaStreamCreate(&stream));
  for (int turn = 0; turn < 10; ++turn) {
    for (const std::size_t size_bytes : kSizes) {
      check(cudaMemcpy(device, pageable.data(), size_bytes, cudaMemcpyHostToDevice));
      log.copied("HtoD (Pageable -> Device)", size_bytes);
      check(cudaMemcpy(pageable.data(), device, size_bytes, cudaMemcpyDeviceToHost));
      log.copied("DtoH (Device -> Pageable)", size_bytes);
      log.called("cudaMemcpy", 2);
      check(cudaMemcpyAsync(device, pinned, size_bytes, cudaMemcpyHostToDevice, stream));
      log.copied("HtoD (Pinned -> Device)", size_bytes, stream);
      check(cudaMemcpyAsync(other, device, size_bytes, cudaMemcpyDeviceToDevice, stream));
      log.copied("DtoD (Device -> Device)", size_bytes, stream);
      check(cudaMemcpyAsync(pinned, other, size_bytes, cudaMemcpyDeviceToHost, stream));
      log.copied("DtoH (Device -> Pinned)", size_bytes, stream);
      log.called("cudaMemcpyAsync", 3);
      check(cudaMemsetAsync(device, 1, size_bytes, stream));
      log.filled("Device", size_bytes, stream);
      log.called("cudaMemsetAsync");
    }
    check(cudaMemcpy2DAsync(device, 2048, pinned, 1024, 1000, 100, cudaMemcpyHostToDevice, stream));
    log.copied("HtoD (Pinned -> Device)", 100'000, stream);
    log.called("cudaMemcpy2DAsync");
    check(cudaMemset2DAsync(device, 2048, 3, 1000, 100, stream));
    log.filled("Device", 100'000, stream);
    log.called("cudaMemset2DAsync");
    check(cudaMemcpyToSymbolAsync(device_symbol, pinned, sizeof device_symbol, 0,
                                  cudaMemcpyHostToDevice, stream));
    log.copied("HtoD (Pinned -> Device)", sizeof device_symbol, stream);
    log.called("cudaMemcpyToSymbolAsync");
    check(cudaStreamSynchronize(stream));
    log.called("cudaStreamSynchronize");
  }
  return log.write(argc, argv);
}
