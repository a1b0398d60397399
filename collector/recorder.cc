#include "collector/recorder.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "collector/capture_server.h"
#include "collector/config.h"
#include "collector/event_source.h"
#include "collector/file_thread.h"
#include "collector/futex.h"
#include "collector/last_thread.h"
#include "collector/own_thread.h"
#include "collector/process_facts.h"
#include "collector/ring_pool.h"
#include "collector/tbprof.h"
#include "collector/trace_path.h"
#include "collector/window.h"
#include "collector/writer.h"
#include "collector/writer_control.h"

namespace tbprof::collector {

constinit std::atomic<std::uint64_t> g_generation{0};
constinit thread_local Ring* t_ring __attribute__((tls_model("initial-exec"))) = nullptr;

namespace {

enum class Phase : std::uint32_t {
  unread,    // the environment was not asked yet
  idle,      // it asks for nothing; tbprof_start may
  starting,  // one thread is at it
  recording,
  stopping,
  stopped,  // by tbprof_stop
  forked,   // the parent recorded: the first event here begins a file of its own
  off,      // for good: forbidden, failed, or the process ends
};

constexpr std::int64_t kStopTimeoutNs = 2'000'000'000;
constexpr std::int64_t kStartTimeoutNs = 5'000'000'000;

constinit std::atomic<Phase> g_phase{Phase::unread};
constinit std::uint64_t g_last_generation = 0;
constinit Config g_config;
constinit RecordingStart g_start;
constinit pthread_key_t g_thread_key = 0;
constinit bool g_has_thread_key = false;
constinit std::atomic<bool> g_has_told_late_schedule{false};
// A thread whose word points here records nothing (more).
constinit Ring g_no_ring;

// What is called from user code in the midst of anything must leave errno as it was.
class ErrnoKeeper {
 public:
  ErrnoKeeper() : errno_(errno) {}
  ~ErrnoKeeper() { errno = errno_; }
  ErrnoKeeper(const ErrnoKeeper&) = delete;
  ErrnoKeeper& operator=(const ErrnoKeeper&) = delete;

