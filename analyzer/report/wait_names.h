// Tells by its name whether a range is a wait: a thread that sleeps, holds for a lock, a queue, a
// socket or a device. What such a range takes is nobody's work.
// Pure function. Any thread.
#pragma once

#include <string_view>

#include "proto/category.h"

namespace tbprof::analyzer::report {

// Knows frames of Python ("threading.py(359): wait", "<built-in method acquire of _thread.lock
// …>"), calls of C and CUDA ("epoll_wait", "cudaStreamSynchronize"), and ranges named so ("wait for
// room", "idle"). Waiting for input is a finding, not a wait in this sense.
bool is_wait(std::string_view name, proto::Category category);

}  // namespace tbprof::analyzer::report
