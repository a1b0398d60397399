#include "cuda/cupti_detach.h"

#include <atomic>

#include "collector/clock.h"

namespace tbprof::cuda {

namespace {

enum Progress : std::uint32_t { kNotWanted, kWanted, kRunning, kDone };

constinit std::atomic<std::uint32_t> g_progress{kNotWanted};
constinit const CuptiLibrary* g_cupti = nullptr;
constinit CUptiResult g_result = CUPTI_SUCCESS;
constinit std::int64_t g_duration_ns = 0;

constexpr CUpti_CallbackDomain kDomains[] = {CUPTI_CB_DOMAIN_RUNTIME_API,
                                             CUPTI_CB_DOMAIN_DRIVER_API};

}  // namespace

void begin_detach(const CuptiLibrary& cupti, CUpti_SubscriberHandle subscriber) {
  if (cupti.finalize == nullptr || cupti.enable_domain == nullptr) return;
  g_cupti = &cupti;
  g_progress.store(kWanted, std::memory_order_release);
  for (const CUpti_CallbackDomain domain : kDomains) cupti.enable_domain(1, subscriber, domain);
}

bool cancel_detach(const CuptiLibrary& cupti, CUpti_SubscriberHandle subscriber) {
  std::uint32_t progress = kWanted;
  if (!g_progress.compare_exchange_strong(progress, kNotWanted)) return progress == kNotWanted;
  for (const CUpti_CallbackDomain domain : kDomains) cupti.enable_domain(0, subscriber, domain);
  return true;
}

void on_detach_callback(CUpti_CallbackDomain domain, const void* data) {
  if (g_progress.load(std::memory_order_relaxed) != kWanted || data == nullptr) return;
  if (domain != CUPTI_CB_DOMAIN_RUNTIME_API && domain != CUPTI_CB_DOMAIN_DRIVER_API) return;
  if (static_cast<const CUpti_CallbackData*>(data)->callbackSite != CUPTI_API_EXIT) return;
  std::uint32_t progress = kWanted;
  if (!g_progress.compare_exchange_strong(progress, kRunning, std::memory_order_acquire)) return;
  const std::int64_t begin_ns = collector::monotonic_ns();
  g_result = g_cupti->finalize();
  g_duration_ns = collector::monotonic_ns() - begin_ns;
  g_progress.store(kDone, std::memory_order_release);
}

bool is_leaving() { return g_progress.load(std::memory_order_acquire) >= kRunning; }
bool has_detached() { return g_progress.load(std::memory_order_acquire) == kDone; }
CUptiResult detach_result() { return g_result; }
std::int64_t detach_duration_ns() { return g_duration_ns; }

}  // namespace tbprof::cuda
