// Which processes descend from another, and the numbers that /proc is made of. Functions only. Any
// thread.
#pragma once

#include <sys/types.h>

#include <span>
#include <vector>

namespace tbprof::sampler {

// The entries of a folder of /proc that are numbers; `folder` is its parent's descriptor, or
// AT_FDCWD.
std::vector<pid_t> numbers_in(int folder, const char* name);
std::vector<pid_t> thread_ids(pid_t pid);

// The children of these processes, and theirs.
std::vector<pid_t> descendants(std::span<const pid_t> roots);

}  // namespace tbprof::sampler
