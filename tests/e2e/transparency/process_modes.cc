// Children of every kind, and programs that become others.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "tbprof.hpp"
#include "tests/e2e/transparency/modes.h"

extern char** environ;

namespace tbprof::tests {
namespace {

int status_of(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, 0) != child) return -1;
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

int print_status(pid_t child) {
  std::printf("child %d\n", status_of(child));
  return 0;
}

int fork_and_exit() {
  const pid_t child = fork();
  if (child == 0) {
    say("in the child");
    std::exit(3);
  }
  return print_status(child);
}

int fork_and_leave() {
  const pid_t child = fork();
  if (child == 0) _exit(3);
  return print_status(child);
}

int fork_and_crash() {
  const pid_t child = fork();
  if (child == 0) std::abort();
  return print_status(child);
}

int fork_and_record() {
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 1000; ++i) tbprof::Range range("in the child");
    std::exit(7);
  }
  return print_status(child);
}

int fork_a_chain() {
  for (int depth = 0; depth < 6; ++depth) {
    const pid_t child = fork();
    if (child != 0) {
      const int status = status_of(child);
      if (depth > 0) _exit(status + 1);
      std::printf("chain %d\n", status);
      return 0;
    }
  }
  _exit(0);
}

int fork_many() {
  std::vector<pid_t> children;
  for (int i = 0; i < 30; ++i) {
    children.push_back(fork());
    if (children.back() == 0) _exit(i);
  }
  int sum = 0;
  for (const pid_t child : children) sum += status_of(child);
  std::printf("sum %d\n", sum);
  return 0;
}

int fork_on_a_thread() {
  int status = 0;
  std::thread([&] {
    const pid_t child = fork();
    if (child == 0) _exit(21);
    status = status_of(child);
  }).join();
  return status;
}

// Printed before the fork and not flushed: it comes out twice, with or without a recorder.
int fork_with_unflushed_text() {
  std::printf("twice\n");
  const pid_t child = fork();
  if (child == 0) std::exit(0);
  return status_of(child);
}

int vfork_and_exec() {
  const pid_t child = vfork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", "echo from a shell; exit 4", static_cast<char*>(nullptr));
    _exit(127);
  }
  return print_status(child);
}

int spawn() {
  char command[] = "sh";
  char flag[] = "-c";
  char script[] = "echo spawned >&2; kill -9 $$";
  char* arguments[] = {command, flag, script, nullptr};
  pid_t child = 0;
  if (posix_spawnp(&child, "sh", nullptr, nullptr, arguments, environ) != 0) return 1;
  return print_status(child);
}

int run_in_a_shell() {
  std::fflush(stdout);
  std::printf("%d\n", std::system("echo one; exit 3") >> 8);
  return 0;
}

int read_from_a_command() {
  std::FILE* pipe = popen("seq 1 2000", "r");
  int sum = 0;
  int value = 0;
  while (std::fscanf(pipe, "%d", &value) == 1) sum += value;
  std::printf("%d %d\n", sum, pclose(pipe));
  return 0;
}

int clone_with_shared_memory() {
  static int shared = 0;
  std::vector<char> stack(64 << 10);
  const pid_t child = clone(
      [](void*) {
        shared = 17;
        return 5;
      },
      stack.data() + stack.size(), CLONE_VM | SIGCHLD, nullptr);
  const int status = status_of(child);
  std::printf("%d %d\n", shared, status);
  return 0;
}

// The text of a daemon arrives after its parent has gone.
int become_a_daemon() {
  int gone[2];
  if (pipe(gone) != 0) return 1;
  if (fork() != 0) {
    say("parent");
    _exit(0);
  }
  setsid();
  close(gone[1]);
  char byte = 0;
  if (read(gone[0], &byte, 1) != 0) _exit(1);  // ends with the parent
  if (fork() != 0) _exit(0);
  if (chdir("/") != 0) _exit(1);
  say("daemon");
  _exit(0);
}

