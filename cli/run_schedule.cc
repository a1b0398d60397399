#include "cli/run_schedule.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <vector>

#include "collector/schedule.h"

namespace tbprof::cli {
namespace {

using proto::ErrorCode;

struct Given {
  const char* flag;
  std::string word;  // of the schedule
};

// The flags that decide when, of which one may be given (or --delay with --duration).
std::vector<Given> deciding_flags(const ScheduleFlags& flags) {
  std::vector<Given> given;
  if (!flags.steps.empty()) given.push_back({"--steps", "steps=" + flags.steps});
  if (!flags.every.empty()) given.push_back({"--every", "every=" + flags.every});
  if (!flags.delay.empty() && !flags.duration.empty()) {
    given.push_back({"--delay", "delay=" + flags.delay + ";duration=" + flags.duration});
  } else if (!flags.delay.empty()) {
    given.push_back({"--delay", "delay=" + flags.delay});
  } else if (!flags.duration.empty()) {
    given.push_back({"--duration", "duration=" + flags.duration});
  }
  if (!flags.range.empty()) given.push_back({"--range", "range=" + flags.range});
  if (flags.profiler_api) given.push_back({"--profiler-api", "profiler"});
  if (flags.on_demand) given.push_back({"--on-demand", "on-demand"});
  if (!flags.schedule.empty()) given.push_back({"--schedule", flags.schedule});
  return given;
}

std::string counts_of(const ScheduleFlags& flags) {
  std::string words;
  if (!flags.active.empty()) words += "active=" + flags.active + ";";
  if (!flags.repeat.empty()) words += "repeat=" + flags.repeat + ";";
  if (!flags.warmup.empty()) words += "warmup=" + flags.warmup + ";";
  return words;
}

}  // namespace

void add_schedule_flags(CLI::App& parser, ScheduleFlags& flags) {
  const char* group = "When to record (all the time, unless one of these is given)";
  const auto option = [&](const char* name, std::string& value, const char* type,
                          const char* text) {
    parser.add_option(name, value, text)->type_name(type)->group(group);
  };
  option("--steps", flags.steps, "LIST", "These steps only, such as 10-14 or 10-14,100");
  option("--every", flags.every, "N", "Step N, 2N, 3N …");
  option("--active", flags.active, "M", "with --every: so many steps each time (default 1)");
  option("--repeat", flags.repeat, "R", "with --every: so many times (default: to the end)");
  option("--warmup", flags.warmup, "W",
         "with --steps, --every: the GPU's recording is on so many steps before (default 1)");
  option("--delay", flags.delay, "S", "From S seconds after the start on");
  option("--duration", flags.duration, "S", "For S seconds, from the start or after the delay");
  option("--range", flags.range, "NAME", "While a range (also of NVTX) of this name is open");
  parser
      .add_flag("--profiler-api", flags.profiler_api,
                "Between cudaProfilerStart and cudaProfilerStop")
      ->group(group);
  parser
      .add_flag("--on-demand", flags.on_demand,
                "When `tbprof capture`, or the program by tbprof_window_begin, asks for it")
      ->group(group);
  option("--schedule", flags.schedule, "TEXT",
         "As TBPROF_SCHEDULE, such as 'wait=5;warmup=1;active=3;repeat=2;skip_first=10'");
}

proto::Result<std::string> schedule_text(const ScheduleFlags& flags) {
  const std::vector<Given> given = deciding_flags(flags);
  const std::string counts = counts_of(flags);
  if (given.size() > 1) {
    return {ErrorCode::invalid_argument,
            fmt::format("{} and {} both say when to record; give one of them", given[0].flag,
                        given[1].flag)};
  }
  if (given.empty()) {
    if (counts.empty()) return std::string();
    return {ErrorCode::invalid_argument,
            "--active, --repeat and --warmup need --every, --steps or --schedule beside them"};
  }
  const bool is_counted = given[0].word.starts_with("every=") ||
                          given[0].word.starts_with("steps=") || !flags.schedule.empty();
  if (!is_counted && !counts.empty()) {
    return {ErrorCode::invalid_argument,
            fmt::format("--active, --repeat and --warmup do not go with {}", given[0].flag)};
  }
  const bool has_turns = !flags.active.empty() || !flags.repeat.empty();
  if (!flags.steps.empty() && has_turns) {
    return {ErrorCode::invalid_argument,
            "--active and --repeat do not go with --steps, which names all steps itself"};
  }
  const std::string text = counts + given[0].word;
  collector::Schedule schedule;
  if (const char* problem = collector::parse_schedule(text, schedule)) {
    return {ErrorCode::invalid_argument, fmt::format("{} {}", given[0].flag, problem)};
  }
  return text;
}

}  // namespace tbprof::cli
