// A program that uses the stand-in as a CUDA program uses the driver: loads it, lets it load what
// CUDA_INJECTION64_PATH names, runs kernels and prints what it ran, a line each:
//   kernel NAME STREAM CORRELATION START_NS END_NS THREAD
//   copy BYTES STREAM CORRELATION
//   sum WHAT NUMBER
// Arguments: the scenario, and how many launches a thread makes.
#include <dlfcn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cupti.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "tests/cuda/standin/device.h"

namespace {

struct Standin {
  decltype(&standin_launch) launch = nullptr;
  decltype(&standin_copy) copy = nullptr;
  decltype(&standin_allocate) allocate = nullptr;
  decltype(&standin_release) release = nullptr;
  decltype(&standin_lose_times) lose_times = nullptr;
  decltype(&standin_find_times) find_times = nullptr;
  decltype(&standin_one_of_each) one_of_each = nullptr;
  decltype(&standin_new_context) new_context = nullptr;
  decltype(&standin_launch_endless) launch_endless = nullptr;
  decltype(&standin_launch_graph) launch_graph = nullptr;
  decltype(&standin_enabled_kinds) enabled_kinds = nullptr;
  decltype(&standin_is_finalized) is_finalized = nullptr;
  decltype(&cuptiActivityFlushAll) flush_all = nullptr;
};

template <typename Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) std::abort();
}

// As the driver does when it starts.
void inject() {
  const char* path = std::getenv("CUDA_INJECTION64_PATH");
  if (path == nullptr || *path == 0) return;
  void* library = dlopen(path, RTLD_NOW);
  if (library == nullptr) return;
  auto* start = reinterpret_cast<int (*)()>(dlsym(library, "InitializeInjection"));
  if (start != nullptr) start();
}

Standin load() {
  void* library = dlopen("libcupti.so.13", RTLD_NOW);
  if (library == nullptr) std::abort();
  Standin standin;
  find(library, "standin_launch", standin.launch);
  find(library, "standin_copy", standin.copy);
  find(library, "standin_allocate", standin.allocate);
  find(library, "standin_release", standin.release);
  find(library, "standin_lose_times", standin.lose_times);
  find(library, "standin_find_times", standin.find_times);
  find(library, "standin_one_of_each", standin.one_of_each);
  find(library, "standin_new_context", standin.new_context);
  find(library, "standin_launch_endless", standin.launch_endless);
  find(library, "standin_launch_graph", standin.launch_graph);
  find(library, "standin_enabled_kinds", standin.enabled_kinds);
  find(library, "standin_is_finalized", standin.is_finalized);
  find(library, "cuptiActivityFlushAll", standin.flush_all);
  return standin;
}

