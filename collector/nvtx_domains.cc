#include "collector/nvtx_domains.h"

#include <atomic>

#include "collector/name_table.h"
#include "proto/category.h"

namespace tbprof::collector {

namespace {

// Handles of names, by number.
constinit std::atomic<std::uint32_t> g_names[kDomainCount];

}  // namespace

std::uint32_t domain_named(const char* name) {
  const std::uint32_t handle =
      name_handle(name, static_cast<std::uint8_t>(proto::Category::annotation));
  if (handle == 0) return kSharedDomain;
  for (std::uint32_t number = 1; number < kSharedDomain; ++number) {
    std::uint32_t known = g_names[number].load(std::memory_order_acquire);
    if (known == 0 && g_names[number].compare_exchange_strong(known, handle)) known = handle;
    if (known == handle) return number;
  }
  return kSharedDomain;
}

std::string_view name_of_domain(std::uint32_t number) {
  const std::uint32_t handle =
      number < kDomainCount ? g_names[number].load(std::memory_order_acquire) : 0;
  const NamedText* named = handle == 0 ? nullptr : named_text(handle);
  return named == nullptr ? std::string_view() : std::string_view(named->text(), named->length);
}

}  // namespace tbprof::collector
