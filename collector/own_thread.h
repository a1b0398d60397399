// Threads of the library in a user's process: detached, with a small stack, deaf to signals, which
// are for the program's own threads, and recorded by nobody. Any thread.
#pragma once

namespace tbprof::collector {

// `body` begins with enter_own_thread(). 0, or errno.
int create_own_thread(void* (*body)(void*), void* argument);

// The calling thread is one of ours: what it does is not recorded. `name` has at most 15 letters.
void enter_own_thread(const char* name);

}  // namespace tbprof::collector