void launch_some(const Standin& standin, const char* kernel, std::uint32_t stream, int count,
                 std::string& out) {
  const long thread = syscall(SYS_gettid);
  for (int i = 0; i < count; ++i) {
    std::uint64_t start_ns = 0;
    std::uint64_t end_ns = 0;
    const std::uint32_t id = standin.launch(kernel, stream, 2'000, &start_ns, &end_ns);
    char line[256];
    snprintf(line, sizeof line, "kernel %s %u %u %llu %llu %ld\n", kernel, stream, id,
             static_cast<unsigned long long>(start_ns), static_cast<unsigned long long>(end_ns),
             thread);
    out += line;
    if (i % 16 == 0) usleep(100);
  }
}

// Eight steps whose kernels are named after them, slow enough for the recorder's threads to follow;
// for each, how many kinds CUPTI was asked for. After them, launches for some seconds.
void run_steps(const Standin& standin, int count, int seconds_after, std::string& out) {
  static char names[8][16];
  const char* path = std::getenv("CUDA_INJECTION64_PATH");
  void* recorder = path != nullptr ? dlopen(path, RTLD_NOW | RTLD_NOLOAD) : nullptr;
  if (recorder == nullptr) return;
  int (*begin)(std::int64_t) = nullptr;
  int (*end)(void) = nullptr;
  find(recorder, "tbprof_step_begin", begin);
  find(recorder, "tbprof_step_end", end);
  for (int step = 1; step <= 8; ++step) {
    snprintf(names[step - 1], sizeof names[0], "_Z5step%dv", step);
    begin(step);
    usleep(60'000);
    launch_some(standin, names[step - 1], 7, count, out);
    out += "sum kinds_in_step_" + std::to_string(step) + " " +
           std::to_string(standin.enabled_kinds()) + "\n";
    usleep(5'000);
    end();
  }
  for (int i = 0; i < 10 * seconds_after && standin.is_finalized() == 0; ++i) {
    launch_some(standin, "_Z5afterv", 7, 1, out);
    usleep(100'000);
  }
  out += "sum is_finalized " + std::to_string(standin.is_finalized()) + "\n";
  if (standin.is_finalized() != 0) launch_some(standin, "_Z5afterv", 7, count, out);
}

// What a scenario does beside the launches that all of them make.
void act(const Standin& standin, const std::string& scenario, int count, std::string& out) {
  if (scenario == "one_of_each") standin.one_of_each();
  if (scenario.rfind("late_context", 0) == 0) {
    standin.new_context();
    launch_some(standin, "_Z4latev", 21, count, out);
  }
  if (scenario == "times_again") {
    standin.lose_times();
    std::string lost;
    launch_some(standin, "_Z4gemmPfi", 7, 3, lost);
    standin.find_times();
    launch_some(standin, "_Z4gemmPfi", 7, count, out);
  }
  if (scenario == "two_seconds") sleep(2);
  if (scenario.find("half_a_second") != std::string::npos) usleep(500'000);
  if (scenario == "steps") run_steps(standin, count, 0, out);
  if (scenario == "steps_and_more") run_steps(standin, count, 6, out);
  if (scenario == "many_nodes") {
    for (int i = 0; i < 600; ++i) {
      standin.launch_graph(1000);
      usleep(10'000);
    }
  }
  if (scenario == "endless") standin.launch_endless("_Z7endlessv");
  if (scenario == "flush_race") {
    std::vector<std::thread> threads;
    std::vector<std::string> lines(4);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      threads.emplace_back([&, i] {
        for (int turn = 0; turn < 4; ++turn) {
          launch_some(standin, "_Z4racev", static_cast<std::uint32_t>(30 + i), count / 4, lines[i]);
          standin.flush_all(0);
          usleep(60'000);  // no more buffers at once than the recorder has
        }
      });
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
      threads[i].join();
      out += lines[i];
    }
  }
}

// Takes CUPTI as torch.profiler does, launches, and counts what it was given.
void profile_with_other_tool(const Standin& standin, void* tool, int count) {
  int (*start)(void) = nullptr;
  int (*stop)(void) = nullptr;
  find(tool, "other_tool_start", start);
  find(tool, "other_tool_stop", stop);
  const int started = start();
  std::string theirs;
  launch_some(standin, "_Z6theirsv", 9, count, theirs);
  printf("sum other_started %d\nsum other_kernels %d\n", started, stop());
}

// Each from a state of its own: with records under way, in the middle of a flush, from a thread.
int fork_from(const Standin& standin, bool execs) {
  const pid_t child = fork();
  if (child == 0) {
    if (execs) execl("/bin/true", "true", nullptr);
    std::string lines;
    launch_some(standin, "_Z5childv", 7, 5, lines);
    std::exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

int fork_in_every_state(const Standin& standin) {
  int status = fork_from(standin, false);
  std::thread other([&] { status |= fork_from(standin, false); });
  other.join();
  std::thread flushing([&] {
    for (int i = 0; i < 200; ++i) standin.flush_all(0);
  });
  for (int i = 0; i < 5; ++i) status |= fork_from(standin, i % 2 == 0);
  flushing.join();
  return status;
}

[[noreturn]] void end(const std::string& scenario) {
  if (scenario == "_exit") _exit(3);
  if (scenario == "abort") std::abort();
  if (scenario == "quick_exit") std::quick_exit(5);
  if (scenario == "kill") raise(SIGKILL);
  if (scenario == "kill_later") {
    sleep(2);
    raise(SIGKILL);
  }
  if (scenario == "exit_in_thread") {
    std::thread([] { std::exit(6); }).join();
  }
  std::exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string scenario = argc > 1 ? argv[1] : "plain";
  const int count = argc > 2 ? std::atoi(argv[2]) : 100;
  void* driver = scenario == "no_driver" ? nullptr : dlopen("libcuda.so.1", RTLD_NOW);
  if (scenario != "no_driver" && driver == nullptr) std::abort();
  void* tool = scenario == "other_tool" ? dlopen("libother_tool.so", RTLD_NOW) : nullptr;
  inject();
  const Standin standin = load();
  if (scenario == "late_tool") tool = dlopen("libother_tool.so", RTLD_NOW);
  if (scenario == "late_tool") sleep(3);  // until the recorder has looked
  if (scenario == "bad_times") standin.lose_times();
  if (scenario == "dlclose") dlclose(driver);
  std::string main_lines;
  std::string other_lines;
  std::thread other([&] { launch_some(standin, "_Z4gemmPfi", 13, count, other_lines); });
  launch_some(standin, "_Z7softmaxPf", 7, count, main_lines);
  other.join();
  act(standin, scenario, count, main_lines);
  if (tool != nullptr) profile_with_other_tool(standin, tool, count);
  const std::uint32_t copy = standin.copy(4096, 7, 5'000);
  standin.allocate(0x1000, 1 << 20);
  standin.allocate(0x2000, 1 << 10);
  standin.release(0x1000, 1 << 20);
  printf("%s%scopy 4096 7 %u\n", main_lines.c_str(), other_lines.c_str(), copy);
  fflush(stdout);
  if (scenario == "fork") {
    printf("sum child_status %d\n", fork_in_every_state(standin));
    fflush(stdout);
  }
  end(scenario);
}
