// What was seen of a process's threads from outside, as plain columns: the contents of a .tbsamples
// file, which lies beside the process's .tbtrace. TRACE_FORMAT.md gives the bytes, sample_chunk.h
// turns one into the other. Values own what they hold. One thread at a time.
//
// Ids (strings, frames, stacks) are counted through the whole file; a chunk holds what is new.
// Times are nanoseconds on the host's CLOCK_MONOTONIC.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proto/trace_records.h"

namespace tbprof::proto {

// As the kernel told. Others are read as `unknown`.
enum class ThreadState : std::uint8_t {
  unknown = 0,
  running = 1,   // on a CPU or ready for one
  sleeping = 2,  // waits, and a signal could wake it
  blocked = 3,   // waits where no signal reaches it, mostly for a disk
  stopped = 4,
};
inline constexpr std::uint32_t kThreadStateCount = 5;
// "running"; "unknown" if out of range.
const char* thread_state_name(ThreadState state);

struct SampledThread {
  std::uint32_t id = 0;  // may come again with another name
  std::int64_t tid = 0;
  std::uint32_t name_string_id = kNoId;
};

// A function at a line.
struct SampledFrame {
  std::uint32_t function_string_id = kNoId;
  std::uint32_t file_string_id = kNoId;
  std::uint32_t line = 0;  // 0: not known
};

// A call stack is its innermost frame and the stack that called it.
struct SampledStack {
  std::uint32_t caller_id = kNoId;  // smaller than its own id; kNoId: outermost
  std::uint32_t frame_id = kNoId;
};

// Stretches of time of one thread, one after the other; all columns are equally long. At the end of
// each stretch, and `count` times in all, it was seen in this state, in this stack.
struct SampleBlock {
  std::uint32_t thread_id = 0;
  std::vector<std::int64_t> start_ns;  // the look before, or the first one
  std::vector<std::int64_t> duration_ns;
  std::vector<std::uint32_t> count;
  std::vector<std::uint32_t> state;     // ThreadState
  std::vector<std::uint32_t> stack_id;  // kNoId: not known
  std::vector<std::uint32_t> place_id;  // string: the system call it waits in; kNoId: not known
  std::vector<std::uint64_t> cpu_ns;    // spent on a CPU in this stretch
  std::vector<std::uint64_t> delay_ns;  // spent waiting for one
};

struct SampleChunk {
  std::uint64_t file_id = 0;   // of the header; what is decoded says it, an encoder knows it
  std::uint64_t sequence = 0;  // 0, 1, 2 … in a file; a gap is a loss
  std::int64_t covered_until_ns = 0;
  bool is_last = false;  // the file is complete
  std::uint32_t first_string_id = 0;
  std::uint32_t first_frame_id = 0;
  std::uint32_t first_stack_id = 0;
  std::vector<std::string> strings;
  std::vector<SampledThread> threads;
  std::vector<SampledFrame> frames;
  std::vector<SampledStack> stacks;
  std::vector<SampleBlock> blocks;
  std::vector<Property> properties;  // one that comes again replaces what came before
};

}  // namespace tbprof::proto
