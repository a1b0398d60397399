// The life of recordings in a process: armed by the first event or by tbprof_start, stopped by
// tbprof_stop or at exit, begun anew in a forked child. Everything is static and without locks, so
// that neither a fork nor an exit at any moment finds it half way. Any thread.
#pragma once

#include <atomic>
#include <cstdint>

#include "collector/ring.h"
#include "collector/schedule.h"

namespace tbprof::collector {

// Which recording is on; 0: none. Each has another number.
extern std::atomic<std::uint64_t> g_generation;

// The calling thread's buffer: the library's one thread-local word, in the initial TLS block, where
// reaching it is one load. Null: none yet.
extern constinit thread_local Ring* t_ring __attribute__((tls_model("initial-exec")));

// What a thread without a buffer wants one for.
enum class Wanted : bool { inside_windows, always };

// The slow way: begins the recording where the environment asks for it and gives the thread its
// buffer. Null: nothing is recorded, or there is no buffer left (which is counted), or it is wanted
// inside of windows and none is open.
Ring* attach_thread(Wanted wanted = Wanted::inside_windows);

inline Ring* ring_if_recording() {
  Ring* ring = t_ring;
  if (ring != nullptr && ring->generation() == g_generation.load(std::memory_order_relaxed))
      [[likely]] {
    return ring;
  }
  return nullptr;
}

// For events that begin something.
inline Ring* ring_for_event() {
  Ring* ring = ring_if_recording();
  return ring != nullptr ? ring : attach_thread();
}

// The calling thread is the library's own.
void record_nothing_here();

// For steps, which are noted outside of windows too.
inline Ring* ring_for_step() {
  Ring* ring = ring_if_recording();
  return ring != nullptr ? ring : attach_thread(Wanted::always);
}

bool is_recording();

// These return a tbprof_status.
int start_recording(const char* logdir, const char* run);
int stop_recording();
int flush_recording(int timeout_ms);
// Chooses the windows, where the environment has not. Begins the recording if the environment asks
// for one.
int schedule_recording(const Schedule& schedule);
// Begins the recording if the environment asks for it; what a library that was injected does.
void arm_recording();

}  // namespace tbprof::collector
