// The flags of `tbprof run` that choose when it records, and the schedule they make. Values. One
// thread at a time.
#pragma once

#include <string>

#include "proto/result.h"

namespace CLI {
class App;
}

namespace tbprof::cli {

struct ScheduleFlags {
  std::string steps;  // "10-14,100"
  std::string every;
  std::string active;
  std::string repeat;
  std::string warmup;
  std::string delay;  // seconds
  std::string duration;
  std::string range;
  std::string schedule;  // as TBPROF_SCHEDULE takes it
  bool profiler_api = false;
  bool on_demand = false;
};

void add_schedule_flags(CLI::App& parser, ScheduleFlags& flags);

// The value of TBPROF_SCHEDULE; empty if no flag was given.
proto::Result<std::string> schedule_text(const ScheduleFlags& flags);

}  // namespace tbprof::cli
