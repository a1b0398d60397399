// Answers `tbprof capture` inside a recorded process: one thread that sleeps until somebody
// connects, opens a window and closes it again. Only processes of the same user, or root, are
// heard; whatever they send, at worst their own window is open for as long as they stay. start(),
// stop(): the writer thread. forget(): a forked child.
#pragma once

#include <string>

#include "collector/window_files.h"

namespace tbprof::collector {

// Listens on a socket beside the page. `trace_folder` is told to whoever asks. 0, or errno.
int start_capture_server(WindowFiles& files, const std::string& trace_folder);
// Returns at once; a client that waits is told that the recording is over.
void stop_capture_server();
// Async-signal-safe.
void forget_capture_server();

}  // namespace tbprof::collector