int close_all_and_fork() {
  for (int descriptor = 3; descriptor < 1024; ++descriptor) close(descriptor);
  const pid_t child = fork();
  if (child == 0) std::exit(6);
  return print_status(child);
}

int exec_a_shell() {
  execl("/bin/sh", "sh", "-c", "echo became a shell; exit 19", static_cast<char*>(nullptr));
  return 98;
}

int exec_without_environment() {
  char* none[] = {nullptr};
  execle("/bin/sh", "sh", "-c", "echo ${HOME-unset} ${TBPROF_LOGDIR-unset}",
         static_cast<char*>(nullptr), none);
  return 98;
}

int exec_what_is_not_there() {
  execl("/no/such/program", "program", static_cast<char*>(nullptr));
  std::perror("exec");
  return 7;
}

int exec_from_a_thread() {
  std::thread([] {
    execl("/bin/echo", "echo", "from a thread", static_cast<char*>(nullptr));
  }).join();
  return 98;
}

int exec_itself() {
  const char* turn = std::getenv("TRANSPARENCY_TURN");
  const int number = turn == nullptr ? 0 : std::atoi(turn);
  std::printf("turn %d\n", number);
  std::fflush(stdout);
  if (number == 5) return 2;
  setenv("TRANSPARENCY_TURN", std::to_string(number + 1).c_str(), 1);
  execl("/proc/self/exe", "transparency_probe", "exec_itself", static_cast<char*>(nullptr));
  return 98;
}

int ignore_children() {
  signal(SIGCHLD, SIG_IGN);
  const pid_t child = fork();
  if (child == 0) _exit(1);
  int status = 0;
  const pid_t waited = waitpid(child, &status, 0);
  std::printf("%d\n", waited == -1 ? -1 : 1);
  return 0;
}

// The only child that there is to wait for is the program's own.
int wait_for_anyone() {
  std::printf("%d\n", wait(nullptr));
  const pid_t child = fork();
  if (child == 0) _exit(2);
  std::printf("%d\n", wait(nullptr) == child ? 1 : 0);
  std::printf("%d\n", wait(nullptr));
  return 0;
}

int lose_the_parent() {
  int gone[2];
  if (pipe(gone) != 0) return 1;
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGUSR1);
    signal(SIGUSR1, [](int) {
      if (write(1, "orphan\n", 7) != 7) _exit(1);
      _exit(0);
    });
    if (write(gone[1], "x", 1) != 1) _exit(1);
    while (true) pause();
  }
  char byte = 0;
  return read(gone[0], &byte, 1) == 1 ? 0 : 1;
}

constexpr Mode kModes[] = {
    {"fork_and_exit", fork_and_exit},
    {"fork_and_leave", fork_and_leave},
    {"fork_and_crash", fork_and_crash},
    {"fork_and_record", fork_and_record},
    {"fork_a_chain", fork_a_chain},
    {"fork_many", fork_many},
    {"fork_on_a_thread", fork_on_a_thread},
    {"fork_with_unflushed_text", fork_with_unflushed_text},
    {"vfork_and_exec", vfork_and_exec},
    {"spawn", spawn},
    {"run_in_a_shell", run_in_a_shell},
    {"read_from_a_command", read_from_a_command},
    {"clone_with_shared_memory", clone_with_shared_memory},
    {"become_a_daemon", become_a_daemon},
    {"close_all_and_fork", close_all_and_fork},
    {"exec_a_shell", exec_a_shell},
    {"exec_without_environment", exec_without_environment},
    {"exec_what_is_not_there", exec_what_is_not_there},
    {"exec_from_a_thread", exec_from_a_thread},
    {"exec_itself", exec_itself},
    {"ignore_children", ignore_children},
    {"wait_for_anyone", wait_for_anyone},
    {"lose_the_parent", lose_the_parent},
};

}  // namespace

std::span<const Mode> process_modes() { return kModes; }

}  // namespace tbprof::tests
