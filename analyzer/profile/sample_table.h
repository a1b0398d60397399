// What the threads of a capture were seen doing from outside: time by thread, by what it waited in,
// and by call stack. A pure function of a sealed trace. Any thread.
//
// Stacks count as the same where the same functions call each other, whatever the lines; a row's
// line is the one seen longest in its innermost function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::profile {

struct SampledTime {
  std::int64_t seen_ns = 0;
  std::int64_t cpu_ns = 0;      // on a CPU
  std::int64_t delay_ns = 0;    // ready, but on none
  std::int64_t waiting_ns = 0;  // the rest: for a lock, a device, another thread
  std::uint64_t looks = 0;

  void add(const trace::Sample& row);
};

struct SampledPlace {
  std::string name;  // a system call
  std::int64_t waiting_ns = 0;
};

struct StackFrame {
  std::string function;
  std::string file;
  std::uint32_t line = 0;  // 0: not known
};

struct StackRow {
  SampledTime time;
  std::vector<StackFrame> frames;  // innermost first
};

struct ThreadRow {
  std::int64_t tid = 0;
  std::string name;
  std::uint32_t track = trace::kNone;
  SampledTime time;
  std::int64_t without_stack_ns = 0;
  std::vector<SampledPlace> places;  // longest first
  std::vector<StackRow> stacks;      // longest first
};

struct SampleTable {
  SampledTime time;  // of all threads
  std::vector<ThreadRow> threads;
};

SampleTable sample_table(const trace::Trace& trace);

// What one thread was seen doing between two times; nothing if it was not looked at.
struct SampledStretch {
  SampledTime time;
  std::vector<SampledPlace> places;
};
std::optional<SampledStretch> sampled_stretch(const trace::Trace& trace, trace::TrackId track,
                                              std::int64_t from_ns, std::int64_t until_ns);

}  // namespace tbprof::analyzer::profile
