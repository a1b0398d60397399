#include "sampler/thread_clock.h"

#include <sys/syscall.h>
#include <algorithm>
#include <array>
#include <charconv>

namespace tbprof::sampler {
namespace {

// Takes words divided by spaces.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}

  std::string_view next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    const std::size_t end = std::min(rest_.find_first_of(" \n"), rest_.size());
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return word;
  }
  template <typename Number>
  bool number(Number& value) {
    const std::string_view word = next();
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    return error == std::errc() && end == word.data() + word.size() && !word.empty();
  }

 private:
  std::string_view rest_;
};

proto::ThreadState state_of(char letter) {
  switch (letter) {
    case 'R':
      return proto::ThreadState::running;
    case 'S':
    case 'I':
      return proto::ThreadState::sleeping;
    case 'D':
    case 'K':
      return proto::ThreadState::blocked;
    case 'T':
    case 't':
      return proto::ThreadState::stopped;
    default:
      return proto::ThreadState::unknown;
  }
}

struct SyscallName {
  long number;
  std::string_view name;
};

// Those in which a thread may wait. The numbers are those of the machine that this is built for.
constexpr SyscallName kSyscalls[] = {
    {SYS_read, "read"},
    {SYS_write, "write"},
    {SYS_readv, "readv"},
    {SYS_writev, "writev"},
    {SYS_pread64, "pread"},
    {SYS_pwrite64, "pwrite"},
    {SYS_preadv, "preadv"},
    {SYS_pwritev, "pwritev"},
    {SYS_ioctl, "ioctl"},
    {SYS_futex, "futex"},
    {SYS_ppoll, "ppoll"},
    {SYS_pselect6, "pselect"},
    {SYS_epoll_pwait, "epoll_pwait"},
    {SYS_nanosleep, "nanosleep"},
    {SYS_clock_nanosleep, "clock_nanosleep"},
    {SYS_wait4, "wait4"},
    {SYS_waitid, "waitid"},
    {SYS_accept, "accept"},
    {SYS_accept4, "accept"},
    {SYS_connect, "connect"},
    {SYS_sendto, "sendto"},
    {SYS_recvfrom, "recvfrom"},
    {SYS_sendmsg, "sendmsg"},
    {SYS_recvmsg, "recvmsg"},
    {SYS_recvmmsg, "recvmmsg"},
    {SYS_fsync, "fsync"},
    {SYS_fdatasync, "fdatasync"},
    {SYS_msync, "msync"},
    {SYS_openat, "openat"},
    {SYS_close, "close"},
    {SYS_mmap, "mmap"},
    {SYS_munmap, "munmap"},
    {SYS_madvise, "madvise"},
    {SYS_mprotect, "mprotect"},
    {SYS_rt_sigtimedwait, "sigtimedwait"},
    {SYS_rt_sigsuspend, "sigsuspend"},
    {SYS_sched_yield, "sched_yield"},
    {SYS_flock, "flock"},
    {SYS_fcntl, "fcntl"},
    {SYS_sendfile, "sendfile"},
    {SYS_splice, "splice"},
    {SYS_getdents64, "getdents"},
    {SYS_newfstatat, "fstatat"},
    {SYS_io_getevents, "io_getevents"},
    {SYS_msgrcv, "msgrcv"},
    {SYS_semtimedop, "semtimedop"},
    {SYS_io_uring_enter, "io_uring_enter"},
    {SYS_exit, "exit"},
    {SYS_exit_group, "exit_group"},
#ifdef SYS_poll
    {SYS_poll, "poll"},
#endif
#ifdef SYS_select
    {SYS_select, "select"},
#endif
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, "epoll_wait"},
#endif
#ifdef SYS_pause
    {SYS_pause, "pause"},
#endif
#ifdef SYS_open
    {SYS_open, "open"},
#endif
};

constexpr long kInterruptible[] = {
    SYS_futex,         SYS_ppoll,     SYS_pselect6,
    SYS_epoll_pwait,   SYS_nanosleep, SYS_clock_nanosleep,
    SYS_wait4,         SYS_waitid,    SYS_rt_sigtimedwait,
    SYS_rt_sigsuspend,
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef SYS_select
    SYS_select,
#endif
#ifdef SYS_epoll_wait
    SYS_epoll_wait,
#endif
#ifdef SYS_pause
    SYS_pause,
#endif
};

}  // namespace

std::optional<ThreadClock> parse_schedstat(std::string_view text) {
  Words words(text);
  ThreadClock clock;
  if (!words.number(clock.cpu_ns) || !words.number(clock.delay_ns) || !words.number(clock.turns)) {
    return std::nullopt;
  }
  return clock;
}

std::optional<StatLine> parse_stat(std::string_view text) {
  // The name stands in parentheses and may hold any of them.
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return std::nullopt;
  }
  StatLine line;
  line.name = text.substr(open + 1, close - open - 1);
  Words words(text.substr(close + 1));
  const std::string_view state = words.next();
  if (state.size() != 1 || !words.number(line.parent_pid)) return std::nullopt;
  line.state = state_of(state[0]);
  line.is_dead = state[0] == 'Z' || state[0] == 'X' || state[0] == 'x';
  for (int field = 5; field < 22; ++field) words.next();
  if (!words.number(line.start_ticks)) return std::nullopt;
  for (int field = 23; field < 28; ++field) words.next();
  words.number(line.stack_address);
  return line;
}

std::int64_t parse_syscall(std::string_view text) {
  std::int64_t number = -1;
  return Words(text).number(number) ? number : -1;
}

std::string_view syscall_name(std::int64_t number) {
  const auto found = std::find_if(std::begin(kSyscalls), std::end(kSyscalls),
                                  [&](const SyscallName& entry) { return entry.number == number; });
  return found == std::end(kSyscalls) ? std::string_view() : found->name;
}

bool is_interruptible(std::int64_t number) {
  return std::find(std::begin(kInterruptible), std::end(kInterruptible), number) !=
         std::end(kInterruptible);
}

}  // namespace tbprof::sampler
