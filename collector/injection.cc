// CUDA's entry: the driver loads the library that CUDA_INJECTION64_PATH names when it starts, and
// calls InitializeInjection on the thread that started it.
#include "collector/event_source.h"
#include "collector/recorder.h"

#include <atomic>

extern "C" __attribute__((visibility("default"))) int InitializeInjection(void) {
  static constinit std::atomic<bool> called{false};
  if (called.exchange(true)) return 1;
  tbprof::collector::arm_recording();
  if (!tbprof::collector::is_recording() || tbprof_cuda_event_source == nullptr) return 1;
  const tbprof::collector::EventSource* source = tbprof_cuda_event_source();
  if (source != nullptr && source->start(source->self)) {
    tbprof::collector::add_event_source(*source);
  }
  return 1;
}
