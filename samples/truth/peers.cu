// Copies between two GPUs, by cudaMemcpyPeerAsync and through mapped memory, and kernels on both.
#include "truth_log.h"

using namespace tbprof::samples::truth;

__global__ void work(int* values) { values[threadIdx.x] += 1; }

int main(int argc, char** argv) {
  need_devices(2);
  TruthLog log("peers");
  constexpr std::size_t kSizeBytes = 8 << 20;
  int* memory[2] = {};
  cudaStream_t streams[2] = {};
  for (int device = 0; device < 2; ++device) {
    check(cudaSetDevice(device));
    check(cudaMalloc(&memory[device], kSizeBytes));
    check(cudaStreamCreate(&streams[device]));
    int can_reach = 0;
    check(cudaDeviceCanAccessPeer(&can_reach, device, 1 - device));
    if (can_reach != 0) check(cudaDeviceEnablePeerAccess(1 - device, 0));
  }
  for (int turn = 0; turn < 40; ++turn) {
    const int from = turn % 2;
    check(cudaSetDevice(from));
    work<<<1, 256, 0, streams[from]>>>(memory[from]);
    log.launched("work(int*)", 1, 256, streams[from]);
    check(cudaMemcpyPeerAsync(memory[1 - from], 1 - from, memory[from], from, kSizeBytes,
                              streams[from]));
    log.copied("PtoP (Device -> Device)", kSizeBytes, streams[from]);
    log.called("cudaMemcpyPeerAsync");
    check(cudaStreamSynchronize(streams[from]));
    log.called("cudaStreamSynchronize");
  }
  return log.write(argc, argv);
}
