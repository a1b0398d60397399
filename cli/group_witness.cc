#include "cli/group_witness.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>

namespace tbprof::cli {

GroupWitness::GroupWitness() { start(); }
GroupWitness::~GroupWitness() { stop(); }

void GroupWitness::start() {
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, "tbprof-witness");
  if (getppid() != parent) _exit(0);
  // An open end here would keep pipes alive that the program has closed.
  for (int descriptor = 0; descriptor < 64; ++descriptor) close(descriptor);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  while (true) pause();
}

void GroupWitness::stop() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

std::uint64_t GroupWitness::pending() const {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/status", static_cast<int>(pid_));
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return 0;
  unsigned long long bits = 0;
  char line[256];
  while (std::fgets(line, sizeof line, file) != nullptr) {
    if (std::sscanf(line, "ShdPnd: %llx", &bits) == 1) break;
  }
  std::fclose(file);
  return bits;
}

bool GroupWitness::saw(int signal) {
  if (pid_ <= 0) return false;
  const std::uint64_t bit = std::uint64_t{1} << (signal - 1);
  // The kernel visits the members of a group one after the other, and may rest in between.
  const timespec pause = {0, 2'000'000};
  std::uint64_t pending = this->pending();
  for (int tries = 0; tries < 10 && ((seen_ | pending) & bit) == 0; ++tries) {
    nanosleep(&pause, nullptr);
    pending = this->pending();
  }
  if (pending != 0) {
    seen_ |= pending;
    stop();
    start();
  }
  const bool answer = (seen_ & bit) != 0;
  seen_ &= ~bit;
  return answer;
}

}  // namespace tbprof::cli
