// Windows of a process that has no steps of its own, such as a worker that loads data: it records
// while the process that started it does, or the nearest one above that which shows windows
// (window_page.h). One thread of ours follows that page. Once the process begins a step of its own,
// its own schedule holds; a schedule by time holds in each process from its start.
#pragma once

#include "collector/window_files.h"

namespace tbprof::collector {

// The writer thread, once the recording has windows; `files` tells where pages lie. 0, or errno.
int follow_parents_windows(const WindowFiles& files);
// The writer thread. Returns at once.
void stop_following();

}  // namespace tbprof::collector
