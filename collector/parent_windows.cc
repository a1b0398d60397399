#include "collector/parent_windows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>

#include "collector/futex.h"
#include "collector/own_thread.h"
#include "collector/process_stat.h"
#include "collector/window.h"

namespace tbprof::collector {

namespace {

// How soon it is seen that a page is there at last, and that its process was killed.
constexpr std::int64_t kLookPeriodNs = 200'000'000;
// Where none came in the first seconds.
constexpr int kQuickLooks = 25;
constexpr std::int64_t kLateLookPeriodNs = 2'000'000'000;
constexpr int kMostGenerations = 16;
constexpr std::size_t kPathBytes = 160;

struct Follower {
  std::uint32_t stops_before = 0;
  std::uint64_t namespace_inode = 0;
  char folder[64] = {};
};

constinit std::atomic<std::uint32_t> g_stops{0};  // futex

proto::WindowCause cause_of_schedule() {
  switch (current_schedule().kind) {
    case ScheduleKind::every:
    case ScheduleKind::cycle:
      return proto::WindowCause::schedule;
    case ScheduleKind::range:
      return proto::WindowCause::range;
    case ScheduleKind::profiler:
      return proto::WindowCause::profiler;
    case ScheduleKind::on_demand:
      return proto::WindowCause::capture;
    default:
      return proto::WindowCause::steps;
  }
}

// The page of a living process, mapped; null: it shows none.
const WindowPage* map_page(const Follower& follower, pid_t pid, const ProcessStat& stat) {
  char name[64];
  char path[kPathBytes];
  format_window_file(name, sizeof name, pid, follower.namespace_inode, kWindowPageSuffix);
  snprintf(path, sizeof path, "%s/%s", follower.folder, name);
  const int file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) return nullptr;
  struct stat status {};
  const bool is_whole = fstat(file, &status) == 0 && status.st_uid == geteuid() &&
                        status.st_size >= static_cast<off_t>(sizeof(WindowPage));
  void* mapping =
      is_whole ? mmap(nullptr, sizeof(WindowPage), PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
  close(file);
  if (mapping == MAP_FAILED) return nullptr;
  const auto* page = static_cast<const WindowPage*>(mapping);
  if (memcmp(page->magic, kWindowPageMagic, sizeof kWindowPageMagic) == 0 &&
      page->version == kWindowPageVersion && page->start_time_ticks == stat.start_time_ticks) {
    return page;
  }
  munmap(mapping, sizeof(WindowPage));
  return nullptr;
}

void unmap_page(const WindowPage* page) {
  munmap(const_cast<void*>(static_cast<const void*>(page)), sizeof(WindowPage));
}

WindowState state_of(const WindowPage& page) {
  return static_cast<WindowState>(page.state.load(std::memory_order_acquire));
}

// Of the nearest process above this one that shows windows; null: none does.
const WindowPage* find_page(const Follower& follower, pid_t& pid) {
  pid = getppid();
  for (int above = 0; above < kMostGenerations && pid > 1; ++above) {
    const ProcessStat stat = read_process_stat(pid);
    if (stat.start_time_ticks == 0) return nullptr;
    if (const WindowPage* page = map_page(follower, pid, stat)) {
      if (page->is_recorded_throughout == 0 && state_of(*page) != WindowState::ended) return page;
      unmap_page(page);
      return nullptr;
    }
    pid = stat.parent;
  }
  return nullptr;
}

bool goes_on(const Follower& follower) {
  return g_stops.load(std::memory_order_acquire) == follower.stops_before && !has_own_steps();
}

// Until the page's process ends, or this one has steps of its own or ends.
void follow(const Follower& follower, const WindowPage& page, pid_t pid) {
  const std::uint64_t start_time_ticks = page.start_time_ticks;
  const proto::WindowCause cause = cause_of_schedule();
  bool is_open = false;
  while (goes_on(follower)) {
    const std::uint32_t seen = page.state.load(std::memory_order_acquire);
    const bool is_wanted = seen == static_cast<std::uint32_t>(WindowState::open);
    if (is_wanted && !is_open) is_open = open_window(cause);
    if (!is_wanted && is_open) {
      close_window(cause);
      is_open = false;
    }
    if (seen == static_cast<std::uint32_t>(WindowState::ended)) break;
    futex_wait_shared(page.state, seen, kLookPeriodNs);
    if (page.state.load() == seen && read_process_stat(pid).start_time_ticks != start_time_ticks) {
      break;
    }
  }
  if (is_open) close_window(cause);
}

void* follower_main(void* argument) {
  enter_own_thread("tbprof-follow");
  auto* follower = static_cast<Follower*>(argument);
  for (int looks = 0; goes_on(*follower); ++looks) {
    pid_t pid = 0;
    if (const WindowPage* page = find_page(*follower, pid)) {
      follow(*follower, *page, pid);
      unmap_page(page);
    } else {
      futex_wait(g_stops, follower->stops_before,
                 looks < kQuickLooks ? kLookPeriodNs : kLateLookPeriodNs);
    }
  }
  free(follower);
  return nullptr;
}

}  // namespace

int follow_parents_windows(const WindowFiles& files) {
  const ScheduleKind kind = current_schedule().kind;
  if (kind == ScheduleKind::throughout || kind == ScheduleKind::time) return 0;
  auto* follower = static_cast<Follower*>(calloc(1, sizeof(Follower)));
  if (follower == nullptr) return ENOMEM;
  follower->stops_before = g_stops.load();
  follower->namespace_inode = files.namespace_inode();
  const std::string& folder = files.folder();
  if (folder.empty() || folder.size() >= sizeof follower->folder) {
    free(follower);
    return ENOENT;
  }
  memcpy(follower->folder, folder.c_str(), folder.size() + 1);
  const int error = create_own_thread(follower_main, follower);
  if (error != 0) free(follower);
  return error;
}

void stop_following() {
  g_stops.fetch_add(1, std::memory_order_release);
  futex_wake(g_stops);
}

}  // namespace tbprof::collector
