// A program that does to itself what recorders break on: each behaviour is named by the first
// argument (a second one makes the kernel an old one), prints what it did, and is to do the same
// whether it is recorded or not. Links libtbprof.so as a user's program does.
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "tbprof.hpp"

extern char** environ;

namespace {

void sleep_ms(long ms) {
  const timespec pause{ms / 1000, ms % 1000 * 1'000'000L};
  nanosleep(&pause, nullptr);
}

void record(const char* name, int count) {
  for (int i = 0; i < count; ++i) tbprof::Range range(name);
}

void say(const char* what) {
  std::printf("%s\n", what);
  std::fflush(stdout);
}

// Around the act: what was recorded before it is in the file, and so is what follows if it can.
int between(int (*act)()) {
  record("before", 10);
  tbprof_flush(2000);
  const int status = act();
  record("after", 10);
  tbprof_flush(2000);
  say("done");
  return status;
}

int close_from() { return static_cast<int>(syscall(SYS_close_range, 3u, ~0u, 0u)); }

std::string trace_file() {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(getenv("TBPROF_LOGDIR"))) {
    if (entry.path().extension() == ".tbtrace") return entry.path().string();
  }
  return "";
}

int unlink_trace() {
  if (getenv("TBPROF_LOGDIR") == nullptr) return 0;
  return unlink(trace_file().c_str());
}

int change_folder() { return chdir("/"); }

int change_root() {
  std::filesystem::create_directories("/tmp/tbprof_empty_root");
  if (chroot("/tmp/tbprof_empty_root") != 0) return 1;
  return close_from();
}

int change_user() { return setgid(65534) != 0 || setuid(65534) != 0 ? 1 : 0; }

int limit_files() {
  const rlimit few{16, 16};
  return setrlimit(RLIMIT_NOFILE, &few);
}

int limit_file_size() {
  const rlimit small{4096, 4096};
  return setrlimit(RLIMIT_FSIZE, &small);
}

int limit_memory() {
  const rlimit small{std::size_t{64} << 20, std::size_t{64} << 20};
  return setrlimit(RLIMIT_AS, &small);
}

// Nothing that needs memory of its own from now on.
int exhaust_memory() {
  const rlimit none{std::size_t{1} << 20, std::size_t{1} << 20};
  return setrlimit(RLIMIT_AS, &none);
}

// 100,000 names of their own, for which the recorder needs memory that is not there.
int record_without_memory() {
  record("before", 10);
  tbprof_flush(2000);
  exhaust_memory();
  char name[32];
  for (int i = 0; i < 100'000; ++i) {
    std::snprintf(name, sizeof name, "name %d", i);
    tbprof::Range range(name);
  }
  say("done");
  return 0;
}

int die_in_many_threads() {
  for (int round = 0; round < 20; ++round) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 50; ++i) threads.emplace_back([] { record("brief", 5); });
    for (std::thread& thread : threads) thread.join();
  }
  say("done");
  return 0;
}

int run_other_programs() {
  record("before", 10);
  const pid_t child = vfork();
  if (child == 0) {
    execl("/bin/echo", "echo", "from vfork", nullptr);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  pid_t spawned = 0;
  char echo[] = "/bin/echo";
  char text[] = "from spawn";
  char* arguments[] = {echo, text, nullptr};
  if (posix_spawn(&spawned, echo, nullptr, nullptr, arguments, environ) != 0) return 1;
  int spawned_status = 0;
  waitpid(spawned, &spawned_status, 0);
  if (std::system("echo from system") != 0) return 2;
  record("after", 10);
  return status + spawned_status;
}

int become_daemon() {
  record("before", 10);
  const pid_t first = fork();
  if (first != 0) {
    int status = 0;
    waitpid(first, &status, 0);
    return WEXITSTATUS(status);
  }
  setsid();
  if (fork() != 0) _exit(3);
  close_from();
  record("daemon", 10);
  tbprof_flush(2000);
  exit(0);
}

int install(sock_filter* code, std::size_t size) {
  const sock_fprog program{static_cast<unsigned short>(size), code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 1;
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? 0 : 2;
}

// The kernel refuses every new thread and process from now on.
int forbid_threads() {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
  };
  return install(code, std::size(code));
}

// Of a kernel before 5.9: no thread gets a table of descriptors of its own.
int be_an_old_kernel() {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 2),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLOSE_RANGE_UNSHARE, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
  };
  return install(code, std::size(code));
}

int record_without_any_memory() {
  if (exhaust_memory() != 0) return 1;
  record("nowhere", 10);
  say("done");
  return 0;
}

int record_without_threads() {
  if (const int status = forbid_threads(); status != 0) return status;
  record("nowhere", 10);
  say("done");
  return 0;
}

int die_by(int signal) {
  record("before", 10);
  sleep_ms(400);
  say("dying");
  raise(signal);
  return 9;
}

int run(const std::string& what) {
  if (what == "closefrom") return between(close_from);
  if (what == "unlink") return between(unlink_trace);
  if (what == "chdir") return between(change_folder);
  if (what == "chroot") return between(change_root);
  if (what == "setuid") return between(change_user);
  if (what == "nofile") return between(limit_files);
  if (what == "fsize") return between(limit_file_size);
  if (what == "address_space") return between(limit_memory);
  if (what == "no_memory") return record_without_memory();
  if (what == "no_memory_at_all") return record_without_any_memory();
  if (what == "threads") return die_in_many_threads();
  if (what == "spawn") return run_other_programs();
  if (what == "daemon") return become_daemon();
  if (what == "seccomp") return record_without_threads();
  if (what == "late_seccomp") return between(forbid_threads);
  if (what == "segv") return die_by(SIGSEGV);
  if (what == "abrt") return die_by(SIGABRT);
  return 99;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2 && be_an_old_kernel() != 0) return 98;
  return run(argc > 1 ? argv[1] : "");
}
