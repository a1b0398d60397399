// So many launches in a row that every buffer goes round many times: none may be lost.
// usage: truth_many_launches [TRUTH.json [LAUNCHES]]
#include "truth_log.h"

using namespace tbprof::samples::truth;

__global__ void empty() {}

int main(int argc, char** argv) {
  need_devices(1);
  TruthLog log("many_launches");
  const int launches = argc > 2 ? std::atoi(argv[2]) : 200'000;
  for (int i = 0; i < launches; ++i) {
    empty<<<1, 32>>>();
    log.launched("empty()", 1, 32);
  }
  check(cudaGetLastError());
  check(cudaDeviceSynchronize());
  return log.write(argc, argv);
}
