#include "cli/stop_signals.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <thread>

namespace tbprof::cli {
namespace {

constexpr std::chrono::seconds kLongestStop{3};

// Ends the process at the next signal, or when it takes longer than it may: a load cannot be
// interrupted, and nothing is written that could be left unfinished.
void end_without_waiting(sigset_t signals) {
  const timespec longest{kLongestStop.count(), 0};
  while (sigtimedwait(&signals, nullptr, &longest) < 0 && errno == EINTR) {
  }
  std::fflush(nullptr);
  ::_exit(0);
}

}  // namespace

sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction now = {};
    if (::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN) continue;
    sigaddset(&signals, signal);
  }
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

void wait_and_stop(const sigset_t& signals, server::HttpServer& http) {
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
  std::thread(end_without_waiting, signals).detach();
  http.begin_stop();
  http.wait_until_stopped(kLongestStop);
}

}  // namespace tbprof::cli
