// Which steps a schedule records: what its text says, decided step by step.
#include "collector/schedule.h"

#include <gtest/gtest.h>

#include <string>

namespace tbprof::collector {
namespace {

// A letter a step: . closed, w warm-up, R open. Steps are numbered from `first`.
std::string course(const char* text, int count, std::int64_t first = 0) {
  Schedule schedule;
  const char* problem = parse_schedule(text, schedule);
  if (problem != nullptr) return problem;
  std::string letters;
  for (int i = 0; i < count; ++i) {
    switch (schedule.during_step(first + i, i)) {
      case WindowState::open:
        letters += 'R';
        break;
      case WindowState::warm_up:
        letters += 'w';
        break;
      default:
        letters += '.';
    }
  }
  return letters;
}

TEST(Schedule, StepsByNumber) {
  EXPECT_EQ(course("steps=3-5", 10), "..wRRR....");
  EXPECT_EQ(course("steps=3-5,8", 10), "..wRRR.wR.");
  EXPECT_EQ(course("steps=3-5;warmup=2", 10), ".wwRRR....");
  EXPECT_EQ(course("steps=3;warmup=0", 6), "...R..");
  EXPECT_EQ(course("steps=0-1", 4), "RR..");
}

TEST(Schedule, EveryMultiple) {
  EXPECT_EQ(course("every=4", 12), "...wR..wR..w");
  EXPECT_EQ(course("every=5;active=2;repeat=1", 13), "....wRR......");
  EXPECT_EQ(course("every=5;active=2;repeat=2;warmup=2", 13), "...wwRR.wwRR.");
  // A job that goes on from a checkpoint.
  EXPECT_EQ(course("every=100;active=1", 4, 998), ".wR.");
}

TEST(Schedule, LikeTorchProfiler) {
  EXPECT_EQ(course("wait=2;warmup=1;active=3;repeat=2", 16), "..wRRR..wRRR....");
  EXPECT_EQ(course("wait=1;warmup=1;active=1;repeat=0;skip_first=3", 10), "....wR.wR.");
  EXPECT_EQ(course("warmup=0;active=2", 3), "RRR");
  // By the order of steps, whatever their numbers.
  EXPECT_EQ(course("wait=1;warmup=0;active=1", 4, 500), ".R.R");
}

// The first step from which none of the windows is to come, as number and as count; -1: none is.
int over_at(const char* text) {
  Schedule schedule;
  EXPECT_EQ(parse_schedule(text, schedule), nullptr) << text;
  for (int i = 0; i < 100; ++i) {
    if (schedule.is_over_at(i, i)) return i;
  }
  return -1;
}

TEST(Schedule, IsOverAfterItsLastWindow) {
  EXPECT_EQ(over_at("steps=3-5"), 6);
  EXPECT_EQ(over_at("steps=8,3-5"), 9);
  EXPECT_EQ(over_at("every=5;active=2;repeat=2"), 12);
  EXPECT_EQ(over_at("every=5;active=2"), -1);
  EXPECT_EQ(over_at("wait=2;warmup=1;active=3;repeat=2;skip_first=1"), 13);
  EXPECT_EQ(over_at("wait=2;active=3"), -1);
  for (const char* text : {"", "on-demand", "profiler", "range=epoch", "delay=1;duration=2"}) {
    EXPECT_EQ(over_at(text), -1) << text;
  }
}

TEST(Schedule, BeforeTheFirstStep) {
  const auto start = [](const char* text) {
    Schedule schedule;
    EXPECT_EQ(parse_schedule(text, schedule), nullptr) << text;
    return schedule.at_start();
  };
  EXPECT_EQ(start(""), WindowState::open);
  EXPECT_EQ(start("steps=0-3"), WindowState::warm_up);
  EXPECT_EQ(start("steps=1-3"), WindowState::warm_up);
  EXPECT_EQ(start("steps=10-14"), WindowState::closed);
  EXPECT_EQ(start("wait=0;warmup=1;active=1"), WindowState::warm_up);
  EXPECT_EQ(start("wait=1;warmup=1;active=1"), WindowState::closed);
  EXPECT_EQ(start("duration=2"), WindowState::open);
  EXPECT_EQ(start("delay=1;duration=2"), WindowState::closed);
  EXPECT_EQ(start("on-demand"), WindowState::closed);
}

TEST(Schedule, TextsOfAllKinds) {
  Schedule schedule;
  ASSERT_EQ(parse_schedule("delay=2.5;duration=0.000000001", schedule), nullptr);
  EXPECT_EQ(schedule.delay_ns, 2'500'000'000);
  EXPECT_EQ(schedule.duration_ns, 1);
  ASSERT_EQ(parse_schedule("range=forward; pass=2", schedule), nullptr);
  EXPECT_STREQ(schedule.range, "forward; pass=2");
  for (const char* text :
       {"steps=1-3,7;warmup=2", "every=10;warmup=1;active=2;repeat=3",
        "wait=1;warmup=0;active=3;repeat=0;skip_first=4", "delay=0.500000000;duration=10.000000000",
        "range=x y", "profiler", "on-demand"}) {
    ASSERT_EQ(parse_schedule(text, schedule), nullptr) << text;
    char again[128];
    format_schedule(schedule, again, sizeof again);
    EXPECT_STREQ(again, text);
  }
}

TEST(Schedule, WhatItCannotTakeIsSaidAndNothingIsScheduled) {
  for (const char* text : {"steps=",
                           "steps=5-3",
                           "steps=-1",
                           "steps=1,,2",
                           "steps=1-",
                           "steps=a",
                           "steps=1;every=2",
                           "every=0",
                           "every=x",
                           "active=0",
                           "delay=",
                           "delay=.",
                           "delay=1.",
                           "delay=1e3",
                           "delay=99999999999",
                           "profiler=1",
                           "what=1",
                           "steps=99999999999999999999",
                           "profiler;on-demand",
                           "range=",
                           ";"}) {
    Schedule schedule;
    EXPECT_NE(parse_schedule(text, schedule), nullptr) << text;
    EXPECT_EQ(schedule.kind, ScheduleKind::throughout) << text;
  }
  std::string many = "steps=0";
  for (int i = 1; i < 64; ++i) many += "," + std::to_string(2 * i);
  Schedule schedule;
  EXPECT_EQ(parse_schedule(many, schedule), nullptr);
  EXPECT_NE(parse_schedule(many + ",1000", schedule), nullptr);
  EXPECT_NE(parse_schedule("range=" + std::string(256, 'x'), schedule), nullptr);
  EXPECT_EQ(parse_schedule("range=" + std::string(255, 'x'), schedule), nullptr);
}

TEST(Schedule, AFormattedTextIsCutToItsRoom) {
  Schedule schedule;
  ASSERT_EQ(parse_schedule("steps=1000-2000,3000-4000", schedule), nullptr);
  char text[12];
  format_schedule(schedule, text, sizeof text);
  EXPECT_STREQ(text, "steps=1000-");
}

}  // namespace
}  // namespace tbprof::collector
