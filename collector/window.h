// The windows of a recording: stretches of time in which everything is recorded. Which step, timer,
// range or request opens and closes them follows from the schedule; whether one is open is a word
// that events look at. All state is static and without locks: a thread that changes it never waits.
// A child after fork begins anew.
//
// Any thread, unless said otherwise. Sources of events (event_source.h) and the page for other
// processes (window_page.h) are told of every change on the thread that makes it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "collector/schedule.h"
#include "collector/window_page.h"
#include "proto/trace_records.h"

namespace tbprof::collector {

inline constexpr std::size_t kMaxWindowLabelBytes = 64;

// What events look at. In a line of its own, which changes only when a window opens or closes.
struct alignas(64) WindowWord {
  // Lowest two bits: a WindowState; then 6 bits WindowCause; then how many were opened. Open before
  // the environment was read: whoever finds a recording on has read it.
  std::atomic<std::uint64_t> word{static_cast<std::uint64_t>(WindowState::open)};
  // Whether there is a schedule at all; if not, the one window is the recording.
  std::atomic<bool> is_windowed{false};
  // Whether any range's name may be the schedule's.
  std::atomic<bool> is_by_range{false};
};
extern constinit WindowWord g_window;

inline WindowState window_state() {
  return static_cast<WindowState>(g_window.word.load(std::memory_order_relaxed) & 3);
}
inline bool is_window_open() { return window_state() == WindowState::open; }
inline bool is_windowed() { return g_window.is_windowed.load(std::memory_order_relaxed); }

// Before a recording's first event; REQUIRES: no other thread records.
void begin_windows(const Schedule& schedule);
// The program chooses while it is recorded, the last time before a step begins. false: too often,
// or a step has followed another schedule already.
bool choose_schedule(const Schedule& schedule);
const Schedule& current_schedule();
// Whether the schedule's last window is closed; one that is asked for may still come.
bool are_windows_over();
// The recording is over: closes what is open, and the page says so.
void end_windows();

// Opens a window, or closes the one that was opened for this cause. false: nothing to do.
bool open_window(proto::WindowCause cause, const char* label = "");
bool close_window(proto::WindowCause cause);

// --- What makes windows ----------------------------------------------------------------------

// A step begins and ends. `kind` tells steps of one name from others: the kind that came first
// decides. true: this step decides, and its end is to be told.
bool on_step_begin(std::uint64_t kind, std::int64_t number);
void on_step_end(std::int64_t number);
// Whether a step has begun in this process.
bool has_own_steps();
// A range of the schedule's name.
void on_range_begin();
void on_range_end();
// cudaProfilerStart and cudaProfilerStop.
void on_profiler_call(bool is_start);
// The next `count` steps, from the next one that begins; 0 takes the wish back.
void capture_steps(std::int64_t count, const char* label);
// Steps of the wish that are still to come; futex.
extern std::atomic<std::uint32_t> g_capture_steps_left;
// Wishes that were fulfilled to the last step, ever.
extern std::atomic<std::uint32_t> g_step_captures_done;
// Windows by time. Returns when it wants to be called next, INT64_MAX: never. The writer thread.
std::int64_t run_window_timer(std::int64_t start_ns, std::int64_t now_ns);

// --- What others hear of it ------------------------------------------------------------------

// The page on which other processes see the state; null: none.
void set_window_page(WindowPage* page);
// After a fork in the child: nobody else is told of its windows.
void forget_window_page();
// What set_recording() of a source is to be called with; again and again until it holds.
void tell_source(std::size_t index);

// Windows as they were opened and closed, for the trace. The writer thread.
inline constexpr std::uint64_t kSinceStartTicks = 1;  // a start: that of the recording
struct WindowChange {
  std::uint32_t number = 0;
  proto::WindowCause cause = proto::WindowCause::steps;
  std::uint64_t start_ticks = 0;
  std::uint64_t end_ticks = 0;  // 0: open
  char label[kMaxWindowLabelBytes] = {};
};
// false: nothing new.
bool next_window_change(WindowChange& change);

}  // namespace tbprof::collector
