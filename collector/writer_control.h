// How user threads and the writer thread speak to each other: words in static memory, so that they
// outlive everything and a forked child can begin anew with them. Any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace tbprof::collector {

enum class WriterState : std::uint32_t {
  starting,
  writing,  // the file is there
  failed,   // it could not be created, or memory ran out: nothing more is written
  done,     // the recording was ended and all is written
};

struct WriterControl {
  std::atomic<std::uint32_t> state{0};  // a WriterState; futex
  std::atomic<std::uint32_t> wake{0};   // futex: counts reasons to get up
  std::atomic<std::uint32_t> sleeping{0};
  std::atomic<std::uint32_t> stop{0};
  std::atomic<std::uint32_t> flush_wanted{0};
  std::atomic<std::uint32_t> flush_done{0};  // futex
  // Of the trace file, for the forked child, where it is among the program's.
  std::atomic<int> descriptor{-1};
};

extern WriterControl g_writer_control;

void set_writer_state(WriterState state);
inline WriterState writer_state() {
  return static_cast<WriterState>(g_writer_control.state.load(std::memory_order_acquire));
}

// Ends the recording from inside the writer thread when memory has run out; never returns. What was
// written stays readable.
[[noreturn]] void park_writer();

}  // namespace tbprof::collector
