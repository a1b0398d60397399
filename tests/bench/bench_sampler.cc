// What looking at a program from outside costs.
//   build/tests/bench/bench_sampler
// Look: one look at all threads of a process, most of which wake a thousand times a second;
// `per_thread` is processor time. Sampler: three seconds at 200 Hz as `tbprof run` does it, with
// finding processes and writing files; `core_percent` is its share of a core, and `rate_hz` what it
// came down to in order to keep that small. Python: with stacks, of threads eight functions deep.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "sampler/sampler.h"
#include "tests/sampler/child_program.h"

namespace tbprof::sampler {
namespace {

constexpr const char* kPython =
    "import threading, time\n"
    "def work(depth):\n"
    "    if depth > 0: return work(depth - 1)\n"
    "    while True:\n"
    "        sum(range(100))\n"
    "        time.sleep(0.001)\n"
    "for _ in range({} - 1): threading.Thread(target=work, args=(8,), daemon=True).start()\n"
    "print('ready', flush=True)\n"
    "work(8)\n";

class Folder {
 public:
  Folder() { path_ = mkdtemp(name_); }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  SamplePlace place() const {
    return {.folder = path_,
            .host = "bench",
            .file_host = "bench",
            .run = "",
            .session = "bench",
            .writer = "bench"};
  }

 private:
  char name_[32] = "/tmp/tbprof_bench_XXXXXX";
  std::string path_;
};

std::int64_t now_ns() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

// This very program, as one without an interpreter: see main().
std::vector<std::string> command_of(bool is_python, std::int64_t threads) {
  if (is_python) return {"python3", "-c", fmt::format(kPython, threads)};
  return {"/proc/self/exe", "wait", std::to_string(threads)};
}

void look(benchmark::State& state, bool is_python) {
  const Folder folder;
  tests::sampler::ChildProgram child(command_of(is_python, state.range(0)));
  if (child.first_line().empty()) return state.SkipWithError("the program did not start");
  const auto process = SampledProcess::open(child.pid(), folder.place());
  if (process == nullptr) return state.SkipWithError("the program has ended");
  process->refresh();
  for (auto _ : state) {
    process->look(now_ns());
    state.PauseTiming();
    usleep(5000);
    state.ResumeTiming();
  }
  state.counters["per_thread"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * static_cast<double>(state.range(0)),
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void sample(benchmark::State& state, bool is_python) {
  const Folder folder;
  tests::sampler::ChildProgram child(command_of(is_python, state.range(0)));
  if (child.first_line().empty()) return state.SkipWithError("the program did not start");
  for (auto _ : state) {
    Sampler sampler({.rate_hz = 200, .place = folder.place()});
    if (!sampler.start(child.pid()).ok()) return state.SkipWithError("no thread can be started");
    std::this_thread::sleep_for(std::chrono::seconds(3));
    sampler.stop();
    const Sampler::Cost& cost = sampler.cost();
    state.counters["core_percent"] =
        100 * static_cast<double>(cost.cpu_ns) / static_cast<double>(cost.wall_ns);
    state.counters["rate_hz"] = cost.rate_hz;
  }
}

BENCHMARK_CAPTURE(look, native, false)->Arg(1)->Arg(8)->Arg(64)->Iterations(300);
BENCHMARK_CAPTURE(look, python, true)->Arg(1)->Arg(8)->Arg(64)->Iterations(300);
BENCHMARK_CAPTURE(sample, native, false)->Arg(1)->Arg(8)->Arg(64)->Iterations(1);
BENCHMARK_CAPTURE(sample, python, true)->Arg(1)->Arg(8)->Arg(64)->Iterations(1);

int wait_in_threads(int count) {
  const auto work = [] {
    while (true) usleep(1000);
  };
  for (int i = 1; i < count; ++i) std::thread(work).detach();
  if (write(STDOUT_FILENO, "ready\n", 6) != 6) return 1;
  work();
  return 0;
}

}  // namespace
}  // namespace tbprof::sampler

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "wait") {
    return tbprof::sampler::wait_in_threads(atoi(argv[2]));
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
