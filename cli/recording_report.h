// What `tbprof run` says after the program: what was recorded, where it is, how to see it; or why
// there is nothing. Reads the recording through the analyzer. One thread at a time.
#pragma once

#include <string>

#include "cli/child_process.h"
#include "cli/recorder_environment.h"

namespace tbprof::cli {

// Lines that end with a newline each, for standard error. `logdir_as_given` is how the user would
// write the log directory in a command.
std::string describe_recording(const RecordingPlace& place, const std::string& logdir_as_given,
                               const std::string& program, const ProgramEnd& end);

}  // namespace tbprof::cli
