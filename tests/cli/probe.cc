// A program of many small behaviours, each named by its first argument, to be run with and without
// `tbprof run` and compared. Uses nothing of tbprof.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

volatile sig_atomic_t caught[65];

void count_signal(int signal) { caught[signal] = caught[signal] + 1; }

void catch_signal(int signal) {
  struct sigaction action = {};
  action.sa_handler = count_signal;
  sigaction(signal, &action, nullptr);
}

// Blocked and ignored signals as inherited, and which descriptors are open.
int state() {
  sigset_t mask;
  sigprocmask(SIG_BLOCK, nullptr, &mask);
  for (int signal = 1; signal < 65; ++signal) {
    struct sigaction action = {};
    if (sigaction(signal, nullptr, &action) != 0) continue;
    if (sigismember(&mask, signal) == 1) std::printf("blocked %d\n", signal);
    if (action.sa_handler == SIG_IGN) std::printf("ignored %d\n", signal);
  }
  for (int descriptor = 0; descriptor < 256; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) >= 0) std::printf("open %d\n", descriptor);
  }
  rlimit core = {};
  getrlimit(RLIMIT_CORE, &core);
  std::printf("core %lld dumpable %d foreground %d\n", static_cast<long long>(core.rlim_cur),
              prctl(PR_GET_DUMPABLE), tcgetpgrp(0) == getpgrp() ? 1 : 0);
  return 0;
}

int echo() {
  char buffer[65536];
  ssize_t count = 0;
  while ((count = read(0, buffer, sizeof buffer)) > 0) {
    if (write(1, buffer, static_cast<std::size_t>(count)) != count) return 1;
  }
  return 0;
}

int flood() {
  std::vector<char> block(1 << 20);
  for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<char>(i * 31);
  for (int i = 0; i < 16; ++i) {
    if (std::fwrite(block.data(), 1, block.size(), i % 4 == 3 ? stderr : stdout) != block.size()) {
      return 1;
    }
  }
  return 0;
}

int fork_some() {
  for (int i = 0; i < 4; ++i) {
    if (fork() == 0) _exit(10 + i);
  }
  int sum = 0;
  int status = 0;
  while (wait(&status) > 0) sum += WEXITSTATUS(status);
  std::printf("%d\n", sum);
  return sum == 46 ? 7 : 1;
}

int threads() {
  std::vector<std::thread> all;
  for (int i = 0; i < 8; ++i) all.emplace_back([] { usleep(1000); });
  for (std::thread& thread : all) thread.join();
  std::thread([] { std::exit(9); }).join();
  return 1;
}

// Says that it is ready, then waits for one signal of the kind and tells how often it came.
int wait_for(int signal) {
  catch_signal(signal);
  std::puts("ready");
  std::fflush(stdout);
  for (int i = 0; i < 500 && caught[signal] == 0; ++i) usleep(10'000);
  usleep(100'000);  // a second one would come now
  std::printf("caught %d\n", static_cast<int>(caught[signal]));
  return 20 + caught[signal];
}

// Stops itself as a shell's ^Z would, and tells that it went on.
int stop(int signal) {
  std::puts("ready");
  std::fflush(stdout);
  raise(signal);
  std::puts("went on");
  return 3;
}

int number_of(const char* text) { return static_cast<int>(std::strtol(text, nullptr, 10)); }

}  // namespace

int main(int count, char** arguments) {
  const std::string mode = count > 1 ? arguments[1] : "";
  const char* value = count > 2 ? arguments[2] : "0";
  if (mode == "exit") return number_of(value);
  if (mode == "_exit") _exit(number_of(value));
  if (mode == "abort") std::abort();
  if (mode == "raise") {
    raise(number_of(value));
    return 1;
  }
  if (mode == "kill") {
    kill(getpid(), number_of(value));
    return 1;
  }
  if (mode == "parent") return kill(getppid(), SIGUSR1) == 0 ? 0 : 1;
  if (mode == "state") return state();
  if (mode == "echo") return echo();
  if (mode == "flood") return flood();
  if (mode == "fork") return fork_some();
  if (mode == "threads") return threads();
  if (mode == "exec") execl("/bin/sh", "sh", "-c", "echo from sh; exit 5", nullptr);
  if (mode == "wait_for") return wait_for(number_of(value));
  if (mode == "stop") return stop(number_of(value));
  if (mode == "arguments") {
    for (int i = 2; i < count; ++i) std::printf("[%s]\n", arguments[i]);
    return 0;
  }
  if (mode == "sleep") {
    std::puts("ready");
    std::fflush(stdout);
    sleep(static_cast<unsigned>(number_of(value)));
    return 0;
  }
  return 99;
}
