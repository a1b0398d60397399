// Work whose cost is nearly all in launching it, and so in recording the launches. Prints one line
// of JSON: microseconds a launch, memory of the process and of the GPU.
// usage: gpu_launch_workload empty LAUNCHES
//                            spin LAUNCHES MICROSECONDS
//                            graph KERNELS REPLAYS [MICROSECONDS]
//                            pressure KERNELS REPLAYS      with the GPU's free memory on the way
//                            phases COUNT MILLISECONDS     the whole GPU busy, then idle, in turn
//                            after LAUNCHES WHO            in a recording, after it, and after
//                            cuptiFinalize by WHO: nobody, program, recorder
//                            windows COUNT                 recordings one after another
#include <dlfcn.h>

#include <algorithm>
#include <string>

#include "tests/gpu/spin_kernel.cuh"
#include "tests/gpu/work_report.h"

namespace tbprof::tests {
namespace {

__global__ void empty() {}

double free_mib() {
  std::size_t free_bytes = 0;
  std::size_t total_bytes = 0;
  check(cudaMemGetInfo(&free_bytes, &total_bytes));
  return static_cast<double>(free_bytes) / (1 << 20);
}

double us_since(std::int64_t begin_ns) { return static_cast<double>(now_ns() - begin_ns) / 1000; }

void launch(int launches, int spin_us, cudaStream_t stream = nullptr) {
  for (int i = 0; i < launches; ++i) {
    if (spin_us > 0) {
      spin<<<1, 1, 0, stream>>>(1000ull * spin_us);
    } else {
      empty<<<1, 1, 0, stream>>>();
    }
  }
  check(cudaGetLastError());
}

// Host time of the calls alone, and until all had run.
void measure_launches(WorkReport& report, int launches, int spin_us) {
  const double free_before = free_mib();
  launch(1000, 0);
  check(cudaDeviceSynchronize());
  const std::int64_t begin_ns = now_ns();
  launch(launches, spin_us);
  report.add("us_a_launch", us_since(begin_ns) / launches);
  check(cudaDeviceSynchronize());
  report.add("us_a_kernel", us_since(begin_ns) / launches);
  report.add("launches", launches);
  report.add("gpu_mib_taken", free_before - free_mib());
}

cudaGraphExec_t capture(int kernels, int spin_us, cudaStream_t stream) {
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
  launch(kernels, spin_us, stream);
  check(cudaStreamEndCapture(stream, &graph));
  check(cudaGraphInstantiate(&executable, graph, 0));
  return executable;
}

void measure_graph(WorkReport& report, int kernels, int replays, int spin_us) {
  cudaStream_t stream = nullptr;
  check(cudaStreamCreate(&stream));
  const cudaGraphExec_t graph = capture(kernels, spin_us, stream);
  for (int i = 0; i < 10; ++i) check(cudaGraphLaunch(graph, stream));
  check(cudaStreamSynchronize(stream));
  const std::int64_t begin_ns = now_ns();
  for (int i = 0; i < replays; ++i) check(cudaGraphLaunch(graph, stream));
  report.add("us_a_launch", us_since(begin_ns) / replays);
  check(cudaStreamSynchronize(stream));
  report.add("us_a_replay", us_since(begin_ns) / replays);
  report.add("replays", replays);
  report.add("kernels_a_replay", kernels);
}

// What memory is taken while millions of kernels of a graph are recorded, every hundred thousand.
void measure_pressure(WorkReport& report, int kernels, int replays) {
  cudaStream_t stream = nullptr;
  check(cudaStreamCreate(&stream));
  const cudaGraphExec_t graph = capture(kernels, 0, stream);
  check(cudaStreamSynchronize(stream));
  const double free_before = free_mib();
  const int replays_a_look = std::max(1, 100'000 / kernels);
  const std::int64_t begin_ns = now_ns();
  report.begin_list("gpu_mib_taken");
  for (int i = 0; i < replays; ++i) {
    check(cudaGraphLaunch(graph, stream));
    if (i % replays_a_look != replays_a_look - 1) continue;
    check(cudaStreamSynchronize(stream));
    report.add_value(free_before - free_mib());
  }
  report.end_list();
  check(cudaStreamSynchronize(stream));
  report.add("us_a_replay", us_since(begin_ns) / replays);
  report.add("replays", replays);
  report.add("kernels_a_replay", kernels);
}

// Kernels of 10 ms that fill every multiprocessor, and pauses of the same length.
void run_phases(WorkReport& report, int count, int milliseconds) {
  int processors = 0;
  check(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, 0));
  const std::int64_t begin_ns = now_ns();
  int launches = 0;
  for (int i = 0; i < count; ++i) {
    for (int ms = 0; ms < milliseconds; ms += 10, ++launches) {
      spin<<<processors * 2, 256>>>(10'000'000);
    }
    check(cudaDeviceSynchronize());
    usleep(1000u * static_cast<unsigned>(milliseconds));
  }
  report.add("launches", launches);
  report.add("sampled_ms", us_since(begin_ns) / 1000);
}

struct Recorder {
  int (*start)(const char*, const char*) = nullptr;
  int (*stop)() = nullptr;
};

// The recorder that the driver loaded, if there is one.
Recorder find_recorder() {
  Recorder recorder;
  const char* path = std::getenv("CUDA_INJECTION64_PATH");
  void* library = path != nullptr ? dlopen(path, RTLD_NOW | RTLD_NOLOAD) : nullptr;
  if (library == nullptr) return recorder;
  recorder.start = reinterpret_cast<decltype(recorder.start)>(dlsym(library, "tbprof_start"));
  recorder.stop = reinterpret_cast<decltype(recorder.stop)>(dlsym(library, "tbprof_stop"));
  return recorder;
}

void finalize_cupti(WorkReport& report) {
  void* library = dlopen("libcupti.so.13", RTLD_NOW | RTLD_NOLOAD);
  if (library == nullptr) library = dlopen("libcupti.so.12", RTLD_NOW | RTLD_NOLOAD);
  auto* finalize =
      library != nullptr ? reinterpret_cast<int (*)()>(dlsym(library, "cuptiFinalize")) : nullptr;
  report.add("finalize_result", finalize != nullptr ? finalize() : -1);
}

// What it takes until CUPTI has left, if it was asked to: calls that return, for some seconds.
void let_recorder_finalize() {
  for (int i = 0; i < 400; ++i) {
    launch(100, 0);
    check(cudaDeviceSynchronize());
    usleep(10'000);
  }
}

void measure_after(WorkReport& report, int launches, const std::string& finalized_by) {
  check(cudaFree(nullptr));
  const Recorder recorder = find_recorder();
  const double free_before = free_mib();
  const auto rate = [&](const char* key) {
    launch(1000, 0);
    check(cudaDeviceSynchronize());
    const std::int64_t begin_ns = now_ns();
    launch(launches, 0);
    check(cudaDeviceSynchronize());
    report.add(key, us_since(begin_ns) / launches);
  };
  rate("us_in_recording");
  report.add("gpu_mib_taken_in_recording", free_before - free_mib());
  if (recorder.stop != nullptr) report.add("stop_result", recorder.stop());
  rate("us_after_recording");
  report.add("gpu_mib_taken_after_recording", free_before - free_mib());
  if (finalized_by == "program") {
    finalize_cupti(report);
  } else if (finalized_by == "recorder") {
    let_recorder_finalize();
  } else {
    return;
  }
  rate("us_after_finalize");
  report.add("gpu_mib_taken_after_finalize", free_before - free_mib());
}

void make_windows(WorkReport& report, int count) {
  check(cudaFree(nullptr));
  const Recorder recorder = find_recorder();
  if (recorder.stop == nullptr) {
    report.add("windows", 0);
    return;
  }
  const char* logdir = std::getenv("TBPROF_LOGDIR");
  recorder.stop();
  const double free_before = free_mib();
  const std::int64_t begin_ns = now_ns();
  int good = 0;
  for (int i = 0; i < count; ++i) {
    const int started = recorder.start(logdir, "windows");
    launch(20, 0);
    check(cudaDeviceSynchronize());
    if (started == 0 && recorder.stop() == 0) ++good;
  }
  report.add("windows", good);
  report.add("us_a_window", us_since(begin_ns) / count);
  report.add("gpu_mib_taken", free_before - free_mib());
}

int run(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  const int first = argc > 2 ? std::atoi(argv[2]) : 1000;
  const int second = argc > 3 ? std::atoi(argv[3]) : 0;
  const int third = argc > 4 ? std::atoi(argv[4]) : 0;
  static WorkReport report;
  if (mode == "empty") {
    measure_launches(report, first, 0);
  } else if (mode == "spin") {
    measure_launches(report, first, second);
  } else if (mode == "graph") {
    measure_graph(report, first, second, third);
  } else if (mode == "pressure") {
    measure_pressure(report, first, second);
  } else if (mode == "after") {
    measure_after(report, first, argc > 3 ? argv[3] : "nobody");
  } else if (mode == "phases") {
    run_phases(report, first, second);
  } else if (mode == "windows") {
    make_windows(report, first);
  } else {
    std::fputs("gpu_launch_workload: empty, spin, graph, pressure, phases, after or windows\n",
               stderr);
    return 2;
  }
  return report.print();
}

}  // namespace
}  // namespace tbprof::tests

int main(int argc, char** argv) { return tbprof::tests::run(argc, argv); }
