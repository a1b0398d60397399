// Talks to recorded processes over their sockets (collector/capture_protocol.h): asks each for a
// window and waits until all have closed it. One thread at a time.
#pragma once

#include <string>
#include <vector>

#include "cli/capture_target.h"
#include "collector/capture_protocol.h"

namespace tbprof::cli {

struct CaptureOutcome {
  std::int64_t pid = 0;
  bool is_done = false;
  std::string folder;   // where its trace lies, as the process sees it
  std::string problem;  // one sentence without a full stop; empty if it is done
};

// Returns when all are done, or `step_timeout_ms` after the last news while steps are waited for.
// ^C ends the windows: what was recorded so far stays.
std::vector<CaptureOutcome> capture(const std::vector<CaptureTarget>& targets,
                                    const collector::CaptureRequest& request,
                                    std::int64_t step_timeout_ms);

}  // namespace tbprof::cli
