// What a process's threads were seen doing from outside, sealed with the trace: stretches of time
// by thread, with state, CPU time and stack. Beyond the slices, which the process itself recorded.
// Values; immutable once in a trace. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "proto/sample_records.h"

namespace tbprof::analyzer::trace {

using proto::ThreadState;

using StackId = std::uint32_t;
inline constexpr std::uint32_t kNoSample = 0xffffffffu;  // no stack, no frame, no text

// A function at a line; 0: the line is not known. Texts are indices into Samples::texts.
struct SampleFrame {
  std::uint32_t function = kNoSample;
  std::uint32_t file = kNoSample;
  std::uint32_t line = 0;
};

// The innermost frame, and the stack that called it, whose id is smaller.
struct SampleStack {
  StackId caller = kNoSample;
  std::uint32_t frame = kNoSample;
};

// One stretch of a thread's time: how it was seen `count` times in it, the last time at its end.
struct Sample {
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
  std::int64_t cpu_ns = 0;    // of it spent on a CPU
  std::int64_t delay_ns = 0;  // of it spent waiting for one
  std::uint32_t count = 0;
  StackId stack = kNoSample;
  std::uint32_t place = kNoSample;  // text: the system call it waited in
  ThreadState state = ThreadState::unknown;
  std::int64_t end_ns() const { return start_ns + duration_ns; }
  // What is neither: it waited for something else.
  std::int64_t waiting_ns() const {
    const std::int64_t rest_ns = duration_ns - cpu_ns - delay_ns;
    return rest_ns > 0 ? rest_ns : 0;
  }
};

struct SampledThread {
  std::int64_t tid = 0;
  std::string name;
  std::uint32_t track = kNoSample;  // of the trace, where the thread recorded something itself
  std::size_t first_row = 0;
  std::size_t row_count = 0;
};

struct Samples {
  std::vector<SampledThread> threads;  // those seen longest on a CPU first
  std::vector<Sample> rows;            // thread after thread, each by time, none overlapping
  std::vector<SampleFrame> frames;
  std::vector<SampleStack> stacks;
  std::vector<std::string> texts;

  bool empty() const { return rows.empty(); }
  std::span<const Sample> rows_of(const SampledThread& thread) const {
    return std::span(rows).subspan(thread.first_row, thread.row_count);
  }
  // "?" where it is not known.
  const std::string& text(std::uint32_t id) const;
  std::size_t memory_bytes() const;
};

}  // namespace tbprof::analyzer::trace
