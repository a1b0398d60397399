#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/doctor_checks.h"
#include "cli/recorder_environment.h"
#include "collector/window_page.h"

namespace tbprof::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

Check check_library() {
  const auto library = find_library();
  if (!library.ok()) {
    return {"recorder", Finding::problem, library.error().message,
            "build it, or install tbprof with `cmake --install`"};
  }
  return {"recorder", Finding::ok, library.value(), ""};
}

Check check_libc() {
  int major = 0;
  int minor = 0;
  std::sscanf(gnu_get_libc_version(), "%d.%d", &major, &minor);
  const bool is_new_enough = major > 2 || (major == 2 && minor >= 34);
  return {"glibc", is_new_enough ? Finding::ok : Finding::problem, gnu_get_libc_version(),
          is_new_enough ? "" : "the recorder needs 2.34: use a distribution of 2022 or newer"};
}

// The folder itself, or the nearest above it that exists.
fs::path existing(const fs::path& logdir) {
  std::error_code error;
  fs::path folder = fs::absolute(logdir, error).lexically_normal();
  while (!folder.empty() && folder != folder.root_path() && !fs::exists(folder, error)) {
    folder = folder.parent_path();
  }
  return folder;
}

Check check_logdir(const Machine& machine) {
  const fs::path folder = existing(machine.logdir);
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return {"log directory", Finding::problem,
            fmt::format("this user may not write to {}", folder.string()),
            "name another place with --logdir"};
  }
  struct statvfs room {};
  if (statvfs(folder.c_str(), &room) != 0) {
    return {"log directory", Finding::warning,
            fmt::format("how much room {} has is not known", folder.string()), "look with df"};
  }
  const std::uint64_t free_mib = room.f_bavail * room.f_frsize / kMiB;
  const std::string text = fmt::format("{} has {} free", folder.string(),
                                       free_mib >= 10'240 ? fmt::format("{} GiB", free_mib / 1024)
                                                          : fmt::format("{} MiB", free_mib));
  if (free_mib >= 1024) return {"log directory", Finding::ok, text, ""};
  return {"log directory", free_mib < 64 ? Finding::problem : Finding::warning, text,
          "make room, name another place with --logdir, or record a few steps with --steps"};
}

Check check_limits() {
  struct Limit {
    int resource;
    rlim_t least;
    const char* text;
    const char* remedy;
  };
  const Limit limits[] = {
      {RLIMIT_FSIZE, rlim_t{1} << 30, "files may not grow beyond a limit (ulimit -f)",
       "raise it, or the recording is cut there"},
      {RLIMIT_AS, rlim_t{1} << 32, "programs may not take more than some memory (ulimit -v)",
       "raise it, or buffers may be refused"},
      {RLIMIT_NOFILE, 64, "programs may open few files (ulimit -n)",
       "raise it, or the recording may not begin"},
  };
  for (const Limit& limit : limits) {
    rlimit now{};
    if (getrlimit(static_cast<__rlimit_resource_t>(limit.resource), &now) != 0) continue;
    if (now.rlim_cur != RLIM_INFINITY && now.rlim_cur < limit.least) {
      return {"limits", Finding::warning, limit.text, limit.remedy};
    }
  }
  return {"limits", Finding::ok, "files, memory and descriptors suffice", ""};
}

Check check_clock(const Machine& machine) {
  std::istringstream text(
      text_of_file(machine, "/sys/devices/system/clocksource/clocksource0/current_clocksource"));
  std::string source;
  text >> source;
  if (source == "tsc" || source == "arch_sys_counter") return {"clock", Finding::ok, source, ""};
  if (source.empty()) return {"clock", Finding::ok, "the kernel's, its source is not shown", ""};
  return {"clock", Finding::warning, source + ": reading it is slow on each event",
          "have the kernel use tsc if the machine allows it"};
}

Check check_sampling(const Machine& machine) {
  const std::string scope = text_of_file(machine, "/proc/sys/kernel/yama/ptrace_scope");
  if (scope.starts_with("3") || (scope.starts_with("2") && geteuid() != 0)) {
    return {"sampling", Finding::warning,
            fmt::format("kernel.yama.ptrace_scope is {}: threads' states are sampled, their Python "
                        "frames are not",
                        scope.substr(0, 1)),
            "for frames, set it to 1, or run with CAP_SYS_PTRACE"};
  }
  return {"sampling", Finding::ok, "Python frames of what `tbprof run` starts can be read", ""};
}

Check check_capture(const Machine& machine) {
  const std::string path =
      fmt::format("{}{}{}", machine.root, collector::kWindowFolderPrefix, geteuid());
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) {
    const std::string parent = fs::path(path).parent_path();
    if (access(parent.c_str(), W_OK | X_OK) == 0) {
      return {"capture", Finding::ok, "`tbprof capture` will reach programs of this user", ""};
    }
    return {"capture", Finding::warning, fmt::format("{} cannot be written", parent),
            "`tbprof capture` will reach no program; --steps and the like work"};
  }
  if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid()) {
    return {"capture", Finding::warning, fmt::format("{} is not this user's folder", path),
            "have it removed, or `tbprof capture` will reach no program"};
  }
  return {"capture", Finding::ok, "`tbprof capture` will reach programs of this user", ""};
}

Check check_container(const Machine& machine) {
  std::error_code error;
  const bool is_container = fs::exists(machine.root + "/.dockerenv", error) ||
                            fs::exists(machine.root + "/run/.containerenv", error);
  return {"container", Finding::ok,
          is_container ? "this is a container; recordings are its own unless the log directory is "
                         "mounted"
                       : "none is seen",
          ""};
}

}  // namespace

std::string text_of_file(const Machine& machine, const std::string& path) {
  std::ifstream file(machine.root + path, std::ios::binary);
  std::string text(std::size_t{64} << 10, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

std::vector<Check> system_checks(const Machine& machine) {
  return {check_library(),        check_libc(),
          check_logdir(machine),  check_limits(),
          check_clock(machine),   check_sampling(machine),
          check_capture(machine), check_container(machine)};
}

}  // namespace tbprof::cli
