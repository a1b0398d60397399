// What the flags of `tbprof run` make of a schedule.
#include "cli/run_schedule.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

namespace tbprof::cli {
namespace {

proto::Result<std::string> text_of(std::vector<std::string> arguments) {
  CLI::App parser;
  ScheduleFlags flags;
  add_schedule_flags(parser, flags);
  std::reverse(arguments.begin(), arguments.end());
  parser.parse(arguments);
  return schedule_text(flags);
}

TEST(RunSchedule, EachFlagIsASchedule) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{}, ""},
      {{"--steps", "10-14,20"}, "steps=10-14,20"},
      {{"--steps", "3", "--warmup", "2"}, "warmup=2;steps=3"},
      {{"--every", "100", "--active", "2", "--repeat", "3"}, "active=2;repeat=3;every=100"},
      {{"--delay", "2.5", "--duration", "10"}, "delay=2.5;duration=10"},
      {{"--delay", "2"}, "delay=2"},
      {{"--duration", "1"}, "duration=1"},
      {{"--range", "a;b=c"}, "range=a;b=c"},
      {{"--profiler-api"}, "profiler"},
      {{"--on-demand"}, "on-demand"},
      {{"--schedule", "wait=1;active=2"}, "wait=1;active=2"},
  };
  for (const auto& [arguments, expected] : cases) {
    const auto text = text_of(arguments);
    ASSERT_TRUE(text.ok()) << text.error().message;
    EXPECT_EQ(text.value(), expected);
  }
}

TEST(RunSchedule, ContradictionsAreOneSentence) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"--steps", "1", "--every", "2"}, "--steps and --every both"},
      {{"--on-demand", "--range", "x"}, "--range and --on-demand both"},
      {{"--active", "2"}, "need --every"},
      {{"--delay", "1", "--active", "2"}, "do not go with --delay"},
      {{"--steps", "3", "--active", "2"}, "do not go with --steps"},
      {{"--steps", "3", "--repeat", "2"}, "do not go with --steps"},
      {{"--steps", "5-3"}, "--steps takes steps"},
      {{"--every", "0"}, "--every takes a whole number"},
      {{"--duration", "soon"}, "--duration takes seconds"},
      {{"--schedule", "what"}, "--schedule knows"},
  };
  for (const auto& [arguments, expected] : cases) {
    const auto text = text_of(arguments);
    ASSERT_FALSE(text.ok()) << expected;
    EXPECT_NE(text.error().message.find(expected), std::string::npos) << text.error().message;
  }
}

}  // namespace
}  // namespace tbprof::cli
