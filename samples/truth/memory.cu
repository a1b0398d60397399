// Memory of the device taken and given back: at once, in the order of a stream, from a pool of the
// program's own, and managed. Every change must be counted, with the highest sum.
#include <vector>

#include "truth_log.h"

using namespace tbprof::samples::truth;

namespace {

void from_the_device(TruthLog& log) {
  std::vector<void*> held;
  for (std::size_t size_bytes = 1 << 10; size_bytes <= 64 << 20; size_bytes *= 4) {
    void* memory = nullptr;
    check(cudaMalloc(&memory, size_bytes));
    log.allocated(size_bytes);
    log.called("cudaMalloc");
    held.push_back(memory);
  }
  std::size_t size_bytes = 1 << 10;
  for (void* memory : held) {
    check(cudaFree(memory));
    log.released(size_bytes);
    log.called("cudaFree");
    size_bytes *= 4;
  }
}

void in_order(TruthLog& log, cudaMemPool_t pool, cudaStream_t stream) {
  constexpr std::size_t kSizeBytes = 3 << 20;
  for (int turn = 0; turn < 50; ++turn) {
    void* memory = nullptr;
    if (pool != nullptr) {
      check(cudaMallocFromPoolAsync(&memory, kSizeBytes, pool, stream));
      log.called("cudaMallocFromPoolAsync");
    } else {
      check(cudaMallocAsync(&memory, kSizeBytes, stream));
      log.called("cudaMallocAsync");
    }
    log.allocated(kSizeBytes);
    check(cudaFreeAsync(memory, stream));
    log.released(kSizeBytes);
    log.called("cudaFreeAsync");
  }
}

}  // namespace

int main(int argc, char** argv) {
  need_devices(1);
  TruthLog log("memory");
  from_the_device(log);
  cudaStream_t stream = nullptr;
  check(cudaStreamCreate(&stream));
  in_order(log, nullptr, stream);
  cudaMemPoolProps properties = {};
  properties.allocType = cudaMemAllocationTypePinned;
  properties.location = {cudaMemLocationTypeDevice, 0};
  cudaMemPool_t pool = nullptr;
  check(cudaMemPoolCreate(&pool, &properties));
  in_order(log, pool, stream);
  check(cudaStreamSynchronize(stream));
  void* managed = nullptr;
  check(cudaMallocManaged(&managed, 1 << 20));
  log.allocated(1 << 20);
  log.called("cudaMallocManaged");
  check(cudaDeviceSynchronize());
  return log.write(argc, argv);
}
