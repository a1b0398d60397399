// What CUPTI costs by itself: asks it for the very same activities by the recorder's own session,
// with the same buffers and flushes, and throws every record away unread. The recorder's cost is
// measured against this.
// Loaded by the CUDA driver through CUDA_INJECTION64_PATH. GPU_NULL_GRAPH_NODES=1: kernels of
// graphs one by one; GPU_NULL_BUDGET_MIB: GPU memory for times. One thread of its own; never
// unloaded.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <atomic>
#include <thread>

#include "cuda/buffer_pool.h"
#include "cuda/cupti_library.h"
#include "cuda/cupti_session.h"

namespace tbprof::tests {
namespace {

// Never destroyed: CUPTI calls back until the process is gone.
struct NullConsumer {
  cuda::CuptiLibrary cupti;
  cuda::BufferPool pool;
  cuda::CuptiSession session;
  bool flushes = true;
  bool checks = false;
  std::atomic<std::uint64_t> kernels{0};
  std::atomic<std::uint64_t> bad_times{0};
  std::atomic<std::uint64_t> first_bad{0};  // number of the kernel, from 1; 0: none
  std::atomic<bool> wants_end{false};
  std::atomic<bool> has_ended{false};
};

NullConsumer* g_consumer = nullptr;

void look_at_times(NullConsumer& self, std::uint8_t* data, std::size_t valid_bytes) {
  CUpti_Activity* record = nullptr;
  while (self.cupti.get_next_record(data, valid_bytes, &record) == CUPTI_SUCCESS) {
    if (record->kind != CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL) continue;
    // Start and end stand at the same place in every version of the struct.
    const auto& kernel = reinterpret_cast<const CUpti_ActivityKernel9&>(*record);
    const std::uint64_t number = ++self.kernels;
    if (kernel.start != 0 && kernel.end >= kernel.start) continue;
    ++self.bad_times;
    std::uint64_t none = 0;
    self.first_bad.compare_exchange_strong(none, number);
  }
}

void sleep_ms(long ms) {
  const timespec pause{ms / 1000, ms % 1000 * 1'000'000L};
  nanosleep(&pause, nullptr);
}

void consume(NullConsumer& self) {
  constexpr int kTurnsASecond = 20;
  for (unsigned turn = 1; !self.has_ended.load(); ++turn) {
    sleep_ms(1000 / kTurnsASecond);
    const bool is_last = self.wants_end.load();
    if (is_last || (self.flushes && turn % kTurnsASecond == 0)) self.session.flush();
    while (self.pool.read_one([&](std::uint8_t* data, std::size_t valid_bytes) {
      if (self.checks) look_at_times(self, data, valid_bytes);
    })) {
    }
    self.pool.refill();
    if (is_last) self.has_ended.store(true);
  }
}

void print_check() {
  g_consumer->wants_end.store(true);
  for (int i = 0; i < 200 && !g_consumer->has_ended.load(); ++i) sleep_ms(10);
  fprintf(stderr, "{\"kernels\": %llu, \"bad_times\": %llu, \"first_bad\": %llu}\n",
          static_cast<unsigned long long>(g_consumer->kernels.load()),
          static_cast<unsigned long long>(g_consumer->bad_times.load()),
          static_cast<unsigned long long>(g_consumer->first_bad.load()));
}

std::uint32_t number_of(const char* variable, std::uint32_t otherwise) {
  const char* text = getenv(variable);
  return text != nullptr ? static_cast<std::uint32_t>(strtoul(text, nullptr, 10)) : otherwise;
}

const char* start() {
  auto* self = new NullConsumer;
  if (const char* trouble = cuda::open_cupti(self->cupti)) return trouble;
  if (!self->pool.start(4, 64)) return "no memory for buffers";
  cuda::SessionOptions options;
  options.graph_nodes = number_of("GPU_NULL_GRAPH_NODES", 0) != 0;
  options.device_budget_mib = number_of("GPU_NULL_BUDGET_MIB", options.device_budget_mib);
  if (!self->session.start(self->cupti, self->pool, options)) return self->session.reason();
  self->flushes = number_of("GPU_NULL_FLUSH", 1) != 0;
  self->checks = number_of("GPU_NULL_CHECK", 0) != 0;
  g_consumer = self;
  if (self->checks) atexit(print_check);
  std::thread([self] { consume(*self); }).detach();
  return nullptr;
}

}  // namespace
}  // namespace tbprof::tests

extern "C" __attribute__((visibility("default"))) int InitializeInjection() {
  const char* trouble = tbprof::tests::start();
  if (trouble != nullptr) fprintf(stderr, "null consumer: %s\n", trouble);
  return 1;
}
