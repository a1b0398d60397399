#include <fmt/format.h>
#include <stdio.h>

#include <sstream>

#include "cli/doctor_checks.h"

namespace tbprof::cli {
namespace {

// Finds without importing: an import of PyTorch takes seconds.
constexpr const char* kQuestion =
    "timeout 20 python3 -c '"
    "import sys, importlib.util as u, importlib.metadata as m\n"
    "print(\"%d.%d\" % sys.version_info[:2], sys.executable)\n"
    "try: print(m.version(\"torch\") if u.find_spec(\"torch\") else \"\")\n"
    "except Exception: print(\"of unknown version\")\n"
    "print(int(sys.flags.no_site or sys.flags.isolated))' 2>/dev/null </dev/null";

std::string answer_of(const char* command) {
  FILE* pipe = popen(command, "r");
  if (pipe == nullptr) return {};
  std::string text;
  char buffer[512];
  while (fgets(buffer, sizeof buffer, pipe) != nullptr) text += buffer;
  return pclose(pipe) == 0 ? text : "";
}

Check check_version(const std::string& version, const std::string& path) {
  int major = 0;
  int minor = 0;
  std::sscanf(version.c_str(), "%d.%d", &major, &minor);
  if (major == 3 && minor >= 9 && minor <= 13) {
    return {"python", Finding::ok, fmt::format("{} ({})", version, path), ""};
  }
  return {"python", Finding::warning, fmt::format("{} ({})", version, path),
          "steps are marked, but frames are read of Python 3.9 to 3.13 only"};
}

}  // namespace

std::vector<Check> python_checks(const Machine& machine) {
  if (!machine.loads_libraries) return {};
  std::istringstream lines(answer_of(kQuestion));
  std::string first;
  std::string torch;
  if (!std::getline(lines, first)) {
    return {{"python", Finding::ok, "no python3 in the PATH", ""}};
  }
  std::getline(lines, torch);
  const std::size_t blank = first.find(' ');
  std::vector<Check> checks{check_version(
      first.substr(0, blank), blank == std::string::npos ? "" : first.substr(blank + 1))};
  if (torch.empty()) {
    checks.push_back({"pytorch", Finding::ok, "not installed for this python3", ""});
  } else {
    checks.push_back({"pytorch", Finding::ok,
                      torch + "; while torch.profiler runs in the program, the GPU is its alone",
                      ""});
  }
  return checks;
}

}  // namespace tbprof::cli
