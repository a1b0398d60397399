#include "analyzer/mapping_guard.h"

#include <sys/mman.h>
#include <unistd.h>
#include <csignal>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

namespace tbprof::analyzer {
namespace {

// A fixed table of atomics, because a signal handler can take no lock.
struct GuardedRange {
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};
};
std::array<GuardedRange, 1024> guarded_ranges;
struct sigaction previous_action;

bool is_guarded(std::uintptr_t address) {
  for (const GuardedRange& range : guarded_ranges) {
    const std::uintptr_t begin = range.begin.load(std::memory_order_acquire);
    if (begin != 0 && address >= begin && address < range.end.load(std::memory_order_relaxed)) {
      return true;
    }
  }
  return false;
}

void on_bus_error(int signal, siginfo_t* info, void* context) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  const auto page_bytes = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  if (info->si_code == BUS_ADRERR && is_guarded(address)) {
    void* page = reinterpret_cast<void*>(address & ~(page_bytes - 1));
    if (mmap(page, page_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page) {
      return;
    }
  }
  if ((previous_action.sa_flags & SA_SIGINFO) != 0 && previous_action.sa_sigaction != nullptr) {
    previous_action.sa_sigaction(signal, info, context);
  } else if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN) {
    previous_action.sa_handler(signal);
  } else {
    // The instruction runs again and then ends the process as it would have without us.
    struct sigaction standard = {};
    standard.sa_handler = SIG_DFL;
    sigaction(SIGBUS, &standard, nullptr);
  }
}

void install_handler() {
  struct sigaction action = {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &previous_action);
}

std::mutex table_mutex;

}  // namespace

bool guard_mapping(void* address, std::size_t size_bytes) {
  static std::once_flag installed;
  std::call_once(installed, install_handler);
  const std::lock_guard lock(table_mutex);
  for (GuardedRange& range : guarded_ranges) {
    if (range.begin.load(std::memory_order_relaxed) != 0) continue;
    const auto begin = reinterpret_cast<std::uintptr_t>(address);
    range.end.store(begin + size_bytes, std::memory_order_relaxed);
    range.begin.store(begin, std::memory_order_release);
    return true;
  }
  return false;
}

void unguard_mapping(void* address) {
  const std::lock_guard lock(table_mutex);
  for (GuardedRange& range : guarded_ranges) {
    if (range.begin.load(std::memory_order_relaxed) == reinterpret_cast<std::uintptr_t>(address)) {
      range.begin.store(0, std::memory_order_release);
      return;
    }
  }
}

}  // namespace tbprof::analyzer
