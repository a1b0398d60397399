// What a program really did on the GPU, counted where it is done and written as truth.json, to be
// compared with what a profiler recorded of it (tests/gpu/compare_truth.py says what each part
// means). Owns its counts. Any thread.
#pragma once

#include <cuda_runtime.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace tbprof::samples::truth {

inline void check(cudaError_t status) {
  if (status == cudaSuccess) return;
  std::fprintf(stderr, "truth: CUDA: %s\n", cudaGetErrorString(status));
  std::exit(1);
}

// Ends the program with 77, as tests do that are skipped, where there are fewer GPUs.
inline void need_devices(int wanted) {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaSuccess && count >= wanted) return;
  std::fprintf(stderr, "truth: this program needs %d GPU%s; there are %d\n", wanted,
               wanted == 1 ? "" : "s", status == cudaSuccess ? count : 0);
  std::exit(77);
}

struct DeviceTime {
  std::string kernel;
  unsigned long long start_ns = 0;  // of the device's own clock
  unsigned long long end_ns = 0;
};

class TruthLog {
 public:
  explicit TruthLog(const char* program) : program_(program) {}

  // A launch by <<<>>>, after it was made.
  void launched(const std::string& kernel, dim3 grid, dim3 block, cudaStream_t stream = nullptr) {
    launched_by("cudaLaunchKernel", kernel, grid, block, stream);
  }
  // The call that launches is not counted among those that must be equal.
  void launched_by_driver(const std::string& kernel, dim3 grid, dim3 block, cudaStream_t stream) {
    const std::lock_guard<std::mutex> lock(mutex_);
    count_kernel(kernel, grid, block, stream);
  }
  void launched_by(const char* call, const std::string& kernel, dim3 grid, dim3 block,
                   cudaStream_t stream) {
    const std::lock_guard<std::mutex> lock(mutex_);
    count_kernel(kernel, grid, block, stream);
    ++calls_[call];
    ++threads_[syscall(SYS_gettid)];
  }
  // A launch that went into a graph instead of to the device.
  void captured(const std::string& kernel) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++captured_[kernel];
    ++calls_["cudaLaunchKernel"];
    ++threads_[syscall(SYS_gettid)];
  }
  // The graph of all that was captured ran once.
  void replayed() { ++replays_; }

  // `kind` as the trace names it: "HtoD (Pageable -> Device)".
  void copied(const char* kind, std::size_t size_bytes, cudaStream_t stream = nullptr) {
    const std::lock_guard<std::mutex> lock(mutex_);
    add(copies_[std::string("Memcpy ") + kind], size_bytes);
    ++streams_[stream];
  }
  void filled(const char* memory, std::size_t size_bytes, cudaStream_t stream = nullptr) {
    const std::lock_guard<std::mutex> lock(mutex_);
    add(memsets_[std::string("Memset (") + memory + ")"], size_bytes);
    ++streams_[stream];
  }
  void called(const char* function, std::uint64_t times = 1) {
    const std::lock_guard<std::mutex> lock(mutex_);
    calls_[function] += times;
  }
  // May also be made by the runtime on the program's behalf.
  void called_at_least(const char* function, std::uint64_t times = 1) {
    const std::lock_guard<std::mutex> lock(mutex_);
    calls_at_least_[function] += times;
  }
  void waited_for(const char* what) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++waits_[what];
  }
  void allocated(std::size_t size_bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    add(allocations_, size_bytes);
    held_bytes_ += size_bytes;
    peak_bytes_ = std::max(peak_bytes_, held_bytes_);
  }
  void released(std::size_t size_bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    add(releases_, size_bytes);
    held_bytes_ -= size_bytes;
  }
  void took(const DeviceTime& time) { times_.push_back(time); }

  // Writes the file named by the first argument, if there is one; the program's exit status.
  int write(int argc, char** argv) const {
    if (argc < 2) return 0;
    std::FILE* file = std::fopen(argv[1], "w");
    if (file == nullptr) {
      std::perror(argv[1]);
      return 1;
    }
    print(file);
    return std::fclose(file) == 0 ? 0 : 1;
  }

 private:
  struct Sum {
    std::uint64_t count = 0;
    std::uint64_t size_bytes = 0;
  };
  using Counts = std::map<std::string, std::uint64_t>;
  using Sums = std::map<std::string, Sum>;

  static void add(Sum& sum, std::size_t size_bytes) {
    ++sum.count;
    sum.size_bytes += size_bytes;
  }
  void count_kernel(const std::string& kernel, dim3 grid, dim3 block, cudaStream_t stream) {
    ++kernels_[kernel];
    char shape[128];
    std::snprintf(shape, sizeof shape, "[%u,%u,%u] [%u,%u,%u]", grid.x, grid.y, grid.z, block.x,
                  block.y, block.z);
    ++shapes_[kernel + " " + shape];
    ++streams_[stream];
  }

  static void print_counts(std::FILE* file, const char* key, const Counts& counts) {
    std::fprintf(file, ",\n  \"%s\": {", key);
    const char* comma = "";
    for (const auto& [name, count] : counts) {
      std::fprintf(file, "%s\"%s\": %llu", comma, name.c_str(),
                   static_cast<unsigned long long>(count));
      comma = ", ";
    }
    std::fputs("}", file);
  }
  static void print_sum(std::FILE* file, const Sum& sum) {
    std::fprintf(file, "{\"count\": %llu, \"bytes\": %llu}",
                 static_cast<unsigned long long>(sum.count),
                 static_cast<unsigned long long>(sum.size_bytes));
  }
  static void print_sums(std::FILE* file, const char* key, const Sums& sums) {
    std::fprintf(file, ",\n  \"%s\": {", key);
    const char* comma = "";
    for (const auto& [name, sum] : sums) {
      std::fprintf(file, "%s\"%s\": ", comma, name.c_str());
      print_sum(file, sum);
      comma = ", ";
    }
    std::fputs("}", file);
  }

  void print(std::FILE* file) const {
    std::fprintf(file, "{\n  \"program\": \"%s\"", program_.c_str());
    print_device(file);
    print_counts(file, "kernels", kernels_);
    print_counts(file, "shapes", shapes_);
    print_sums(file, "copies", copies_);
    print_sums(file, "memsets", memsets_);
    print_counts(file, "calls", calls_);
    print_counts(file, "calls_at_least", calls_at_least_);
    print_counts(file, "waits", waits_);
    Counts threads;
    for (const auto& [thread, count] : threads_) threads[std::to_string(thread)] = count;
    print_counts(file, "launches_by_thread", threads);
    if (replays_ > 0) {
      std::fprintf(file, ",\n  \"graph_replays\": %llu", static_cast<unsigned long long>(replays_));
      print_counts(file, "graph_kernels", captured_);
    } else {
      print_streams(file);
    }
    if (allocations_.count > 0) print_memory(file);
    if (!times_.empty()) print_times(file);
    std::fputs("\n}\n", file);
  }
  void print_device(std::FILE* file) const {
    cudaDeviceProp properties = {};
    if (cudaGetDeviceProperties(&properties, 0) != cudaSuccess) return;
    std::fprintf(file, ",\n  \"device\": {\"name\": \"%s\", \"multiprocessors\": %d}",
                 properties.name, properties.multiProcessorCount);
  }
  // How much ran on each stream; a program does not know the numbers that CUPTI gives them.
  void print_streams(std::FILE* file) const {
    std::vector<std::uint64_t> counts;
    for (const auto& [stream, count] : streams_) counts.push_back(count);
    std::sort(counts.begin(), counts.end());
    std::fputs(",\n  \"streams\": [", file);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      std::fprintf(file, "%s%llu", i > 0 ? ", " : "", static_cast<unsigned long long>(counts[i]));
    }
    std::fputs("]", file);
  }
  void print_memory(std::FILE* file) const {
    std::fputs(",\n  \"memory\": {\"allocations\": ", file);
    print_sum(file, allocations_);
    std::fputs(", \"releases\": ", file);
    print_sum(file, releases_);
    std::fprintf(file, ", \"peak_bytes\": %llu}", static_cast<unsigned long long>(peak_bytes_));
  }
  void print_times(std::FILE* file) const {
    std::fputs(",\n  \"device_times\": [", file);
    const char* comma = "";
    for (const DeviceTime& time : times_) {
      std::fprintf(file, "%s\n    {\"kernel\": \"%s\", \"start_ns\": %llu, \"end_ns\": %llu}",
                   comma, time.kernel.c_str(), time.start_ns, time.end_ns);
      comma = ",";
    }
    std::fputs("]", file);
  }

  std::mutex mutex_;
  std::string program_;
  Counts kernels_, shapes_, calls_, calls_at_least_, waits_, captured_;
  Sums copies_, memsets_;
  std::map<cudaStream_t, std::uint64_t> streams_;
  std::map<long, std::uint64_t> threads_;
  std::uint64_t replays_ = 0;
  Sum allocations_, releases_;
  std::uint64_t held_bytes_ = 0;
  std::uint64_t peak_bytes_ = 0;
  std::vector<DeviceTime> times_;
};

}  // namespace tbprof::samples::truth
