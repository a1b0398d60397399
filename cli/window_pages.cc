#include "cli/window_pages.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <ctime>

#include "collector/window_page.h"
#include "sampler/proc_file.h"
#include "sampler/sampled_process.h"
#include "sampler/thread_clock.h"

namespace tbprof::cli {
namespace {

using collector::WindowPage;

constexpr std::int64_t kRetryNs = 100'000'000;
constexpr int kMostGenerations = 16;
constexpr std::size_t kStatBytes = 1024;

std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

std::string page_path(pid_t pid) {
  const std::string process = fmt::format("/proc/{}", pid);
  struct stat owner;
  struct stat name_space;
  if (stat(process.c_str(), &owner) != 0) return "";
  if (stat((process + "/ns/pid").c_str(), &name_space) != 0) return "";
  char file[96];
  collector::format_window_file(file, sizeof file, sampler::pid_in_its_namespace(pid),
                                name_space.st_ino, collector::kWindowPageSuffix);
  return fmt::format("{}/root{}{}/{}", process, collector::kWindowFolderPrefix, owner.st_uid, file);
}

// The page of a process that is gone may still lie there.
bool is_page_of(pid_t pid, int descriptor) {
  char bytes[sizeof(WindowPage)];
  if (pread(descriptor, bytes, sizeof bytes, 0) != sizeof bytes) return false;
  std::uint32_t version = 0;
  std::uint64_t start_ticks = 0;
  std::memcpy(&version, bytes + offsetof(WindowPage, version), sizeof version);
  std::memcpy(&start_ticks, bytes + offsetof(WindowPage, start_time_ticks), sizeof start_ticks);
  if (std::memcmp(bytes, collector::kWindowPageMagic, sizeof collector::kWindowPageMagic) != 0 ||
      version != collector::kWindowPageVersion) {
    return false;
  }
  const auto text = sampler::read_whole_file(fmt::format("/proc/{}/stat", pid), kStatBytes);
  const auto line = text ? sampler::parse_stat(*text) : std::nullopt;
  return line && line->start_ticks == start_ticks;
}

// 0 if the process is gone.
pid_t parent_of(pid_t pid) {
  const auto text = sampler::read_whole_file(fmt::format("/proc/{}/stat", pid), kStatBytes);
  const auto line = text ? sampler::parse_stat(*text) : std::nullopt;
  return line ? static_cast<pid_t>(line->parent_pid) : 0;
}

int open_page(pid_t pid) {
  const std::string path = page_path(pid);
  if (path.empty()) return -1;
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor >= 0 && is_page_of(pid, descriptor)) return descriptor;
  if (descriptor >= 0) close(descriptor);
  return -1;
}

}  // namespace

WindowPages::~WindowPages() {
  for (const auto& [pid, page] : pages_) {
    if (page.descriptor >= 0) close(page.descriptor);
  }
}

void WindowPages::forget_ended() {
  std::erase_if(pages_, [](const auto& item) {
    const auto& [pid, page] = item;
    if (page.descriptor < 0) return access(fmt::format("/proc/{}", pid).c_str(), F_OK) != 0;
    if (is_page_of(pid, page.descriptor)) return false;
    close(page.descriptor);
    return true;
  });
}

bool WindowPages::is_open(pid_t pid) { return is_open(pid, kMostGenerations); }

bool WindowPages::is_open(pid_t pid, int generations) {
  // Above this process are others' recordings.
  if (generations == 0 || pid <= 1 || pid == getpid()) return true;
  if (pages_.count(pid) == 0) forget_ended();
  Page& page = pages_[pid];
  if (page.descriptor < 0) {
    const std::int64_t time_ns = now_ns();
    if (time_ns >= page.next_try_ns) {
      page.descriptor = open_page(pid);
      page.parent = parent_of(pid);
      page.next_try_ns = time_ns + kRetryNs;
    }
    if (page.descriptor < 0) return is_open(page.parent, generations - 1);
  }
  std::uint32_t state = 0;
  if (pread(page.descriptor, &state, sizeof state, offsetof(WindowPage, state)) != sizeof state) {
    return true;
  }
  return state == static_cast<std::uint32_t>(collector::WindowState::open);
}

}  // namespace tbprof::cli
