#include "collector/window.h"

#include <string.h>

#include "collector/clock.h"
#include "collector/event_source.h"
#include "collector/futex.h"
#include "collector/ring.h"

namespace tbprof::collector {

constinit WindowWord g_window;
constinit std::atomic<std::uint32_t> g_capture_steps_left{0};
constinit std::atomic<std::uint32_t> g_step_captures_done{0};

namespace {

using proto::WindowCause;

// Changes that the writer has not taken yet; past them no window opens.
constexpr std::uint64_t kLogged = 256;
constexpr std::uint32_t kMostSchedules = 8;
constexpr std::uint64_t kStateBits = 3;
constexpr std::uint64_t kNumberShift = 8;
// The GPU's recording is on so long before a window that a timer opens.
constexpr std::int64_t kTimedWarmupNs = 500'000'000;

struct LoggedWindow {
  std::atomic<std::uint64_t> start_ticks{0};
  std::atomic<std::uint64_t> end_ticks{0};
  WindowCause cause = WindowCause::steps;
  char label[kMaxWindowLabelBytes] = {};
};

constinit LoggedWindow g_log[kLogged];
constinit std::atomic<std::uint64_t> g_taken{0};  // windows whose end the writer has
constinit std::uint64_t g_told_start = 0;         // windows whose start it has

// Each schedule keeps its place: a thread may still look at an earlier one.
constinit Schedule g_schedules[kMostSchedules];
constinit std::atomic<std::uint32_t> g_schedule{0};
constinit std::atomic<std::uint32_t> g_schedules_taken{0};

constinit std::atomic<std::uint64_t> g_leading_kind{0};
constinit std::atomic<std::int64_t> g_steps_begun{0};
constinit std::atomic<bool> g_are_over{false};
constinit std::atomic<std::uint32_t> g_ranges_open{0};
constinit std::atomic<std::uint32_t> g_capture_wanted{0};
constinit char g_capture_label[kMaxWindowLabelBytes];
constinit std::atomic<WindowPage*> g_page{nullptr};

WindowState state_of(std::uint64_t word) { return static_cast<WindowState>(word & kStateBits); }
WindowCause cause_of(std::uint64_t word) { return static_cast<WindowCause>(word >> 2 & 0x3f); }
std::uint64_t opened_in(std::uint64_t word) { return word >> kNumberShift; }
std::uint64_t make_word(WindowState state, WindowCause cause, std::uint64_t opened) {
  return static_cast<std::uint64_t>(state) | static_cast<std::uint64_t>(cause) << 2 |
         opened << kNumberShift;
}

void copy_label(char* to, const char* label) {
  std::size_t size = strnlen(label, kMaxWindowLabelBytes - 1);
  if (size == kMaxWindowLabelBytes - 1) {  // cut at a whole character of UTF-8
    while (size > 0 && (static_cast<unsigned char>(label[size]) & 0xc0) == 0x80) --size;
  }
  memcpy(to, label, size);
  to[size] = 0;
}

void publish() {
  for (std::size_t i = 0; i < event_source_count(); ++i) tell_source(i);
  WindowPage* page = g_page.load(std::memory_order_acquire);
  if (page == nullptr) return;
  std::uint64_t word = g_window.word.load();
  for (std::uint64_t seen = ~word; seen != word; word = g_window.word.load()) {
    seen = word;
    page->windows.store(static_cast<std::uint32_t>(opened_in(word)), std::memory_order_relaxed);
    page->state.store(static_cast<std::uint32_t>(state_of(word)), std::memory_order_release);
  }
  futex_wake_shared(page->state);
}

void set_warm_up(bool is_on) {
  const WindowState from = is_on ? WindowState::closed : WindowState::warm_up;
  const WindowState to = is_on ? WindowState::warm_up : WindowState::closed;
  std::uint64_t word = g_window.word.load();
  while (state_of(word) == from) {
    const std::uint64_t next = make_word(to, cause_of(word), opened_in(word));
    if (g_window.word.compare_exchange_weak(word, next)) return publish();
  }
}

// What the schedule says of windows that it opens itself.
WindowCause cause_of_steps() {
  return current_schedule().kind == ScheduleKind::steps ? WindowCause::steps
                                                        : WindowCause::schedule;
}

void enter(WindowState wanted, WindowCause cause) {
  if (wanted == WindowState::open) {
    open_window(cause);
    return;
  }
  close_window(cause);
  set_warm_up(wanted == WindowState::warm_up);
}

void use_schedule(const Schedule& schedule, std::uint32_t place) {
  g_schedules[place] = schedule;
  g_schedule.store(place, std::memory_order_release);
  g_window.is_by_range.store(schedule.kind == ScheduleKind::range);
  g_are_over.store(false);
  g_steps_begun.store(0);
  g_leading_kind.store(0);
  g_ranges_open.store(0);
  g_capture_wanted.store(0);
  g_capture_steps_left.store(0);
}

}  // namespace

const Schedule& current_schedule() {
  return g_schedules[g_schedule.load(std::memory_order_acquire)];
}

bool are_windows_over() { return g_are_over.load() && !is_window_open(); }

void begin_windows(const Schedule& schedule) {
  use_schedule(schedule, 0);
  g_schedules_taken.store(1);
  g_taken.store(0);
  g_told_start = 0;
  for (LoggedWindow& window : g_log) {
    window.start_ticks.store(0, std::memory_order_relaxed);
    window.end_ticks.store(0, std::memory_order_relaxed);
  }
  const bool is_windowed = schedule.kind != ScheduleKind::throughout;
  const WindowState start = schedule.at_start();
  g_window.is_windowed.store(is_windowed);
  if (!is_windowed) {
    g_window.word.store(make_word(WindowState::open, WindowCause::steps, 0));
  } else {
    g_window.word.store(make_word(start == WindowState::warm_up ? start : WindowState::closed,
                                  WindowCause::steps, 0));
    if (start == WindowState::open) open_window(WindowCause::time);
  }
  publish();
}

bool choose_schedule(const Schedule& schedule) {
  const bool is_another = current_schedule().kind != ScheduleKind::throughout;
  if (is_another && has_own_steps()) return false;
  const std::uint32_t place = g_schedules_taken.fetch_add(1);
  if (place >= kMostSchedules) return false;
  use_schedule(schedule, place);
  if (!g_window.is_windowed.exchange(true)) {
    // What was recorded up to here was recorded as a whole.
    LoggedWindow& first = g_log[0];
    first.cause = WindowCause::program;
    first.start_ticks.store(kSinceStartTicks, std::memory_order_relaxed);
    g_window.word.store(make_word(WindowState::open, WindowCause::program, 1));
  }
  enter(schedule.at_start(), WindowCause::program);
  return true;
}

void end_windows() {
  std::uint64_t word = g_window.word.load();
  if (is_windowed() && state_of(word) == WindowState::open) close_window(cause_of(word));
  g_window.is_windowed.store(false);
  if (WindowPage* page = g_page.load()) {
    page->state.store(static_cast<std::uint32_t>(WindowState::ended), std::memory_order_release);
    futex_wake_shared(page->state);
  }
}

bool open_window(WindowCause cause, const char* label) {
  std::uint64_t word = g_window.word.load();
  while (true) {
    if (!is_windowed() || state_of(word) == WindowState::open) return false;
    // The place in the log is free once the writer has the end of the window there.
    if (opened_in(word) - g_taken.load(std::memory_order_acquire) >= kLogged) return false;
    const std::uint64_t next = make_word(WindowState::open, cause, opened_in(word) + 1);
    if (g_window.word.compare_exchange_weak(word, next)) break;
  }
  LoggedWindow& window = g_log[opened_in(word) % kLogged];
  window.cause = cause;
  copy_label(window.label, label);
  // The end is left alone: another thread may have closed the window by now.
  window.start_ticks.store(now_ticks(), std::memory_order_release);
  publish();
  wake_writer();
  return true;
}

bool close_window(WindowCause cause) {
  std::uint64_t word = g_window.word.load();
  while (true) {
    if (state_of(word) != WindowState::open || cause_of(word) != cause || !is_windowed()) {
      return false;
    }
    const std::uint64_t next = make_word(WindowState::closed, cause, opened_in(word));
    if (g_window.word.compare_exchange_weak(word, next)) break;
  }
  g_log[(opened_in(word) - 1) % kLogged].end_ticks.store(now_ticks(), std::memory_order_release);
  publish();
  wake_writer();
  return true;
}

bool on_step_begin(std::uint64_t kind, std::int64_t number) {
  std::uint64_t leading = 0;
  if (!g_leading_kind.compare_exchange_strong(leading, kind) && leading != kind) return false;
  const std::int64_t steps_before = g_steps_begun.fetch_add(1, std::memory_order_relaxed);
  if (current_schedule().follows_steps()) {
    enter(current_schedule().during_step(number, steps_before), cause_of_steps());
  }
  if (g_capture_wanted.load(std::memory_order_relaxed) != 0) {
    const std::uint32_t wanted = g_capture_wanted.exchange(0);
    if (wanted > 0 && open_window(WindowCause::capture, g_capture_label)) {
      g_capture_steps_left.store(wanted);
      futex_wake(g_capture_steps_left);
    }
  }
  return true;
}

bool has_own_steps() { return g_leading_kind.load(std::memory_order_relaxed) != 0; }

void on_step_end(std::int64_t number) {
  if (current_schedule().follows_steps()) {
    const std::int64_t steps_before = g_steps_begun.load(std::memory_order_relaxed);
    if (current_schedule().is_over_at(number + 1, steps_before)) g_are_over.store(true);
    const WindowState next = current_schedule().during_step(number + 1, steps_before);
    // What opens a window is the step itself, when it begins.
    if (next != WindowState::open) enter(next, cause_of_steps());
  }
  std::uint32_t left = g_capture_steps_left.load(std::memory_order_relaxed);
  if (left == 0) return;
  g_capture_steps_left.store(--left);
  if (left == 0) {
    close_window(WindowCause::capture);
    g_step_captures_done.fetch_add(1);
  }
  futex_wake(g_capture_steps_left);
}

void on_range_begin() {
  if (g_ranges_open.fetch_add(1) == 0) open_window(WindowCause::range, current_schedule().range);
}

void on_range_end() {
  if (g_ranges_open.fetch_sub(1) == 1) close_window(WindowCause::range);
}

void on_profiler_call(bool is_start) {
  if (current_schedule().kind != ScheduleKind::profiler) return;
  if (is_start) {
    open_window(WindowCause::profiler);
  } else {
    close_window(WindowCause::profiler);
  }
}

void capture_steps(std::int64_t count, const char* label) {
  copy_label(g_capture_label, label);
  if (count == 0) g_capture_steps_left.store(0);
  g_capture_wanted.store(static_cast<std::uint32_t>(count));
  set_warm_up(count > 0);
}

std::int64_t run_window_timer(std::int64_t start_ns, std::int64_t now_ns) {
  const Schedule& schedule = current_schedule();
  if (schedule.kind != ScheduleKind::time) return INT64_MAX;
  const std::int64_t open_ns = start_ns + schedule.delay_ns;
  const std::int64_t close_ns =
      schedule.duration_ns > 0 ? open_ns + schedule.duration_ns : INT64_MAX;
  if (now_ns >= close_ns) {
    g_are_over.store(true);
    close_window(WindowCause::time);
    return INT64_MAX;
  }
  if (now_ns >= open_ns) {
    open_window(WindowCause::time);
    return close_ns;
  }
  if (now_ns >= open_ns - kTimedWarmupNs) {
    set_warm_up(true);
    return open_ns;
  }
  return open_ns - kTimedWarmupNs;
}

void set_window_page(WindowPage* page) {
  g_page.store(page, std::memory_order_release);
  if (page != nullptr) publish();
}

void forget_window_page() { g_page.store(nullptr, std::memory_order_relaxed); }

void tell_source(std::size_t index) {
  const EventSource& source = event_source_at(index);
  if (source.set_recording == nullptr) return;
  // Two threads may tell it at once; whoever comes last has seen the last state.
  WindowState state = window_state();
  for (WindowState seen = WindowState::ended; seen != state; state = window_state()) {
    seen = state;
    source.set_recording(source.self, seen != WindowState::closed);
  }
}

bool next_window_change(WindowChange& change) {
  const std::uint64_t taken = g_taken.load(std::memory_order_relaxed);
  if (taken >= opened_in(g_window.word.load(std::memory_order_acquire))) return false;
  LoggedWindow& window = g_log[taken % kLogged];
  change.start_ticks = window.start_ticks.load(std::memory_order_acquire);
  if (change.start_ticks == 0) return false;  // its thread is just writing it
  change.end_ticks = window.end_ticks.load(std::memory_order_acquire);
  if (change.end_ticks == 0 && g_told_start > taken) return false;
  // Closed by another thread while the one that opened it was about to write the start.
  if (change.end_ticks != 0 && change.end_ticks < change.start_ticks) {
    change.end_ticks = change.start_ticks;
  }
  change.number = static_cast<std::uint32_t>(taken);
  change.cause = window.cause;
  memcpy(change.label, window.label, sizeof change.label);
  g_told_start = taken + 1;
  if (change.end_ticks != 0) {
    window.start_ticks.store(0, std::memory_order_relaxed);
    window.end_ticks.store(0, std::memory_order_relaxed);
    g_taken.store(taken + 1, std::memory_order_release);
  }
  return true;
}

}  // namespace tbprof::collector
