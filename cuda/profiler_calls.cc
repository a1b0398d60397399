#include "cuda/profiler_calls.h"

#include "collector/window.h"

namespace tbprof::cuda {

namespace {

struct WatchedCall {
  CUpti_CallbackDomain domain;
  CUpti_CallbackId id;
  bool is_start;
};

// The runtime's call leads to the driver's: both are needed, and the second changes nothing.
constexpr WatchedCall kCalls[] = {
    {CUPTI_CB_DOMAIN_RUNTIME_API, CUPTI_RUNTIME_TRACE_CBID_cudaProfilerStart_v4000, true},
    {CUPTI_CB_DOMAIN_RUNTIME_API, CUPTI_RUNTIME_TRACE_CBID_cudaProfilerStop_v4000, false},
    {CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_cuProfilerStart, true},
    {CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_cuProfilerStop, false},
};

}  // namespace

void watch_profiler_calls(const CuptiLibrary& cupti, CUpti_SubscriberHandle subscriber) {
  if (collector::current_schedule().kind != collector::ScheduleKind::profiler) return;
  for (const WatchedCall& call : kCalls) cupti.enable_callback(1, subscriber, call.domain, call.id);
}

void on_profiler_callback(CUpti_CallbackDomain domain, CUpti_CallbackId id, const void* data) {
  for (const WatchedCall& call : kCalls) {
    if (call.domain != domain || call.id != id || data == nullptr) continue;
    // A window holds what lies between the two calls, not the calls.
    const CUpti_ApiCallbackSite wanted = call.is_start ? CUPTI_API_EXIT : CUPTI_API_ENTER;
    if (static_cast<const CUpti_CallbackData*>(data)->callbackSite == wanted) {
      collector::on_profiler_call(call.is_start);
    }
  }
}

}  // namespace tbprof::cuda
