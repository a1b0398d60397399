// Events of a recording that has windows: whether a range is recorded, passed over or decides about
// windows itself. A recording without windows never comes here. Like all of the hot path: no lock,
// no allocation; outside of a window a few nanoseconds for a range, a clock reading for a step.
// Any thread.
#pragma once

#include <cstdint>

#include "collector/ring.h"
#include "collector/window.h"

namespace tbprof::collector {

enum class Begun : std::uint8_t {
  recorded,
  lost,    // no room
  passed,  // outside of windows
};

// Whether a range whose name begins with this letter is neither recorded nor decides: the quick way
// for what a program does outside of windows.
inline bool is_passed_over(char first_letter) {
  return !is_window_open() && !g_window.is_by_range.load(std::memory_order_relaxed) &&
         !g_step_begins_with[static_cast<unsigned char>(first_letter)];
}

// A range begins on the calling thread: by its text, or by handle if the text is null.
Begun begin_range_windowed(std::uint32_t domain, const char* text, std::uint32_t handle,
                           std::uint32_t category);
// A step that the program marked as one.
Begun begin_step_windowed(std::uint32_t handle, std::int64_t number);

// A range of the process, which may end on another thread. 0: its end is not to be told.
std::uint64_t start_range_windowed(std::uint64_t id, const char* text, std::uint32_t handle,
                                   std::uint32_t category, const EventFacts& facts);
// Its start as an event, whether there are windows or not. false: no room.
bool put_range_start(Ring& ring, std::uint64_t id, const char* text, std::uint32_t handle,
                     std::uint32_t category, const EventFacts& facts);
// After its end was recorded.
void end_range_windowed(std::uint64_t id);

}  // namespace tbprof::collector
