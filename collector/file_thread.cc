#include "collector/file_thread.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

#include "collector/futex.h"
#include "collector/own_thread.h"

namespace tbprof::collector {

namespace {

enum class State : std::uint32_t {
  absent,
  starting,
  serving,
  refused,  // the kernel gives it no table of its own
};

constexpr std::int64_t kLongNs = 3600'000'000'000;

// Static: a forked child begins anew with them.
constinit std::atomic<std::uint32_t> g_state{0};  // a State; futex
constinit std::atomic<std::uint32_t> g_asked{0};  // futex: counts work
constinit std::atomic<std::uint32_t> g_done{0};   // futex: the last work that was done
constinit FileWork g_work = nullptr;              // none: the thread ends
constinit void* g_argument = nullptr;

State state() { return static_cast<State>(g_state.load(std::memory_order_acquire)); }

void set_state(State state) {
  g_state.store(static_cast<std::uint32_t>(state), std::memory_order_release);
  futex_wake(g_state);
}

// The writer thread is alive and shares the old table, or this would close the program's files.
bool leave_table_of_program() {
  if (syscall(SYS_close_range, 0u, ~0u, CLOSE_RANGE_UNSHARE) != 0) return false;
  // What is meant for a standard stream must not land in a trace: these refuse to be written to.
  // Past ThreadSanitizer's open(), which knows one table a process and would take them for the
  // program's.
  for (int stream = 0; stream <= STDERR_FILENO; ++stream) {
    if (syscall(SYS_openat, AT_FDCWD, "/", O_PATH | O_CLOEXEC) < 0) break;
  }
  return true;
}

void* file_main(void*) {
  enter_own_thread("tbprof-files");
  if (!leave_table_of_program()) {
    set_state(State::refused);
    return nullptr;
  }
  std::uint32_t done = g_done.load();
  set_state(State::serving);
  while (true) {
    while (g_asked.load(std::memory_order_acquire) == done) futex_wait(g_asked, done, kLongNs);
    const bool is_last = g_work == nullptr;
    if (!is_last) g_work(g_argument);
    g_done.store(++done, std::memory_order_release);
    futex_wake(g_done);
    if (is_last) return nullptr;
  }
}

// Hands it over and waits.
void ask(FileWork work, void* argument) {
  g_work = work;
  g_argument = argument;
  const std::uint32_t asked = g_asked.fetch_add(1, std::memory_order_acq_rel) + 1;
  futex_wake(g_asked);
  while (true) {
    const std::uint32_t done = g_done.load(std::memory_order_acquire);
    if (done == asked) return;
    futex_wait(g_done, done, kLongNs);
  }
}

}  // namespace

int start_file_thread() {
  g_state.store(static_cast<std::uint32_t>(State::starting));
  const std::uint32_t starting = static_cast<std::uint32_t>(State::starting);
  if (const int error = create_own_thread(file_main, nullptr); error != 0) {
    set_state(State::refused);
    return error;
  }
  while (g_state.load(std::memory_order_acquire) == starting) {
    futex_wait(g_state, starting, kLongNs);
  }
  return state() == State::serving ? 0 : ENOSYS;
}

void stop_file_thread() {
  if (state() == State::serving) ask(nullptr, nullptr);
  set_state(State::absent);
}

void run_on_file_thread(FileWork work, void* argument) {
  if (state() == State::serving) {
    ask(work, argument);
  } else {
    work(argument);
  }
}

bool has_own_descriptors() { return state() == State::serving; }

void forget_file_thread() {
  g_state.store(static_cast<std::uint32_t>(State::absent), std::memory_order_relaxed);
  g_done.store(g_asked.load(std::memory_order_relaxed), std::memory_order_relaxed);
}

}  // namespace tbprof::collector
