// Threads that come, go, are cancelled, and outlive the one that started them.
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

#include "tbprof.hpp"
#include "tests/e2e/transparency/modes.h"

namespace tbprof::tests {
namespace {

int sum_on_threads() {
  std::atomic<int> sum{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 32; ++i) {
    threads.emplace_back([&sum, i] {
      tbprof::Range range("thread");
      sum += i;
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("%d\n", sum.load());
  return 0;
}

int short_threads() {
  int done = 0;
  for (int i = 0; i < 300; ++i) {
    std::thread([&] {
      tbprof::Range range("short");
      ++done;
    }).join();
  }
  std::printf("%d\n", done);
  return 0;
}

int detached_threads_at_the_end() {
  for (int i = 0; i < 8; ++i) {
    std::thread([] {
      while (true) {
        tbprof::Range range("for ever");
        sleep_ms(1);
      }
    }).detach();
  }
  sleep_ms(10);
  return 13;
}

// The process goes on until its last thread ends; only threads of the program's own count.
int main_thread_ends_first() {
  std::thread([] {
    sleep_ms(20);
    say("last thread");
  }).detach();
  pthread_exit(nullptr);
}

int cancelled_thread() {
  pthread_t thread;
  pthread_create(
      &thread, nullptr,
      [](void*) -> void* {
        tbprof::Range range("cancelled");
        while (true) sleep_ms(1000);
      },
      nullptr);
  sleep_ms(5);
  pthread_cancel(thread);
  void* result = nullptr;
  pthread_join(thread, &result);
  std::printf("%d\n", result == PTHREAD_CANCELED ? 1 : 0);
  return 0;
}

int thread_with_a_small_stack() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 << 10);
  pthread_t thread;
  const int error = pthread_create(
      &thread, &attributes,
      [](void*) -> void* {
        tbprof::Range range("small");
        return nullptr;
      },
      nullptr);
  if (error == 0) pthread_join(thread, nullptr);
  std::printf("%d\n", error);
  return 0;
}

struct Farewell {
  ~Farewell() { say("thread-local destructor"); }
};

int thread_local_destructors() {
  std::thread([] {
    thread_local Farewell farewell;
    static_cast<void>(farewell);
    tbprof::Range range("with a destructor");
  }).join();
  return 0;
}

int keys_of_threads() {
  pthread_key_t key;
  pthread_key_create(&key, [](void* value) {
    tbprof::Range range("in a destructor");
    std::printf("destroyed %s\n", static_cast<char*>(value));
  });
  static char text[] = "value";
  std::thread([&] { pthread_setspecific(key, text); }).join();
  return 0;
}

int crash_on_a_thread() {
  std::thread([] { raise(SIGSEGV); }).join();
  return 98;
}

int lock_at_the_end() {
  static std::mutex mutex;
  mutex.lock();
  std::thread([] { const std::lock_guard<std::mutex> lock(mutex); }).detach();
  sleep_ms(2);
  return 0;
}

int name_and_place() {
  prctl(PR_SET_NAME, "renamed");
  char name[16] = {};
  prctl(PR_GET_NAME, name);
  cpu_set_t all;
  sched_getaffinity(0, sizeof all, &all);
  cpu_set_t first;
  CPU_ZERO(&first);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &all) == 0) continue;
    CPU_SET(cpu, &first);
    break;
  }
  std::printf("%s %d\n", name, sched_setaffinity(0, sizeof first, &first));
  return 0;
}

constexpr Mode kModes[] = {
    {"sum_on_threads", sum_on_threads},
    {"short_threads", short_threads},
    {"detached_threads_at_the_end", detached_threads_at_the_end},
    {"main_thread_ends_first", main_thread_ends_first},
    {"cancelled_thread", cancelled_thread},
    {"thread_with_a_small_stack", thread_with_a_small_stack},
    {"thread_local_destructors", thread_local_destructors},
    {"keys_of_threads", keys_of_threads},
    {"crash_on_a_thread", crash_on_a_thread},
    {"lock_at_the_end", lock_at_the_end},
    {"name_and_place", name_and_place},
};

}  // namespace

std::span<const Mode> thread_modes() { return kModes; }

}  // namespace tbprof::tests
