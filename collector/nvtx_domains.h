// NVTX's domains by number: each has ranges that nest by themselves on every thread. 0 is NVTX's
// own domain, the last number is shared by all that come too late for one of their own. Any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "collector/event.h"

namespace tbprof::collector {

inline constexpr std::uint32_t kSharedDomain = kDomainCount - 1;

// The same name gives the same number.
std::uint32_t domain_named(const char* name);
// Empty for domains without one of their own.
std::string_view name_of_domain(std::uint32_t number);

}  // namespace tbprof::collector
