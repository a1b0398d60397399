// The signals that end a server: taken by one thread, which lets open answers end first. One thread
// at a time, the one that started the process.
#pragma once

#include <csignal>

#include "server/http_server.h"

namespace tbprof::cli {

// To be called before any thread begins, so that only the calling one takes them. Those that are
// ignored, as nohup does and a shell for what runs in the background, go on being ignored.
sigset_t block_stop_signals();

// Returns when one of them has come and the server has stopped: open answers have three seconds, a
// second signal does not wait.
void wait_and_stop(const sigset_t& signals, server::HttpServer& http);

}  // namespace tbprof::cli
