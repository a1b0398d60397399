// Calls whoever waits for an answer. Who cannot take it, for want of memory, must not keep the
// others from theirs. Any thread.
#pragma once

#include <cstdio>
#include <exception>

namespace tbprof::server {

template <typename Told, typename... What>
void tell(const Told& told, const What&... what) {
  try {
    told(what...);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "tbprof: a question was dropped: %s\n", problem.what());
  }
}

}  // namespace tbprof::server
