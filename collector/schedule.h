// When a recording's windows are open: which steps, or how long, or by whose word. Read from the
// environment, given by the program, or written out by `tbprof run`; decided anew at each step.
// Values of fixed size, without allocation. Immutable once in use: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "collector/window_page.h"

namespace tbprof::collector {

enum class ScheduleKind : std::uint8_t {
  throughout,  // from the first event to the end
  steps,       // steps of given numbers
  every,       // some steps at each multiple of a number
  cycle,       // wait, warm-up and active steps in turn, counted from the first step
  time,        // a delay and a duration
  range,       // while a range of a given name is open
  profiler,    // between cudaProfilerStart and cudaProfilerStop
  on_demand,   // when the program or `tbprof capture` asks
};

struct StepSpan {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

struct Schedule {
  static constexpr std::size_t kMaxSpans = 64;
  static constexpr std::size_t kMaxRangeBytes = 256;
  // The most that any number may be, so that no sum of them overflows.
  static constexpr std::int64_t kMostSteps = 1'000'000'000'000;

  ScheduleKind kind = ScheduleKind::throughout;
  // Steps before a window in which the GPU's recording is on already: what it does at first is
  // slower, and enabling it takes a moment.
  std::int64_t warmup = 1;
  std::int64_t active = 1;  // steps in a window of `every` and `cycle`
  std::int64_t repeat = 0;  // windows of `every` and `cycle`; 0: for ever
  std::int64_t every = 0;
  std::int64_t wait = 0;        // cycle
  std::int64_t skip_first = 0;  // cycle
  std::int64_t delay_ns = 0;
  std::int64_t duration_ns = 0;  // 0: to the end
  std::size_t span_count = 0;
  StepSpan spans[kMaxSpans] = {};
  char range[kMaxRangeBytes] = {};

  bool follows_steps() const {
    return kind == ScheduleKind::steps || kind == ScheduleKind::every ||
           kind == ScheduleKind::cycle;
  }
  // What is to hold during a step, by its number, or by how many came before it.
  WindowState during_step(std::int64_t number, std::int64_t steps_before) const;
  // Whether none of its windows is to come from this step on: never of those that have no last one.
  bool is_over_at(std::int64_t number, std::int64_t steps_before) const;
  // What is to hold before the first step.
  WindowState at_start() const;
};

// Texts such as "steps=10-14,20;warmup=2", "every=100;active=2;repeat=3",
// "wait=5;warmup=1;active=3;repeat=2;skip_first=10", "delay=2.5;duration=10" (seconds),
// "range=NAME" (NAME to the end of the text), "profiler", "on-demand". Empty: throughout.
// nullptr, or what is wrong, to be put behind "TBPROF_SCHEDULE "; the schedule is throughout then.
const char* parse_schedule(std::string_view text, Schedule& schedule);

// The text of a schedule, cut to the room there is.
void format_schedule(const Schedule& schedule, char* text, std::size_t text_bytes);

}  // namespace tbprof::collector
