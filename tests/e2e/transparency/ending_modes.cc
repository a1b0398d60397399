// Ways to end: by exit, by signal, in a handler, on another thread.
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <thread>

#include "tests/e2e/transparency/modes.h"

namespace tbprof::tests {
namespace {

void catch_with(int signal, void (*handler)(int), int flags = 0) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(signal, &action, nullptr);
}

template <int kSignal>
int die_by() {
  say("dying");
  catch_with(kSignal, SIG_DFL);
  raise(kSignal);
  return 98;
}

int exit_in_handlers() {
  std::atexit([] { say("first registered, last called"); });
  std::atexit([] { say("last registered"); });
  return 5;
}

int leave_within_exit() {
  std::atexit([] {
    say("leaving");
    _exit(12);
  });
  return 5;
}

// Unflushed text is lost, as it would be.
int leave_at_once() {
  std::printf("never seen");
  _exit(9);
}

int leave_quickly() {
  std::at_quick_exit([] { say("quick"); });
  std::quick_exit(8);
}

int leave_by_system_call() {
  syscall(SYS_exit_group, 6);
  return 98;
}

int exit_on_a_thread() {
  std::thread([] { std::exit(4); }).join();
  return 98;
}

int terminate() {
  std::set_terminate([] { _exit(41); });
  throw std::runtime_error("nobody catches it");
}

int read_null() {
  say("reading");
  const volatile int* volatile nowhere = nullptr;
  return *nowhere;
}

int divide_by_zero() {
  volatile int zero = 0;
  say("dividing");
  return 1 / zero;
}

[[gnu::noinline]] int descend(volatile char* above) {
  volatile char room[4096];
  room[0] = above[0];
  return descend(room) + room[1];
}

int overflow_stack() {
  volatile char start = 0;
  return descend(&start);
}

sigjmp_buf g_place;

int survive_a_fault() {
  catch_with(
      SIGSEGV, [](int) { siglongjmp(g_place, 1); }, SA_NODEFER);
  int faults = 0;
  for (int i = 0; i < 3; ++i) {
    if (sigsetjmp(g_place, 1) == 0) {
      const volatile int* volatile nowhere = nullptr;
      return *nowhere;
    }
    ++faults;
  }
  std::printf("survived %d\n", faults);
  return 0;
}

int handler_on_its_own_stack() {
  static char memory[64 << 10];
  stack_t stack = {};
  stack.ss_sp = memory;
  stack.ss_size = sizeof memory;
  sigaltstack(&stack, nullptr);
  catch_with(
      SIGSEGV, [](int) { _exit(33); }, SA_ONSTACK);
  return overflow_stack();
}

int die_by_alarm() {
  ualarm(20'000, 0);
  while (true) pause();
}

int count_timer() {
  static volatile sig_atomic_t ticks = 0;
  catch_with(SIGALRM, [](int) { ticks = ticks + 1; });
  const itimerval every{{0, 2000}, {0, 2000}};
  setitimer(ITIMER_REAL, &every, nullptr);
  while (ticks < 10) pause();
  say("ten ticks");
  return 0;
}

int wait_for_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGUSR2);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  kill(getpid(), SIGUSR1);
  kill(getpid(), SIGUSR2);
  for (int i = 0; i < 2; ++i) {
    int signal = 0;
    sigwait(&set, &signal);
    std::printf("took %d\n", signal);
  }
  return 0;
}

// A signal to the process finds a thread that does not block it; there is only this one.
int signal_finds_this_thread() {
  static volatile pid_t thread = 0;
  catch_with(SIGUSR1, [](int) { thread = gettid(); });
  kill(getpid(), SIGUSR1);
  for (int i = 0; i < 1000 && thread == 0; ++i) sleep_ms(1);
  std::printf("%s\n", thread == getpid() ? "main" : "another");
  return 0;
}

int interrupted_call() {
  catch_with(SIGALRM, [](int) {});
  ualarm(10'000, 0);
  const int result = usleep(10'000'000);
  std::printf("%d\n", result);
  return 0;
}

constexpr Mode kModes[] = {
    {"exit_in_handlers", exit_in_handlers},
    {"leave_within_exit", leave_within_exit},
    {"leave_at_once", leave_at_once},
    {"leave_quickly", leave_quickly},
    {"leave_by_system_call", leave_by_system_call},
    {"exit_on_a_thread", exit_on_a_thread},
    {"terminate", terminate},
    {"read_null", read_null},
    {"divide_by_zero", divide_by_zero},
    {"overflow_stack", overflow_stack},
    {"survive_a_fault", survive_a_fault},
    {"handler_on_its_own_stack", handler_on_its_own_stack},
    {"die_by_alarm", die_by_alarm},
    {"count_timer", count_timer},
    {"wait_for_signals", wait_for_signals},
    {"signal_finds_this_thread", signal_finds_this_thread},
    {"interrupted_call", interrupted_call},
    {"abort", die_by<SIGABRT>},
    {"die_by_kill", die_by<SIGKILL>},
    {"die_by_terminate", die_by<SIGTERM>},
    {"die_by_interrupt", die_by<SIGINT>},
    {"die_by_quit", die_by<SIGQUIT>},
    {"die_by_hangup", die_by<SIGHUP>},
    {"die_by_bus", die_by<SIGBUS>},
    {"die_by_illegal", die_by<SIGILL>},
    {"die_by_trap", die_by<SIGTRAP>},
    {"die_by_pipe", die_by<SIGPIPE>},
    {"die_by_real_time", die_by<40>},
};

}  // namespace

std::span<const Mode> ending_modes() { return kModes; }

}  // namespace tbprof::tests
