// Stands in for the CUDA programs of this folder and of samples/truth where there is no GPU, so
// that everything around them can be tried: it drives the stand-in for libcupti, and prints and
// writes what they do. Which program it is follows from the name it is started by:
//   truth_NAME TRUTH.json · gpu_launch_workload MODE … · gpu_end_cases CASE
#include <dlfcn.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/cuda/standin/device.h"
#include "tests/gpu/work_report.h"

namespace tbprof::tests {
namespace {

struct Standin {
  decltype(&standin_launch) launch = nullptr;
  decltype(&standin_copy) copy = nullptr;
  decltype(&standin_allocate) allocate = nullptr;
  decltype(&standin_release) release = nullptr;
};

template <typename Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) std::exit(77);
}

Standin start() {
  if (dlopen("libcuda.so.1", RTLD_NOW) == nullptr) std::exit(77);
  const char* path = std::getenv("CUDA_INJECTION64_PATH");
  if (void* injected = path != nullptr ? dlopen(path, RTLD_NOW) : nullptr) {
    auto* initialize = reinterpret_cast<int (*)()>(dlsym(injected, "InitializeInjection"));
    if (initialize != nullptr) initialize();
  }
  void* library = dlopen("libcupti.so.13", RTLD_NOW);
  if (library == nullptr) std::exit(77);
  Standin standin;
  find(library, "standin_launch", standin.launch);
  find(library, "standin_copy", standin.copy);
  find(library, "standin_allocate", standin.allocate);
  find(library, "standin_release", standin.release);
  return standin;
}

struct Time {
  std::uint64_t start_ns = 0;
  std::uint64_t end_ns = 0;
};

std::vector<Time> launch(const Standin& standin, const char* kernel, std::uint32_t stream,
                         int launches, std::uint64_t kernel_ns) {
  std::vector<Time> times(static_cast<std::size_t>(launches));
  for (Time& time : times) {
    standin.launch(kernel, stream, kernel_ns, &time.start_ns, &time.end_ns);
    kernel_ns += kernel_ns / 10;
  }
  return times;
}

int write_truth(const Standin& standin, const char* path) {
  constexpr int kSpins = 60;
  launch(standin, "_Z4gemmPfi", 13, 500, 0);
  const auto times = launch(standin, "_Z4spinv", 7, kSpins, 1000);
  for (int i = 0; i < 10; ++i) standin.copy(4096, 7, 500);
  standin.allocate(0x1000, 1 << 20);
  standin.release(0x1000, 1 << 20);
  if (path == nullptr) return 0;
  std::FILE* file = std::fopen(path, "w");
  if (file == nullptr) return 1;
  std::fprintf(file,
               "{\"program\": \"standin\", \"kernels\": {\"gemm(float*, int)\": 500, \"spin()\": "
               "%d},\n \"shapes\": {\"spin() [12,1,1] [256,1,1]\": %d},\n"
               " \"copies\": {\"Memcpy HtoD (Pageable -> Device)\": {\"count\": 10, \"bytes\": "
               "40960}},\n \"calls\": {\"cudaLaunchKernel\": %d, \"cudaMemcpyAsync\": 10},\n"
               " \"launches_by_thread\": {\"%ld\": %d}, \"streams\": [%d, 500],\n"
               " \"memory\": {\"allocations\": {\"count\": 1, \"bytes\": 1048576}, \"releases\": "
               "{\"count\": 1, \"bytes\": 1048576}, \"peak_bytes\": 1048576},\n"
               " \"device_times\": [",
               kSpins, kSpins, 500 + kSpins, syscall(SYS_gettid), 500 + kSpins, kSpins + 10);
  for (const Time& time : times) {
    std::fprintf(file, "%s{\"kernel\": \"spin()\", \"start_ns\": %llu, \"end_ns\": %llu}",
                 &time == times.data() ? "" : ",\n  ",
                 static_cast<unsigned long long>(time.start_ns),
                 static_cast<unsigned long long>(time.end_ns));
  }
  std::fputs("]}\n", file);
  return std::fclose(file) == 0 ? 0 : 1;
}

int run_phases(const Standin& standin) {
  static WorkReport report;
  const std::int64_t begin_ns = now_ns();
  constexpr int kLaunches = 20;
  for (int i = 0; i < 2; ++i) {
    for (int done = 0; done < kLaunches; ++done) {
      launch(standin, "_Z4spiny", 7, 1, 10'000'000);
      usleep(10'000);
    }
    usleep(200'000);
  }
  report.add("launches", 2 * kLaunches);
  report.add("sampled_ms", static_cast<double>(now_ns() - begin_ns) / 1e6);
  return report.print();
}

int work(const Standin& standin, const std::string& mode) {
  if (mode == "phases") return run_phases(standin);
  static WorkReport report;
  const std::int64_t begin_ns = now_ns();
  constexpr int kLaunches = 5000;
  launch(standin, "_Z5emptyv", 7, kLaunches, 0);
  const double us_each = static_cast<double>(now_ns() - begin_ns) / 1000 / kLaunches;
  if (mode == "pressure") {
    report.begin_list("gpu_mib_taken");
    for (const double taken : {4.0, 8.0, 12.0}) report.add_value(taken);
    report.end_list();
  } else {
    report.add("gpu_mib_taken", 12);
  }
  for (const char* key : {"us_a_launch", "us_a_kernel", "us_a_replay", "us_in_recording",
                          "us_after_recording", "us_after_finalize"}) {
    report.add(key, us_each);
  }
  report.add("launches", kLaunches);
  report.add("replays", kLaunches);
  report.add("kernels_a_replay", 1);
  report.add("windows", kLaunches);
  return report.print();
}

int end_as(const std::string& how) {
  std::puts("worked");
  std::fflush(stdout);
  if (how == "_exit") _exit(5);
  if (how == "abort") std::abort();
  if (how == "kill") raise(SIGKILL);
  return 3;
}

}  // namespace
}  // namespace tbprof::tests

int main(int argc, char** argv) {
  const std::string path = argv[0];
  const std::string name = path.substr(path.rfind('/') + 1);
  const std::string first = argc > 1 ? argv[1] : "";
  const tbprof::tests::Standin standin = tbprof::tests::start();
  if (name.rfind("truth_", 0) == 0) {
    return tbprof::tests::write_truth(standin, argc > 1 ? argv[1] : nullptr);
  }
  return name == "gpu_end_cases" ? tbprof::tests::end_as(first)
                                 : tbprof::tests::work(standin, first);
}
