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

}  // namespace

int main(int argc, char** argv) {
  const std::string scenario = argc > 1 ? argv[1] : "plain";
  const int count = argc > 2 ? std::atoi(argv[2]) : 100;
  if (scenario != "no_driver" && dlopen("libcuda.so.1", RTLD_NOW) == nullptr) std::abort();
  inject();
  const Standin standin = load();
  if (scenario == "bad_times") standin.lose_times();
  std::string main_lines;
  std::string other_lines;
  std::thread other([&] { launch_some(standin, "_Z4gemmPfi", 13, count, other_lines); });
  launch_some(standin, "_Z7softmaxPf", 7, count, main_lines);
  other.join();
  const std::uint32_t copy = standin.copy(4096, 7, 5'000);
  standin.allocate(0x1000, 1 << 20);
  standin.allocate(0x2000, 1 << 10);
  standin.release(0x1000, 1 << 20);
  printf("%s%scopy 4096 7 %u\n", main_lines.c_str(), other_lines.c_str(), copy);
  fflush(stdout);
  if (scenario == "fork") {
    const pid_t child = fork();
    if (child == 0) {
      std::string lines;
      launch_some(standin, "_Z5childv", 7, 5, lines);
      std::exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    printf("sum child_status %d\n", status);
  }
  if (scenario == "_exit") _exit(3);
  if (scenario == "abort") std::abort();
  if (scenario == "kill_later") {
    sleep(2);
    raise(SIGKILL);
  }
  return 0;
}
