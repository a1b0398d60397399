#include "sampler/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "sampler/proc_file.h"
#include "sampler/thread_clock.h"

namespace tbprof::sampler {
namespace {

constexpr std::size_t kMaxChildrenBytes = 1 << 20;
constexpr std::size_t kMaxProcesses = 1 << 16;
constexpr std::size_t kStatBytes = 1024;

// Whether this kernel lists the children of a thread.
bool lists_children() {
  static const bool lists = access("/proc/thread-self/children", R_OK) == 0;
  return lists;
}

std::vector<pid_t> listed_children(pid_t pid) {
  std::vector<pid_t> children;
  for (const pid_t tid : thread_ids(pid)) {
    const auto text =
        read_whole_file(fmt::format("/proc/{}/task/{}/children", pid, tid), kMaxChildrenBytes);
    if (!text) continue;
    const char* at = text->data();
    const char* const end = at + text->size();
    while (at < end) {
      pid_t child = 0;
      const auto [after, error] = std::from_chars(at, end, child);
      if (error != std::errc()) break;
      children.push_back(child);
      at = after + 1;
    }
  }
  return children;
}

// From every process of the machine, by what it says of its parent.
std::unordered_map<pid_t, std::vector<pid_t>> children_of_all() {
  std::unordered_map<pid_t, std::vector<pid_t>> children;
  for (const pid_t pid : numbers_in(AT_FDCWD, "/proc")) {
    const auto text = read_whole_file(fmt::format("/proc/{}/stat", pid), kStatBytes);
    const auto line = text ? parse_stat(*text) : std::nullopt;
    if (line) children[static_cast<pid_t>(line->parent_pid)].push_back(pid);
  }
  return children;
}

}  // namespace

std::vector<pid_t> numbers_in(int folder, const char* name) {
  std::vector<pid_t> numbers;
  const int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return numbers;
  DIR* entries = fdopendir(fd);
  if (entries == nullptr) {
    close(fd);
    return numbers;
  }
  while (const dirent* entry = readdir(entries)) {
    const std::string_view text = entry->d_name;
    pid_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) numbers.push_back(number);
  }
  closedir(entries);
  return numbers;
}

std::vector<pid_t> thread_ids(pid_t pid) {
  return numbers_in(AT_FDCWD, fmt::format("/proc/{}/task", pid).c_str());
}

std::vector<pid_t> descendants(std::span<const pid_t> roots) {
  std::unordered_map<pid_t, std::vector<pid_t>> all;
  if (!lists_children()) all = children_of_all();
  std::vector<pid_t> found;
  std::unordered_set<pid_t> seen(roots.begin(), roots.end());
  std::vector<pid_t> pending(roots.begin(), roots.end());
  while (!pending.empty() && found.size() < kMaxProcesses) {
    const pid_t parent = pending.back();
    pending.pop_back();
    for (const pid_t child : lists_children() ? listed_children(parent) : all[parent]) {
      if (!seen.insert(child).second) continue;
      found.push_back(child);
      pending.push_back(child);
    }
  }
  return found;
}

}  // namespace tbprof::sampler
