// What the kernel says of one thread: state, CPU time, time it waited for a CPU, and the system
// call in which it waits. Functions that take the texts of /proc, and names of system calls. Any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/sample_records.h"

namespace tbprof::sampler {

// Of /proc/PID/task/TID/schedstat.
struct ThreadClock {
  std::uint64_t cpu_ns = 0;
  std::uint64_t delay_ns = 0;  // ready, but on no CPU
  std::uint64_t turns = 0;     // times that it was put on a CPU
  bool operator==(const ThreadClock&) const = default;
};
std::optional<ThreadClock> parse_schedstat(std::string_view text);

// Of /proc/PID/stat or /proc/PID/task/TID/stat.
struct StatLine {
  std::string name;
  proto::ThreadState state = proto::ThreadState::unknown;
  bool is_dead = false;  // ended, or about to
  std::int64_t parent_pid = 0;
  std::uint64_t start_ticks = 0;    // since the machine started
  std::uint64_t stack_address = 0;  // of the program that it runs; another after exec
};
std::optional<StatLine> parse_stat(std::string_view text);

// The number at the beginning of /proc/PID/task/TID/syscall; -1 if it is in none.
std::int64_t parse_syscall(std::string_view text);
// "futex"; empty if this table does not know it.
std::string_view syscall_name(std::int64_t number);
// Whether a thread that waits in it can only be sleeping, so that a signal wakes it.
bool is_interruptible(std::int64_t number);

}  // namespace tbprof::sampler
