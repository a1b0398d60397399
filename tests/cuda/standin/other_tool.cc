// Another tool in the process, linked with libcupti as libtorch_cpu.so is: takes CUPTI, counts the
// kernels that it gets.
#include <cupti.h>

#include <atomic>
#include <cstdlib>

namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
std::atomic<int> g_kernels{0};

void on_request(std::uint8_t** buffer, std::size_t* size, std::size_t* most_records) {
  *buffer = static_cast<std::uint8_t*>(std::calloc(1, kBufferBytes));
  *size = kBufferBytes;
  *most_records = 0;
}

void on_complete(CUcontext, std::uint32_t, std::uint8_t* buffer, std::size_t, std::size_t valid) {
  CUpti_Activity* record = nullptr;
  while (cuptiActivityGetNextRecord(buffer, valid, &record) == CUPTI_SUCCESS) {
    if (record->kind == CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL) ++g_kernels;
  }
  std::free(buffer);
}

void on_callback(void*, CUpti_CallbackDomain, CUpti_CallbackId, const void*) {}

}  // namespace

extern "C" {

// What cuptiSubscribe said.
int other_tool_start(void) {
  CUpti_SubscriberHandle subscriber = nullptr;
  const CUptiResult result = cuptiSubscribe(&subscriber, on_callback, nullptr);
  if (result != CUPTI_SUCCESS) return result;
  cuptiActivityRegisterCallbacks(on_request, on_complete);
  cuptiActivityEnable(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL);
  return CUPTI_SUCCESS;
}

// The kernels that it was given.
int other_tool_stop(void) {
  cuptiActivityDisable(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL);
  cuptiActivityFlushAll(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED);
  return g_kernels.load();
}

}  // extern "C"
