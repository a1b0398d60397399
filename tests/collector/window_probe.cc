// A program that is recorded in windows: does what its first argument says and prints what it did,
// a line each: "step NUMBER BEGIN_NS END_NS", "sum WHAT NUMBER". Links libtbprof.so as a user's
// program does.
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

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

void print_step(std::int64_t number, std::int64_t begin_ns) {
  printf("step %ld %ld %ld\n", static_cast<long>(number), static_cast<long>(begin_ns),
         static_cast<long>(monotonic_ns()));
}

void print_sum(const char* what, long value) { printf("sum %s %ld\n", what, value); }

// Ranges around, in and across steps, counters and marks, and a second thread with ranges of its
// own.
void run_steps(int first, int count, bool by_name) {
  // The first event brings the recorder up, which costs milliseconds on a busy machine.
  tbprof::name_thread("main");
  std::atomic<bool> is_over{false};
  std::thread loader([&] {
    tbprof::name_thread("loader");
    while (!is_over) {
      tbprof::Range batch("batch");
      tbprof::Range decode("decode");
      sleep_ms(1);
    }
  });
  tbprof_range_begin("epoch", TBPROF_OTHER);
  long recording = 0;
  for (int number = first; number < first + count; ++number) {
    const std::int64_t begin_ns = monotonic_ns();
    if (by_name) {
      tbprof_range_begin(("step " + std::to_string(number)).c_str(), TBPROF_OTHER);
    } else {
      tbprof_step_begin(number);
    }
    {
      TBPROF_RANGE("forward", forward);
      tbprof::Range layer("layer");
      sleep_ms(3);
    }
    tbprof::counter("loss", 1.0);
    tbprof::instant("mark");
    recording += tbprof_is_recording();
    if (by_name) {
      tbprof_range_end();
    } else {
      tbprof_step_end();
    }
    print_step(number, begin_ns);
    tbprof::Range between("between");
  }
  tbprof_range_end();
  is_over = true;
  loader.join();
  print_sum("recording", recording);
}

// A range of the schedule's name, twice, with another one in it, among others.
void run_named_ranges() {
  for (int i = 0; i < 10; ++i) {
    tbprof::Range outer("training");
    if (i == 3 || i == 7) {
      tbprof::Range named("validation");
      tbprof::Range again("validation");
      tbprof::Range inside("inside");
      sleep_ms(2);
    }
    tbprof::Range other("other");
  }
}

void run_for_ms(long ms) {
  const std::int64_t until_ns = monotonic_ns() + ms * 1'000'000;
  while (monotonic_ns() < until_ns) {
    tbprof::Range range("work");
    sleep_ms(1);
  }
}

long resident_kb() {
  long pages = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (file == nullptr || fscanf(file, "%*s %ld", &pages) != 1) pages = -1;
  if (file != nullptr) fclose(file);
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

long descriptor_count() {
  long count = 0;
  for (int fd = 0; fd < 256; ++fd) count += lseek(fd, 0, SEEK_CUR) >= 0 || errno != EBADF ? 1 : 0;
  return count;
}

void open_windows(int count) {
  long refused = 0;
  long before_kb = 0;
  long before_descriptors = 0;
  for (int i = 0; i < count; ++i) {
    if (i == count / 10) {
      before_kb = resident_kb();
      before_descriptors = descriptor_count();
    }
    { tbprof::Range passed("outside"); }
    tbprof::Window window(("window " + std::to_string(i)).c_str());
    refused += tbprof_window_begin("nested") == TBPROF_BAD_ARGUMENT ? 0 : 1;
    for (int k = 0; k < 20; ++k) tbprof::Range range("inside");
    if (i % 8 == 0) sleep_ms(1);
  }
  print_sum("not_refused", refused);
  print_sum("growth_kb", resident_kb() - before_kb);
  print_sum("descriptors", descriptor_count() - before_descriptors);
  print_sum("ends_without_begin", tbprof_window_end() == TBPROF_BAD_ARGUMENT ? 1 : 0);
}

void choose_own_schedule() {
  { tbprof::Range range("before"); }
  const tbprof::Schedule endless = tbprof::Schedule().wait(INT64_MAX).warmup(INT64_MAX).active(2);
  print_sum("too_large", tbprof::set_schedule(endless));
  print_sum("first", tbprof::set_schedule(tbprof::Schedule().active(100)));
  const tbprof::Schedule last = tbprof::Schedule().wait(2).warmup(1).active(2).repeat(2);
  print_sum("last", tbprof::set_schedule(last));
  run_steps(0, 1, false);
  print_sum("too_late", tbprof::set_schedule(tbprof::Schedule()));
  tbprof::set_schedule(tbprof::Schedule());
  run_steps(1, 13, false);
}

// Without anything in the environment that begins a recording.
void choose_before_start(const char* logdir) {
  print_sum("first", tbprof::set_schedule(tbprof::Schedule().active(100)));
  print_sum("last", tbprof::set_schedule(tbprof::Schedule().wait(3).active(1).repeat(1)));
  print_sum("started", tbprof_start(logdir, "run"));
  run_steps(0, 8, false);
}

int fork_child() {
  run_steps(0, 3, false);
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    run_steps(0, 8, false);
    exit(4);
  }
  int status = 0;
  waitpid(child, &status, 0);
  run_steps(3, 5, false);
  return status;
}

// A child without steps, which loads for as long as its parent lives.
int fork_worker(int count) {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  const pid_t child = fork();
  if (child == 0) {
    close(ends[1]);
    pollfd parent{ends[0], POLLIN, 0};
    while (poll(&parent, 1, 1) == 0) tbprof::Range decode("decode");
    exit(0);
  }
  close(ends[0]);
  tbprof::name_thread("main");
  sleep_ms(1000);  // both have begun, and know of each other
  run_steps(0, count, false);
  close(ends[1]);
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const int count = argc > 2 ? atoi(argv[2]) : 0;
  if (what == "steps") run_steps(0, count, false);
  if (what == "named_steps") run_steps(0, count, true);
  if (what == "ranges") run_named_ranges();
  if (what == "time") run_for_ms(count);
  if (what == "windows") open_windows(count);
  if (what == "own_schedule") choose_own_schedule();
  if (what == "schedule_before_start") choose_before_start(argc > 2 ? argv[2] : "");
  if (what == "fork") return fork_child();
  if (what == "worker") return fork_worker(count);
  if (what == "killed") {
    run_steps(0, count, false);
    fflush(stdout);
    sleep_ms(900);
    raise(SIGKILL);
  }
  return 0;
}
