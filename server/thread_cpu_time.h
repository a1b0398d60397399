// How long the calling thread has computed: what work costs, however busy the machine is.
// Any thread.
#pragma once

#include <time.h>

#include <chrono>

namespace tbprof::server {

inline std::chrono::nanoseconds thread_cpu_time() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace tbprof::server
