// Programs that take rights and resources from themselves, and look at what they inherited.
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tbprof.hpp"
#include "tests/e2e/transparency/modes.h"

extern char** environ;

namespace tbprof::tests {
namespace {

void record_some() {
  for (int i = 0; i < 10'000; ++i) tbprof::Range range("under a limit");
  sleep_ms(20);
}

template <int kResource, rlim_t kMost>
int limit() {
  rlimit limits = {};
  getrlimit(static_cast<__rlimit_resource>(kResource), &limits);
  limits.rlim_cur = kMost;
  std::printf("%d\n", setrlimit(static_cast<__rlimit_resource>(kResource), &limits));
  record_some();
  return 4;
}

// A file that may not grow ends the program that writes on, by SIGXFSZ.
int write_past_the_limit() {
  const rlimit limits{1000, 1000};
  setrlimit(RLIMIT_FSIZE, &limits);
  record_some();
  const int descriptor = open("limited", O_CREAT | O_WRONLY, 0644);
  char block[600] = {};
  for (int i = 0; i < 3; ++i) {
    std::printf("%d\n", static_cast<int>(write(descriptor, block, sizeof block)));
    std::fflush(stdout);
  }
  return 0;
}

int too_many_files() {
  const rlimit limits{20, 20};
  setrlimit(RLIMIT_NOFILE, &limits);
  int opened = 0;
  while (open("/dev/null", O_RDONLY) >= 0) ++opened;
  std::printf("%d %d\n", opened, errno);
  return 0;
}

int give_up_root() {
  if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) return 1;
  record_some();
  std::printf("%d\n", setuid(0) == 0 && getuid() == 0 ? 1 : 0);
  return 2;
}

int new_session() {
  const pid_t session = setsid();
  std::printf("%d\n", session == getpid() || errno == EPERM ? 1 : 0);
  return 0;
}

int own_group() {
  std::printf("%d %d\n", setpgid(0, 0), getpgrp() == getpid() ? 1 : 0);
  return 0;
}

int lower_priority() {
  errno = 0;
  std::printf("%d\n", nice(3));
  return 0;
}

int not_dumpable() {
  prctl(PR_SET_DUMPABLE, 0);
  record_some();
  std::printf("%d\n", prctl(PR_GET_DUMPABLE));
  std::abort();
}

int no_new_privileges() {
  std::printf("%d\n", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  return 0;
}

// What the thread may still do is to read, to write and to end itself.
int strict_seccomp() {
  say("strict");
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) return 1;
  static_cast<void>(!write(1, "allowed\n", 8));
  syscall(SYS_getpid);
  return 98;
}

int own_environment() {
  clearenv();
  setenv("ONLY", "this", 1);
  for (char** entry = environ; *entry != nullptr; ++entry) std::printf("%s\n", *entry);
  std::fflush(stdout);
  return std::system("/bin/true") == 0 ? 0 : 1;
}

// A recorder needs a few variables; all others must be as they were.
int inherited_environment() {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    bool is_a_recorders = false;
    for (const char* prefix :
         {"TBPROF_", "NVTX_INJECTION64_PATH=", "CUDA_INJECTION64_PATH=", "PYTHONPATH="}) {
      is_a_recorders = is_a_recorders || std::strncmp(*entry, prefix, std::strlen(prefix)) == 0;
    }
    if (!is_a_recorders) std::printf("%s\n", *entry);
  }
  return 0;
}

int inherited_limits() {
  for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
    rlimit limits = {};
    getrlimit(static_cast<__rlimit_resource>(resource), &limits);
    std::printf("%d %llu %llu\n", resource, static_cast<unsigned long long>(limits.rlim_cur),
                static_cast<unsigned long long>(limits.rlim_max));
  }
  const mode_t mask = umask(0);
  std::printf("umask %o nice %d\n", mask, getpriority(PRIO_PROCESS, 0));
  return 0;
}

int inherited_signals() {
  sigset_t mask;
  sigprocmask(SIG_BLOCK, nullptr, &mask);
  for (int number = 1; number < 65; ++number) {
    struct sigaction action = {};
    if (sigaction(number, nullptr, &action) != 0) continue;
    if (action.sa_handler != SIG_DFL || sigismember(&mask, number) == 1) {
      std::printf("%d %d\n", number, sigismember(&mask, number));
    }
  }
  return 0;
}

int locale_and_random() {
  std::setlocale(LC_ALL, "C.UTF-8");
  std::srand(7);
  srandom(7);
  std::printf("%d %ld %s\n", std::rand(), random(), std::strerror(ENOENT));
  return 0;
}

constexpr Mode kModes[] = {
    {"no_more_files", limit<RLIMIT_NOFILE, 3>},
    {"no_files_at_all", limit<RLIMIT_NOFILE, 0>},
    {"no_core", limit<RLIMIT_CORE, 0>},
    {"little_memory", limit<RLIMIT_AS, 200u << 20>},
    {"no_data", limit<RLIMIT_DATA, 64u << 10>},
    {"small_stack", limit<RLIMIT_STACK, 64u << 10>},
    {"no_locked_memory", limit<RLIMIT_MEMLOCK, 0>},
    {"write_past_the_limit", write_past_the_limit},
    {"too_many_files", too_many_files},
    {"give_up_root", give_up_root},
    {"new_session", new_session},
    {"own_group", own_group},
    {"lower_priority", lower_priority},
    {"not_dumpable", not_dumpable},
    {"no_new_privileges", no_new_privileges},
    {"strict_seccomp", strict_seccomp},
    {"own_environment", own_environment},
    {"inherited_environment", inherited_environment},
    {"inherited_limits", inherited_limits},
    {"inherited_signals", inherited_signals},
    {"locale_and_random", locale_and_random},
};

}  // namespace

std::span<const Mode> limit_modes() { return kModes; }

}  // namespace tbprof::tests