 private:
  int errno_;
};

void on_thread_exit(void* ring) {
  if (t_ring != ring) return;  // the parent's ring in a forked child
  t_ring = &g_no_ring;
  mark_ring_done(static_cast<Ring*>(ring));
}

// Async-signal-safe. The writer thread and all other threads do not exist here, and whatever they
// held is left alone.
void on_fork_child() {
  const Phase phase = g_phase.load(std::memory_order_relaxed);
  if (phase != Phase::starting && phase != Phase::recording) return;
  g_generation.store(0, std::memory_order_relaxed);
  if (t_ring != &g_no_ring) t_ring = nullptr;
  const int descriptor = g_writer_control.descriptor.exchange(-1);
  if (descriptor >= 0) close(descriptor);
  forget_event_sources();
  forget_window_page();
  forget_capture_server();
  forget_file_thread();
  g_phase.store(Phase::forked, std::memory_order_relaxed);
}

void fail_recording() {
  g_generation.store(0);
  Phase phase = Phase::starting;
  if (!g_phase.compare_exchange_strong(phase, Phase::off)) {
    phase = Phase::recording;
    g_phase.compare_exchange_strong(phase, Phase::off);
  }
  set_writer_state(WriterState::failed);
}

void refuse_recording(const char* reason, int error) {
  if (!g_config.quiet) {
    say_on_stderr("%s (%s); this program is not recorded", reason, strerrordesc_np(error));
  }
  fail_recording();
}

void write_recording() {
  std::string reason;
  Writer writer(g_config, g_start);
  if (!writer.open(reason)) {
    if (!g_config.quiet) say_on_stderr("%s", reason.c_str());
    fail_recording();
    return;
  }
  set_writer_state(WriterState::writing);
  writer.run();
}

void* writer_main(void*) {
  enter_own_thread("tbprof-writer");
  start_file_thread();
  write_recording();
  stop_file_thread();
  // The last touch: whoever waits may end the process now.
  if (writer_state() == WriterState::writing) set_writer_state(WriterState::done);
  if (is_program_gone()) end_like_the_program();
  return nullptr;
}

void reset_control() {
  WriterControl& control = g_writer_control;
  control.state.store(static_cast<std::uint32_t>(WriterState::starting));
  control.wake.store(0);
  control.sleeping.store(0);
  control.stop.store(0);
  control.flush_wanted.store(0);
  control.flush_done.store(0);
  control.descriptor.store(-1);
}

// REQUIRES: the phase is `starting`, set by this thread. Leaves it `recording` or `off`.
bool launch(bool after_fork) {
  if (!g_has_thread_key) {
    if (const int error = pthread_key_create(&g_thread_key, on_thread_exit); error != 0) {
      refuse_recording("no key for its threads is left", error);
      return false;
    }
    g_has_thread_key = true;
    g_no_ring.attach(UINT64_MAX, 0, "");
    choose_clock();
    set_steps_of_rings(g_config.step_pattern);
    pthread_atfork(nullptr, nullptr, on_fork_child);
  }
  if (after_fork) reset_ring_pool();
  reset_control();
  set_ring_budget(g_config.ring_bytes, g_config.ring_total_bytes);
  begin_windows(g_config.schedule);
  g_start.generation = ++g_last_generation;
  g_start.clock = read_both_clocks();
  g_start.realtime_ns = clock_ns(CLOCK_REALTIME);
  if (g_config.session[0] == 0) {
    format_session(g_start.realtime_ns, g_config.session, sizeof g_config.session);
  }
  g_generation.store(g_start.generation);
  if (const int error = create_own_thread(writer_main, nullptr); error != 0) {
    refuse_recording("no thread can be started that writes the trace", error);
    return false;
  }
  Phase starting = Phase::starting;
  return g_phase.compare_exchange_strong(starting, Phase::recording);
}

// Begins what the environment asks for, once. Other threads wait for it a moment.
Phase arm(Phase phase) {
  if ((phase == Phase::unread || phase == Phase::forked) &&
      g_phase.compare_exchange_strong(phase, Phase::starting)) {
    const bool after_fork = phase == Phase::forked;
    if (!after_fork) read_environment(g_config);
    if (!g_config.enabled) {
      g_phase.store(Phase::off);
    } else if (g_config.logdir[0] == 0) {
      g_phase.store(Phase::idle);
    } else {
      launch(after_fork);
    }
  }
  for (int turn = 0; turn < 10'000; ++turn) {
    phase = g_phase.load(std::memory_order_acquire);
    if (phase != Phase::starting) break;
    sched_yield();
  }
  return phase;
}

int wait_for_writer(WriterState left, std::int64_t timeout_ns) {
  const std::int64_t until_ns = monotonic_ns() + timeout_ns;
  while (true) {
    const std::uint32_t state = g_writer_control.state.load(std::memory_order_acquire);
    if (state != static_cast<std::uint32_t>(left)) break;
    const std::int64_t rest_ns = until_ns - monotonic_ns();
    if (rest_ns <= 0) return TBPROF_TIMED_OUT;
    futex_wait(g_writer_control.state, state, rest_ns);
  }
  return writer_state() == WriterState::failed ? TBPROF_IO_ERROR : TBPROF_OK;
}

int end_recording(Phase next) {
  Phase recording = Phase::recording;
  if (!g_phase.compare_exchange_strong(recording, Phase::stopping)) return TBPROF_NOT_RECORDING;
  g_generation.store(0);
  end_windows();
  if (writer_state() == WriterState::starting) {
    wait_for_writer(WriterState::starting, kStopTimeoutNs);
  }
  g_writer_control.stop.store(1);
  g_writer_control.wake.fetch_add(1);
  futex_wake(g_writer_control.wake);
  const int status = wait_for_writer(WriterState::writing, kStopTimeoutNs);
  // A writer that hangs on the disk still uses the buffers: no second one beside it.
  g_phase.store(status == TBPROF_TIMED_OUT ? Phase::off : next);
  return status;
}

__attribute__((destructor)) void on_process_exit() {
  if (end_recording(Phase::off) == TBPROF_NOT_RECORDING) g_phase.store(Phase::off);
}

}  // namespace

void record_nothing_here() { t_ring = &g_no_ring; }

Ring* attach_thread(Wanted wanted) {
  Phase phase = g_phase.load(std::memory_order_acquire);
  if (phase == Phase::idle || phase == Phase::off || phase == Phase::stopped) return nullptr;
  if (t_ring == &g_no_ring) return nullptr;
  const auto is_unwanted = [&] { return wanted == Wanted::inside_windows && !is_window_open(); };
  if (phase == Phase::recording && is_unwanted()) return nullptr;
  const ErrnoKeeper errno_keeper;
  Ring* const before = t_ring;
  // Events of this thread from in here (a hooked allocator, a signal handler) are not recorded.
  t_ring = &g_no_ring;
  if (phase != Phase::recording) phase = arm(phase);
  Ring* ring = nullptr;
  if (phase == Phase::recording && is_unwanted()) {
    t_ring = before;
    return nullptr;
  }
  if (phase == Phase::recording) {
    if (before != nullptr) recycle_ring(*before);  // of an earlier recording
    ring = acquire_ring(g_generation.load());
    if (ring == nullptr) {
      count_unbuffered_event();
    } else if (pthread_setspecific(g_thread_key, ring) != 0) {
      // Without the key nobody would hear of the thread's end.
      mark_ring_done(ring);
      ring = nullptr;
      count_unbuffered_event();
    }
  }
  t_ring = ring != nullptr || phase == Phase::recording ? ring : before;
  return ring;
}

bool is_recording() { return g_generation.load(std::memory_order_relaxed) != 0; }

void arm_recording() {
  const Phase phase = g_phase.load(std::memory_order_acquire);
  if (phase != Phase::unread && phase != Phase::forked) return;
  const ErrnoKeeper errno_keeper;
  arm(phase);
}

int start_recording(const char* logdir, const char* run) {
  const ErrnoKeeper errno_keeper;
  Phase phase = arm(g_phase.load(std::memory_order_acquire));
  if (phase == Phase::idle || phase == Phase::stopped) {
    if (!g_config.logdir_is_fixed && (logdir == nullptr || *logdir == 0)) {
      return TBPROF_BAD_ARGUMENT;
    }
    if (g_phase.compare_exchange_strong(phase, Phase::starting)) {
      if (!g_config.logdir_is_fixed) {
        if (!copy_text(g_config.logdir, sizeof g_config.logdir, logdir) ||
            !copy_text(g_config.run, sizeof g_config.run, run)) {
          g_phase.store(phase);
          return TBPROF_BAD_ARGUMENT;
        }
      }
      launch(false);
    }
  }
  phase = g_phase.load(std::memory_order_acquire);
  if (phase == Phase::off && writer_state() == WriterState::failed) return TBPROF_IO_ERROR;
  if (phase != Phase::recording) return TBPROF_NOT_RECORDING;
  return wait_for_writer(WriterState::starting, kStartTimeoutNs);
}

int schedule_recording(const Schedule& schedule) {
  const ErrnoKeeper errno_keeper;
  const Phase phase = arm(g_phase.load(std::memory_order_acquire));
  if (g_config.schedule_is_fixed) return TBPROF_OK;
  if (phase == Phase::recording) {
    if (choose_schedule(schedule)) return TBPROF_OK;
    if (!g_config.quiet && !g_has_told_late_schedule.exchange(true)) {
      say_on_stderr(
          "tbprof_set_schedule came after a step of the schedule before it, which stays; set it "
          "before the first step, or after tbprof_stop");
    }
    return TBPROF_BAD_ARGUMENT;
  }
  if (phase != Phase::idle && phase != Phase::stopped) return TBPROF_NOT_RECORDING;
  g_config.schedule = schedule;  // for the recording to come
  return TBPROF_OK;
}

int stop_recording() {
  const ErrnoKeeper errno_keeper;
  return end_recording(Phase::stopped);
}

int flush_recording(int timeout_ms) {
  if (g_phase.load(std::memory_order_acquire) != Phase::recording) return TBPROF_NOT_RECORDING;
  const ErrnoKeeper errno_keeper;
  WriterControl& control = g_writer_control;
  const std::uint32_t wanted = control.flush_wanted.fetch_add(1) + 1;
  control.wake.fetch_add(1);
  futex_wake(control.wake);
  const std::int64_t until_ns = monotonic_ns() + std::int64_t{timeout_ms} * 1'000'000;
  while (true) {
    const std::uint32_t done = control.flush_done.load(std::memory_order_acquire);
    if (static_cast<std::int32_t>(done - wanted) >= 0) return TBPROF_OK;
    if (writer_state() == WriterState::failed) return TBPROF_IO_ERROR;
    if (writer_state() == WriterState::done) return TBPROF_OK;
    const std::int64_t rest_ns = until_ns - monotonic_ns();
    if (rest_ns <= 0) return TBPROF_TIMED_OUT;
    futex_wait(control.flush_done, done, rest_ns);
  }
}

}  // namespace tbprof::collector
