// Opens a path below a folder's descriptor so that neither "..", nor a symbolic link, nor an
// absolute path leads out of it. Functions only. Any thread.
#pragma once

#include <string>

namespace tbprof::analyzer {

// Both give a descriptor, or -1 with errno; EXDEV says that the path leads outside.
// ENOSYS where the kernel has no openat2.
int open_beneath_kernel(int folder, const std::string& relative, int flags);
// The same for older kernels, one component after the other.
int open_beneath_walk(int folder, const std::string& relative, int flags);

}  // namespace tbprof::analyzer
