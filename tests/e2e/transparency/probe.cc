// A program with many behaviours, to be run alone and under `tbprof run` and compared byte by byte.
// It links libtbprof.so as a user's program does, so that a recorder is at work in it when it runs
// under one; with --gpu it also loads the driver's stand-in, which loads the recorder as the real
// one does.
// usage: transparency_probe [--gpu] MODE
#include <dlfcn.h>
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tbprof.hpp"
#include "tests/e2e/transparency/modes.h"

namespace tbprof::tests {

void say(const char* line) {
  std::printf("%s\n", line);
  std::fflush(stdout);
}

void sleep_ms(long ms) {
  const timespec pause{ms / 1000, ms % 1000 * 1'000'000L};
  nanosleep(&pause, nullptr);
}

namespace {

int list_modes() {
  for (const auto modes :
       {ending_modes(), process_modes(), thread_modes(), stream_modes(), limit_modes()}) {
    for (const Mode& mode : modes) std::printf("%s\n", mode.name);
  }
  return 0;
}

// As the driver does when it starts.
void start_gpu() {
  if (dlopen("libcuda.so.1", RTLD_NOW) == nullptr) {
    std::puts("no stand-in for the driver");
    std::exit(99);
  }
  const char* path = std::getenv("CUDA_INJECTION64_PATH");
  void* library = path != nullptr ? dlopen(path, RTLD_NOW) : nullptr;
  if (library == nullptr) return;
  auto* start = reinterpret_cast<int (*)()>(dlsym(library, "InitializeInjection"));
  if (start != nullptr) start();
}

int run_mode(const char* name) {
  for (const auto modes :
       {ending_modes(), process_modes(), thread_modes(), stream_modes(), limit_modes()}) {
    for (const Mode& mode : modes) {
      if (std::strcmp(mode.name, name) != 0) continue;
      for (int i = 0; i < 100; ++i) tbprof::Range range("before");
      return mode.run();
    }
  }
  std::fprintf(stderr, "transparency_probe: %s is unknown\n", name);
  return 99;
}

}  // namespace
}  // namespace tbprof::tests

int main(int argc, char** argv) {
  int at = 1;
  if (at < argc && std::strcmp(argv[at], "--gpu") == 0) {
    tbprof::tests::start_gpu();
    ++at;
  }
  if (at >= argc) return 99;
  if (std::strcmp(argv[at], "--list") == 0) return tbprof::tests::list_modes();
  return tbprof::tests::run_mode(argv[at]);
}
