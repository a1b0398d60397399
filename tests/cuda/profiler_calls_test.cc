// cudaProfilerStart and Stop as CUPTI tells of them: which calls are watched, and what they do.
#include "cuda/profiler_calls.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "collector/window.h"

namespace tbprof::cuda {
namespace {

std::set<std::pair<int, std::uint32_t>> watched;

CUptiResult enable(std::uint32_t, CUpti_SubscriberHandle, CUpti_CallbackDomain domain,
                   CUpti_CallbackId id) {
  watched.emplace(domain, id);
  return CUPTI_SUCCESS;
}

void begin(const char* schedule) {
  collector::Schedule parsed;
  ASSERT_EQ(collector::parse_schedule(schedule, parsed), nullptr);
  collector::begin_windows(parsed);
  CuptiLibrary cupti;
  cupti.enable_callback = enable;
  watched.clear();
  watch_profiler_calls(cupti, nullptr);
}

void call(CUpti_CallbackDomain domain, CUpti_CallbackId id, CUpti_ApiCallbackSite site) {
  CUpti_CallbackData data = {};
  data.callbackSite = site;
  on_profiler_callback(domain, id, &data);
}

TEST(ProfilerCalls, AreWatchedOnlyWhereTheyDecide) {
  begin("profiler");
  EXPECT_EQ(watched.size(), 4u);
  begin("steps=1-2");
  EXPECT_TRUE(watched.empty());
  begin("");
  EXPECT_TRUE(watched.empty());
}

TEST(ProfilerCalls, OpenBehindTheStartAndCloseBeforeTheStop) {
  begin("profiler");
  const auto runtime = CUPTI_CB_DOMAIN_RUNTIME_API;
  const auto driver = CUPTI_CB_DOMAIN_DRIVER_API;
  const auto start = CUPTI_RUNTIME_TRACE_CBID_cudaProfilerStart_v4000;
  const auto stop = CUPTI_RUNTIME_TRACE_CBID_cudaProfilerStop_v4000;
  call(runtime, start, CUPTI_API_ENTER);
  EXPECT_FALSE(collector::is_window_open());
  // The driver's call lies in the runtime's.
  call(driver, CUPTI_DRIVER_TRACE_CBID_cuProfilerStart, CUPTI_API_EXIT);
  EXPECT_TRUE(collector::is_window_open());
  call(runtime, start, CUPTI_API_EXIT);
  EXPECT_TRUE(collector::is_window_open());
  // The same number means another call in another domain.
  call(driver, stop, CUPTI_API_ENTER);
  EXPECT_TRUE(collector::is_window_open());
  call(runtime, stop, CUPTI_API_ENTER);
  EXPECT_FALSE(collector::is_window_open());
  call(driver, CUPTI_DRIVER_TRACE_CBID_cuProfilerStop, CUPTI_API_ENTER);
  EXPECT_FALSE(collector::is_window_open());
  on_profiler_callback(runtime, start, nullptr);
  EXPECT_FALSE(collector::is_window_open());
}

}  // namespace
}  // namespace tbprof::cuda
