#include "sampler/thread_clock.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

namespace tbprof::tests::sampler {
namespace {

using namespace tbprof::sampler;

TEST(ThreadClock, ReadsSchedstat) {
  const auto clock = parse_schedstat("1234567890 42 17\n");
  ASSERT_TRUE(clock.has_value());
  EXPECT_EQ(clock->cpu_ns, 1234567890u);
  EXPECT_EQ(clock->delay_ns, 42u);
  EXPECT_EQ(clock->turns, 17u);
}

TEST(ThreadClock, RefusesWhatIsNotThreeNumbers) {
  for (const char* text : {"", "1", "1 2", "1 2 x", "-1 2 3", "99999999999999999999 1 1"}) {
    EXPECT_FALSE(parse_schedstat(text).has_value()) << text;
  }
}

TEST(ThreadClock, ReadsStatWhateverTheNameHolds) {
  const auto line = parse_stat(
      "4711 (a) (b c) ) D 12 4711 4711 0 -1 4194304 133 0 1 0 0 0 0 0 20 0 1 0 2616433 2990080 415 "
      "18446744073709551615 93993201709056 93993201726985 140725575930240 0 0 0 0 6 0 1 0 0 17 0 0 "
      "0 0 0 0 0 0 0 0 0 0 0\n");
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->name, "a) (b c) ");
  EXPECT_EQ(line->state, proto::ThreadState::blocked);
  EXPECT_EQ(line->parent_pid, 12);
  EXPECT_EQ(line->start_ticks, 2616433u);
  EXPECT_EQ(line->stack_address, 140725575930240u);
  EXPECT_FALSE(line->is_dead);
}

TEST(ThreadClock, TellsTheStates) {
  const auto state = [](const std::string& letter) {
    return parse_stat("1 (x) " + letter + " 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22")
        ->state;
  };
  EXPECT_EQ(state("R"), proto::ThreadState::running);
  EXPECT_EQ(state("S"), proto::ThreadState::sleeping);
  EXPECT_EQ(state("T"), proto::ThreadState::stopped);
  EXPECT_EQ(state("?"), proto::ThreadState::unknown);
  EXPECT_TRUE(
      parse_stat("1 (x) Z 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22")->is_dead);
}

TEST(ThreadClock, RefusesABrokenStat) {
  for (const char* text : {"", "1", "1 (x", "1 x) S 2", ")(", "1 (x) S", "1 (x) S y"}) {
    EXPECT_FALSE(parse_stat(text).has_value()) << text;
  }
}

TEST(ThreadClock, NamesTheSystemCall) {
  EXPECT_EQ(parse_syscall(std::to_string(SYS_futex) + " 0x0 0x1 0x2\n"), SYS_futex);
  EXPECT_EQ(syscall_name(SYS_futex), "futex");
  EXPECT_EQ(syscall_name(SYS_read), "read");
  EXPECT_EQ(parse_syscall("running\n"), -1);
  EXPECT_EQ(parse_syscall("-1 0x0 0x0\n"), -1);
  EXPECT_TRUE(syscall_name(100000).empty());
  EXPECT_TRUE(is_interruptible(SYS_futex));
  EXPECT_FALSE(is_interruptible(SYS_read));  // of a pipe, or of a disk
  EXPECT_FALSE(is_interruptible(-1));
}

}  // namespace
}  // namespace tbprof::tests::sampler
