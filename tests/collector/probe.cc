// A program to be recorded: does what its first argument says, as programs that are profiled do,
// pleasant or not. Links libtbprof.so as a user's program does.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tbprof.hpp"

namespace {

std::int64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000L + now.tv_nsec;
}

void sleep_ms(long ms) {
  const timespec pause{ms / 1000, ms % 1000 * 1'000'000L};
  nanosleep(&pause, nullptr);
}

int run_steps(std::int64_t count) {
  // The first event brings the recorder up, which costs a millisecond on a busy machine.
  tbprof::name_thread("main");
  for (std::int64_t number = 0; number < count; ++number) {
    const std::int64_t begin = monotonic_ns();
    {
      tbprof::Step step(number);
      TBPROF_RANGE("load", input);
      tbprof::Range forward("forward", tbprof::Category::forward);
      sleep_ms(2);
    }
    printf("%ld %ld %ld\n", static_cast<long>(number), static_cast<long>(begin),
           static_cast<long>(monotonic_ns() - begin));
    fflush(stdout);
    tbprof::counter("loss", 1.0 / static_cast<double>(number + 1));
    if (number == 0) tbprof::instant("first done");
  }
  return 7;
}

int churn_threads() {
  for (int round = 0; round < 50; ++round) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 20; ++i) {
      threads.emplace_back([] { tbprof::Range range("brief"); });
    }
    for (std::thread& thread : threads) thread.join();
  }
  return 0;
}

// Children made while other threads record; each records into a file of its own.
int fork_children(int count) {
  bool stop = false;
  std::thread busy([&] {
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) tbprof::Range range("busy");
  });
  tbprof::Range range("parent");
  int failures = 0;
  for (int i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      { tbprof::Range in_child("child"); }
      tbprof_flush(5000);
      _exit(3);
    }
    int status = 0;
    waitpid(child, &status, 0);
    failures += WIFEXITED(status) && WEXITSTATUS(status) == 3 ? 0 : 1;
  }
  __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
  busy.join();
  return failures;
}

int fork_quiet_child() {
  { tbprof::Range range("parent"); }
  const pid_t child = fork();
  if (child == 0) exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

int flood() {
  const tbprof::Name name("flood");
  for (int i = 0; i < 3'000'000; ++i) {
    tbprof::Range outer(name);
    tbprof::Range inner("inner");
  }
  return 0;
}

void* record_on_small_stack(void*) {
  for (int i = 0; i < 100; ++i) tbprof::Range range("small stack");
  return nullptr;
}

int use_small_stack() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, std::size_t{64} << 10);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, record_on_small_stack, nullptr) != 0) return 1;
  return pthread_join(thread, nullptr);
}

pthread_key_t late_key;
void record_late(void*) {
  for (int i = 0; i < 10; ++i) tbprof::Range range("late");
}

// Events from another library's clean-up, before and after ours.
int record_in_destructors() {
  pthread_key_create(&late_key, record_late);
  std::thread([] {
    pthread_setspecific(late_key, &late_key);
    tbprof::Range range("in thread");
  }).join();
  return 0;
}

void on_signal(int) {
  for (int i = 0; i < 3; ++i) tbprof::Range range("in handler");
}

int record_in_signal_handler() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigaction(SIGALRM, &action, nullptr);
  timer_t timer;
  if (timer_create(CLOCK_MONOTONIC, nullptr, &timer) != 0) return 1;
  const itimerspec period{{0, 50'000}, {0, 50'000}};
  timer_settime(timer, 0, &period, nullptr);
  for (const std::int64_t until = monotonic_ns() + 300'000'000; monotonic_ns() < until;) {
    tbprof::Range outer("outer");
    tbprof::Range inner("inner");
  }
  timer_delete(timer);
  return 0;
}

int close_all_descriptors() {
  { tbprof::Range range("before"); }
  tbprof_flush(2000);
  for (int fd = 3; fd < 1024; ++fd) close(fd);
  // Takes the numbers that were closed: nothing of the trace may land in it.
  char path[] = "/tmp/tbprof_probe_XXXXXX";
  const int mine = mkstemp(path);
  unlink(path);
  for (int fd = 3; fd < 200; ++fd) dup2(mine, fd);
  { tbprof::Range range("after"); }
  tbprof_flush(2000);
  const off_t size = lseek(mine, 0, SEEK_END);
  return size == 0 ? 0 : 1;
}

int start_and_stop(const char* logdir) {
  for (int round = 0; round < 2; ++round) {
    if (tbprof_start(logdir, "by_call") != TBPROF_OK) return 1;
    for (int i = 0; i < 10; ++i) tbprof::Range range("ranged");
    if (tbprof_stop() != TBPROF_OK) return 2;
    if (tbprof_range_begin("unrecorded", TBPROF_OTHER) != TBPROF_NOT_RECORDING) return 3;
  }
  return 0;
}

int check_arguments() {
  int wrong = 0;
  wrong += tbprof_range_begin(nullptr, TBPROF_OTHER) != TBPROF_BAD_ARGUMENT;
  wrong += tbprof_range_begin("x", static_cast<tbprof_category>(1)) != TBPROF_BAD_ARGUMENT;
  wrong += tbprof_counter(nullptr, 1) != TBPROF_BAD_ARGUMENT;
  wrong += tbprof_name(nullptr, TBPROF_OTHER) != 0;
  wrong += tbprof_name("a", TBPROF_INPUT) != tbprof_name("a", TBPROF_INPUT);
  wrong += tbprof_name("a", TBPROF_INPUT) == tbprof_name("a", TBPROF_FORWARD);
  wrong += tbprof_range_begin("x", TBPROF_OTHER) != TBPROF_OK;
  wrong += tbprof_range_end() != TBPROF_OK;
  wrong += tbprof_range_end() != TBPROF_BAD_ARGUMENT;
  errno = 1234;
  wrong += tbprof_range_begin(std::string(5000, 'n').c_str(), TBPROF_OTHER) != TBPROF_OK;
  tbprof_range_end();
  wrong += errno != 1234;
  return wrong;
}

int run(const std::string& what, const char* argument) {
  if (what == "steps") return run_steps(atoi(argument));
  if (what == "churn") return churn_threads();
  if (what == "fork") return fork_children(atoi(argument));
  if (what == "quiet_child") return fork_quiet_child();
  if (what == "flood") return flood();
  if (what == "small_stack") return use_small_stack();
  if (what == "destructors") return record_in_destructors();
  if (what == "signals") return record_in_signal_handler();
  if (what == "close_all") return close_all_descriptors();
  if (what == "start") return start_and_stop(argument);
  if (what == "arguments") return check_arguments();
  tbprof::Step step(41);
  tbprof::Range range("last words");
  sleep_ms(400);
  if (what == "leave") _exit(5);
  if (what == "abort") abort();
  if (what == "throw") throw std::runtime_error("nobody catches it");
  if (what == "exec") execl("/bin/true", "true", nullptr);
  if (what == "exit_in_thread") std::thread([] { exit(6); }).join();
  return 99;
}

}  // namespace

int main(int argc, char** argv) { return run(argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : ""); }
