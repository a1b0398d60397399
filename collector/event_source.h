// What another source of events (the CUDA collector) offers to the writer thread, which drains it
// into the same chunks as the host's events. A table of functions; `self` is the source's own.
// A source must not throw and must not wait for a user's thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "collector/chunk_builder.h"

namespace tbprof::collector {

struct EventSource {
  const char* name = "";
  void* self = nullptr;
  // Called once by InitializeInjection, on the thread that starts CUDA, where nothing may be
  // allocated or awaited that CUDA itself could hold. false: there is nothing to record.
  bool (*start)(void* self) = nullptr;
  // The writer thread: why nothing is recorded after all, in one sentence with a remedy; nullptr if
  // all is well. The trace and stderr say it.
  const char* (*trouble)(void* self) = nullptr;
  // The writer thread, every 50 ms or sooner: adds some of what is complete, less than a chunk;
  // true: there is more. Names, shapes and tracks are given ids by the builder, once per recording;
  // `first` tells the first call of a recording.
  bool (*drain)(void* self, ChunkBuilder& builder, bool first) = nullptr;
  // The writer thread, after drain: all that ended before this time was added. INT64_MAX: nothing
  // is outstanding.
  std::int64_t (*covered_until_ns)(void* self) = nullptr;
  // The writer thread, before the last drain of a recording; returns within a second.
  void (*stop)(void* self) = nullptr;
  // Whether events are wanted from now on: false between the windows of a recording (window.h). Any
  // thread, also in the midst of the user's step: must not wait, allocate or call the driver, only
  // note it and wake whoever brings it about. Called again with the same value it changes nothing,
  // and the last call holds. Called once more right after start(); may be null.
  // What it brings from before the first window that it was wanted for (a warm-up) is left out by
  // the reader, which knows the windows.
  void (*set_recording)(void* self, bool is_wanted) = nullptr;
};

inline constexpr std::size_t kMaxEventSources = 4;

// Keeps a copy for the life of the process, and tells it whether events are wanted. false if there
// are too many. Any thread.
bool add_event_source(const EventSource& source);
// In a forked child, where no source of the parent works. Async-signal-safe.
void forget_event_sources();
// The sources added so far.
std::size_t event_source_count();
const EventSource& event_source_at(std::size_t index);

}  // namespace tbprof::collector

// Defined by cuda/ where it is linked in: the source that InitializeInjection starts.
extern "C" __attribute__((weak, visibility("hidden"))) const tbprof::collector::EventSource*
tbprof_cuda_event_source();
