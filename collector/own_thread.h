// Threads of the library in a user's process: detached, deaf to signals, which are for the
// program's own threads, and recorded by nobody. Any thread.
#pragma once

#include <cstddef>

namespace tbprof::collector {

inline constexpr std::size_t kSmallStackBytes = std::size_t{256} << 10;
// For threads on which others' libraries run.
inline constexpr std::size_t kUsualStackBytes = 0;

// `body` begins with enter_own_thread(). 0, or errno.
int create_own_thread(void* (*body)(void*), void* argument,
                      std::size_t stack_bytes = kSmallStackBytes);

// The calling thread is one of ours: what it does is not recorded. `name` has at most 15 letters.
void enter_own_thread(const char* name);

}  // namespace tbprof::collector
