#include "cli/capture_target.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "collector/environment.h"

namespace tbprof::cli {
namespace {

namespace fs = std::filesystem;
using collector::WindowPage;
using proto::ErrorCode;

constexpr std::size_t kMostCommandBytes = 4096;

std::string slurp(const std::string& path, std::size_t most_bytes) {
  std::ifstream file(path, std::ios::binary);
  std::string text(most_bytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(most_bytes));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

// What stands in a line of /proc/PID/status, such as "NSpid:".
std::string status_line(const std::string& folder, std::string_view key) {
  std::istringstream lines(slurp(folder + "/status", 16384));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(key)) return line.substr(key.size());
  }
  return {};
}

std::int64_t last_number(const std::string& text) {
  std::istringstream words(text);
  std::int64_t number = 0;
  for (std::int64_t next = 0; words >> next;) number = next;
  return number;
}

// Field 22 of /proc/PID/stat, behind the program's name, which may hold anything.
std::uint64_t start_time_ticks(const std::string& folder) {
  const std::string text = slurp(folder + "/stat", 4096);
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream words(text.substr(name_end + 1));
  std::string word;
  for (int field = 3; field <= 22; ++field) words >> word;
  return words ? std::strtoull(word.c_str(), nullptr, 10) : 0;
}

std::string command_of(const std::string& folder) {
  std::string text = slurp(folder + "/cmdline", kMostCommandBytes);
  while (!text.empty() && text.back() == '\0') text.pop_back();
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

// The page as it was read once; none if it is another's, stale or not whole.
std::optional<WindowPage*> read_page(const std::string& path, const std::string& process,
                                     WindowPage& page) {
  const int fd = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return std::nullopt;
  struct stat of_file {};
  struct stat of_process {};
  const bool is_its_own = fstat(fd, &of_file) == 0 && S_ISREG(of_file.st_mode) &&
                          stat(process.c_str(), &of_process) == 0 &&
                          of_file.st_uid == of_process.st_uid;
  const ssize_t size = is_its_own ? read(fd, static_cast<void*>(&page), sizeof page) : -1;
  close(fd);
  if (size != sizeof page ||
      std::memcmp(page.magic, collector::kWindowPageMagic, sizeof page.magic) != 0 ||
      page.version != collector::kWindowPageVersion ||
      page.start_time_ticks != start_time_ticks(process)) {
    return std::nullopt;
  }
  return &page;
}

std::optional<CaptureTarget> target_of(std::int64_t pid, const std::string& proc) {
  const std::string process = fmt::format("{}/{}", proc, pid);
  struct stat pid_namespace {};
  if (stat((process + "/ns/pid").c_str(), &pid_namespace) != 0) return std::nullopt;
  const std::int64_t own_pid = last_number(status_line(process, "NSpid:"));
  char name[64];
  collector::format_window_file(name, sizeof name, own_pid, pid_namespace.st_ino,
                                collector::kWindowPageSuffix);
  const fs::path prefix(collector::kWindowFolderPrefix);
  std::error_code error;
  for (fs::directory_iterator folder(process + "/root" + prefix.parent_path().string(), error), end;
       !error && folder != end; folder.increment(error)) {
    if (!folder->path().filename().string().starts_with(prefix.filename().string())) continue;
    WindowPage page;
    if (!read_page(folder->path() / name, process, page)) continue;
    CaptureTarget target;
    target.pid = pid;
    target.command = command_of(process);
    target.state = static_cast<collector::WindowState>(page.state.load());
    target.windows = page.windows.load();
    target.is_recorded_throughout = page.is_recorded_throughout != 0;
    collector::format_window_file(name, sizeof name, own_pid, pid_namespace.st_ino,
                                  collector::kWindowSocketSuffix);
    target.socket_path = folder->path() / name;
    return target;
  }
  return std::nullopt;
}

std::vector<std::int64_t> processes(const std::string& proc) {
  std::vector<std::int64_t> pids;
  std::error_code error;
  for (fs::directory_iterator entry(proc, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (name.find_first_not_of("0123456789") == std::string::npos && name.size() < 12) {
      pids.push_back(std::stoll(name));
    }
  }
  std::sort(pids.begin(), pids.end());
  return pids;
}

std::vector<CaptureTarget> descendants_of(std::int64_t ancestor, const std::string& proc) {
  std::multimap<std::int64_t, std::int64_t> children;
  for (const std::int64_t pid : processes(proc)) {
    children.emplace(last_number(status_line(fmt::format("{}/{}", proc, pid), "PPid:")), pid);
  }
  std::vector<CaptureTarget> targets;
  std::vector<std::int64_t> to_visit{ancestor};
  for (std::size_t i = 0; i < to_visit.size() && i < 100'000; ++i) {
    const auto [first, last] = children.equal_range(to_visit[i]);
    for (auto child = first; child != last; ++child) {
      to_visit.push_back(child->second);
      if (auto target = target_of(child->second, proc)) targets.push_back(std::move(*target));
    }
  }
  return targets;
}

std::string user_name(uid_t user) {
  const passwd* entry = getpwuid(user);
  return entry != nullptr ? entry->pw_name : fmt::format("with the number {}", user);
}

bool runs_under_tbprof(const std::string& process) {
  const std::string variable = std::string(collector::kLogdirVariable) + "=";
  const std::string environment = slurp(process + "/environ", std::size_t{1} << 20);
  return environment.starts_with(variable) ||
         environment.find(std::string(1, '\0') + variable) != std::string::npos;
}

}  // namespace

proto::Result<std::vector<CaptureTarget>> find_targets(std::int64_t pid, const std::string& proc) {
  const std::string process = fmt::format("{}/{}", proc, pid);
  struct stat status {};
  if (stat(process.c_str(), &status) != 0) {
    return {ErrorCode::not_found,
            fmt::format("there is no process {}; `tbprof capture --list` shows those that can be "
                        "captured",
                        pid)};
  }
  if (status.st_uid != geteuid() && geteuid() != 0) {
    return {ErrorCode::unavailable,
            fmt::format("process {} belongs to the user {}, and only that user can capture it", pid,
                        user_name(status.st_uid))};
  }
  if (auto target = target_of(pid, proc)) return std::vector{std::move(*target)};
  std::vector<CaptureTarget> targets = descendants_of(pid, proc);
  if (!targets.empty()) return targets;
  if (runs_under_tbprof(process)) {
    return {ErrorCode::unavailable,
            fmt::format("process {} runs under `tbprof run` but records nothing yet: it has "
                        "called neither tbprof nor NVTX nor CUDA; try again later",
                        pid)};
  }
  return {ErrorCode::unavailable,
          fmt::format("process {} does not run under tbprof, nor does a process that it started; "
                      "start it with `tbprof run --on-demand -- PROGRAM`",
                      pid)};
}

std::vector<CaptureTarget> list_targets(const std::string& proc) {
  std::vector<CaptureTarget> targets;
  for (const std::int64_t pid : processes(proc)) {
    struct stat status {};
    if (stat(fmt::format("{}/{}", proc, pid).c_str(), &status) != 0) continue;
    if (status.st_uid != geteuid() && geteuid() != 0) continue;
    if (auto target = target_of(pid, proc)) targets.push_back(std::move(*target));
  }
  return targets;
}

}  // namespace tbprof::cli
