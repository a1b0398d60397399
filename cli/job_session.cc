#include "cli/job_session.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "collector/job_place.h"
#include "collector/trace_path.h"

namespace tbprof::cli {
namespace {

constexpr std::string_view kMarkHead = ".of_";

std::string own_mark() {
  const collector::JobPlace place = collector::read_job_place();
  if (place.rank >= 0) return fmt::format("{}rank_{}", kMarkHead, place.rank);
  utsname system{};
  const std::string host = uname(&system) == 0 ? system.nodename : "localhost";
  return fmt::format("{}host_{}", kMarkHead, collector::file_name_part(host));
}

}  // namespace

proto::Result<JobSession> job_session(const std::string& wanted) {
  if (!wanted.empty()) {
    if (collector::file_name_part(wanted) != wanted) {
      return {
          proto::ErrorCode::invalid_argument,
          fmt::format("--session {} is no name for a folder; take letters, digits, dots, dashes "
                      "and underscores",
                      wanted)};
    }
    return JobSession{wanted, true};
  }
  char name[256];
  collector::read_job_name(collector::JobName::any, name, sizeof name);
  if (name[0] == 0) return JobSession{};
  return JobSession{collector::file_name_part(name), false};
}

std::string mark_session(const std::string& folder) {
  const std::string path = folder + "/" + own_mark();
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return "";
  close(fd);
  return path;
}

bool holds_only_marks(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (!entry.path().filename().string().starts_with(kMarkHead)) return false;
  }
  return !error;
}

}  // namespace tbprof::cli
