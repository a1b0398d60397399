// What a trace says about the process it was recorded in, and how the process is spoken to.
// The writer thread.
#pragma once

#include "proto/trace_records.h"

namespace tbprof::collector {

inline constexpr char kWriterVersion[] = "0.1.0";

// Writer, host, pid, parent and command line.
proto::TraceHeader describe_process();

// One line "tbprof: …" on stderr, in one write().
__attribute__((format(printf, 1, 2))) void say_on_stderr(const char* format, ...);

}  // namespace tbprof::collector
