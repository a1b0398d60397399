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

bool GroupWitness::saw(int signal) {
  if (pid_ <= 0) return false;
  // The kernel visits the members of a group one after the other.
  const timespec pause = {0, 1'000'000};
  nanosleep(&pause, nullptr);
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/status", static_cast<int>(pid_));
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return false;
  std::uint64_t pending = 0;
  char line[256];
  while (std::fgets(line, sizeof line, file) != nullptr) {
    unsigned long long bits = 0;
    if (std::sscanf(line, "ShdPnd: %llx", &bits) == 1) pending = bits;
  }
  std::fclose(file);
  if (pending != 0) {
    seen_ |= pending;
    stop();
    start();
  }
  const std::uint64_t bit = std::uint64_t{1} << (signal - 1);
  const bool answer = (seen_ & bit) != 0;
  seen_ &= ~bit;
  return answer;
}

}  // namespace tbprof::cli
