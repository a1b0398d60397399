#include "server/descriptor_limit.h"

#include <sys/resource.h>

#include <algorithm>

#include "server/http_server.h"

namespace tbprof::server {

std::size_t connections_that_fit(std::size_t most) {
  // The log directory's folders and files, the listeners and what the system's libraries open.
  constexpr std::size_t kForOthers = 64;
  constexpr std::size_t kFewest = 8;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kFewest;
  const rlim_t raised =
      std::min<rlim_t>(limit.rlim_max, 4 * (most + kConnectionsBeyondLimit + kForOthers));
  if (raised > limit.rlim_cur) {
    const rlimit wanted{raised, limit.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &wanted) == 0) limit.rlim_cur = raised;
  }
  // A connection that downloads has its file open too.
  const std::size_t files = static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, 1u << 20));
  const std::size_t taken = kForOthers + kConnectionsBeyondLimit;
  const std::size_t fit = files > taken ? (files - taken) / 2 : 0;
  return std::min(most, std::max(fit, kFewest));
}

}  // namespace tbprof::server
