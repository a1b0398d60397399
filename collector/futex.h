// Waiting for a word of memory to change, by the kernel's futex. Words, unlike mutexes, hold no
// state that a fork could leave locked. Any thread.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstdint>

namespace tbprof::collector {

// Until the word is no longer `seen`, it is woken, a signal comes or the time is over.
inline void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t seen,
                       std::int64_t timeout_ns) {
  if (timeout_ns <= 0) return;
  const timespec timeout{timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, seen, &timeout, nullptr, 0);
}

// The same for words in memory that processes share.
inline void futex_wait_shared(const std::atomic<std::uint32_t>& word, std::uint32_t seen,
                              std::int64_t timeout_ns) {
  if (timeout_ns <= 0) return;
  const timespec timeout{timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
  syscall(SYS_futex, &word, FUTEX_WAIT, seen, &timeout, nullptr, 0);
}

inline void futex_wake_shared(const std::atomic<std::uint32_t>& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

inline void futex_wake(const std::atomic<std::uint32_t>& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace tbprof::collector
