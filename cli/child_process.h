// Runs a program in our place: same process group, same terminal, signals passed on, and an end
// that looks like the program's own. Changes this process's signal state, so it is for a process
// that does nothing else meanwhile. One thread.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "proto/result.h"

namespace tbprof::cli {

// How a program ended, or why it never began.
struct ProgramEnd {
  int exec_errno = 0;  // not 0: it could not be executed
  int exit_code = 0;   // if it exited
  int signal = 0;      // not 0: it died by this signal
};

// Names and values to set before the program starts.
using Environment = std::vector<std::pair<std::string, std::string>>;

// Replaces this process by the program; returns only if that fails, with errno.
int become_program(const std::vector<std::string>& program, const Environment& environment);

// Starts the program and waits for its end. What the terminal sends reaches it by the terminal;
// what others send to us is sent on; when it stops, we stop. It dies if we are killed.
// `started` is called with its process id once it has begun, and must return soon.
proto::Result<ProgramEnd> run_program(const std::vector<std::string>& program,
                                      const Environment& environment,
                                      const std::function<void(pid_t)>& started = {});

// Ends this process as the program ended: the same status or the same signal, without a core file.
[[noreturn]] void end_like(const ProgramEnd& end);

}  // namespace tbprof::cli
