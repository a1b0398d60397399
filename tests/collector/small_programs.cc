// A hundred small programs in one: what it does (the first digit of its number) and how it ends
// (the second). All of its output is written with write(), so that it is the same in every run.
//   small_programs NUMBER
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "tbprof.hpp"

namespace {

constexpr int kSteps = 20;

void say(int descriptor, const char* text) {
  if (write(descriptor, text, std::strlen(text)) < 0) return;  // closed, in some of them
}

void run_steps() {
  for (int number = 0; number < kSteps; ++number) {
    tbprof::Step step(number);
    tbprof::Range range("forward", tbprof::Category::forward);
    tbprof::counter("loss", 1.0 / (number + 1));
  }
}

void run_in_threads() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(run_steps);
  for (std::thread& thread : threads) thread.join();
}

void run_child(bool execs) {
  run_steps();
  const pid_t child = fork();
  if (child == 0) {
    if (execs) execl("/bin/echo", "echo", "from the child", nullptr);
    run_steps();
    say(STDOUT_FILENO, "child\n");
    std::exit(4);
  }
  int status = 0;
  waitpid(child, &status, 0);
  say(STDOUT_FILENO, ("child " + std::to_string(status) + "\n").c_str());
}

void on_alarm(int) { tbprof_instant("alarm", TBPROF_OTHER); }

void run_with_signals() {
  struct sigaction action = {};
  action.sa_handler = on_alarm;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  const itimerval often{{0, 200}, {0, 200}};
  setitimer(ITIMER_REAL, &often, nullptr);
  for (int i = 0; i < 50; ++i) run_steps();
  setitimer(ITIMER_REAL, nullptr, nullptr);
}

void close_from(int first) {
  for (int descriptor = first; descriptor < 64; ++descriptor) close(descriptor);
}

// Its descriptors are where the program expects them.
void open_own_files() {
  run_steps();
  const int descriptor = open("/dev/null", O_RDWR);
  say(STDOUT_FILENO, ("descriptor " + std::to_string(descriptor) + "\n").c_str());
  close(descriptor);
}

void act(int what) {
  switch (what) {
    case 1:
      return run_steps();
    case 2:
      return run_in_threads();
    case 3:
      return run_child(false);
    case 4:
      return run_child(true);
    case 5:
      return run_with_signals();
    case 6:
      close(STDERR_FILENO);
      return run_steps();
    case 7:
      run_steps();
      return close_from(STDERR_FILENO);
    case 8:
      return open_own_files();
    case 9:
      std::thread([] {
        for (;;) run_steps();
      }).detach();
      return run_steps();
    default:
      return;
  }
}

int end(int how) {
  switch (how) {
    case 1:
      std::exit(7);
    case 2:
      _exit(9);
    case 3:
      std::quick_exit(5);
    case 4:
      std::abort();
    case 5:
      *const_cast<volatile int*>(static_cast<int*>(nullptr)) = 1;
      break;
    case 6:
      raise(SIGKILL);
      break;
    case 7:
      raise(SIGTERM);
      break;
    case 8:
      std::thread([] { std::exit(6); }).join();
      break;
    case 9:
      execl("/bin/sh", "sh", "-c", "echo last; exit 3", nullptr);
      break;
    default:
      break;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const int number = argc > 1 ? std::atoi(argv[1]) : 0;
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  say(STDOUT_FILENO, "begin\n");
  say(STDERR_FILENO, "to stderr\n");
  act(number / 10 % 10);
  say(STDOUT_FILENO, "end\n");
  say(STDERR_FILENO, "to stderr\n");
  return end(number % 10);
}
