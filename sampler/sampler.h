// Looks at a program and all that descends from it, on a thread of its own in this process, and
// leaves a file for each process that is worth one beside the processes' own traces. It stops
// nobody, and takes a few percent of one core at most: it looks less often where that does not
// do. Owns its thread. start() and stop() on one thread; `is_window_open` is called on the
// sampler's.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "proto/result.h"
#include "sampler/sampled_process.h"

namespace tbprof::sampler {

struct SamplerOptions {
  int rate_hz = 200;
  SamplePlace place;
  // Beyond these, processes and threads are not looked at, and processes that recorded nothing
  // themselves have no file; each is counted, and the files say so.
  std::size_t max_processes = 512;
  std::size_t max_files = 512;
  std::size_t max_threads = SampledProcess::kMaxThreads;  // of a process
  // Whether what a process does now is to be recorded.
  std::function<bool(pid_t)> is_window_open = [](pid_t) { return true; };
};

class Sampler {
 public:
  static constexpr int kMaxRateHz = 1000;

  explicit Sampler(SamplerOptions options);
  ~Sampler();
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  // REQUIRES: the program runs, and has been executed already.
  proto::Result<> start(pid_t program);
  // Writes what there is and ends the thread.
  void stop();

  struct Cost {
    std::int64_t cpu_ns = 0;
    std::int64_t wall_ns = 0;
    std::uint64_t rounds = 0;
    double rate_hz = 0;  // at the end
    std::uint64_t missed_processes = 0;
    std::uint64_t missed_files = 0;
  };
  // REQUIRES: stop().
  const Cost& cost() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tbprof::sampler
