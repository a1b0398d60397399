// Many streams that wait for each other by events, and a host that waits for streams and events:
// how much ran on each stream, and every wait by kind.
#include "truth_log.h"

using namespace tbprof::samples::truth;

__global__ void work(float* values) { values[threadIdx.x] += 1.0f; }

int main(int argc, char** argv) {
  need_devices(1);
  TruthLog log("streams");
  constexpr int kStreams = 64;
  float* values = nullptr;
  check(cudaMalloc(&values, sizeof(float) * 256 * kStreams));
  cudaStream_t streams[kStreams] = {};
  cudaEvent_t events[kStreams] = {};
  int lowest = 0;
  int highest = 0;
  check(cudaDeviceGetStreamPriorityRange(&lowest, &highest));
  for (int i = 0; i < kStreams; ++i) {
    check(cudaStreamCreateWithPriority(&streams[i], cudaStreamNonBlocking,
                                       i % 2 == 0 ? lowest : highest));
    check(cudaEventCreateWithFlags(&events[i], cudaEventDisableTiming));
  }
  for (int turn = 0; turn < 20; ++turn) {
    for (int i = 0; i < kStreams; ++i) {
      // Stream i does i % 5 + 1 kernels a turn, so that their counts differ.
      for (int times = 0; times <= i % 5; ++times) {
        work<<<1, 256, 0, streams[i]>>>(values + 256 * i);
        log.launched("work(float*)", 1, 256, streams[i]);
      }
      check(cudaEventRecord(events[i], streams[i]));
      log.called("cudaEventRecord");
      check(cudaStreamWaitEvent(streams[(i + 1) % kStreams], events[i], 0));
      log.called("cudaStreamWaitEvent");
      log.waited_for("Stream waits for event");
    }
    check(cudaEventSynchronize(events[kStreams - 1]));
    log.called("cudaEventSynchronize");
    log.waited_for("Wait for event");
    check(cudaStreamSynchronize(streams[0]));
    log.called("cudaStreamSynchronize");
    log.waited_for("Wait for stream");
  }
  check(cudaDeviceSynchronize());
  log.called("cudaDeviceSynchronize");
  log.waited_for("Wait for GPU");
  return log.write(argc, argv);
}
