// What /proc/PID/stat says of a process that its id alone does not: who started it, and when, by
// which a later process of the same id is told from it. Opens a file: the thread that does that.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace tbprof::collector {

struct ProcessStat {
  pid_t parent = 0;
  std::uint64_t start_time_ticks = 0;  // 0: there is no such process, or nobody may know
};

ProcessStat read_process_stat(pid_t pid);

}  // namespace tbprof::collector
