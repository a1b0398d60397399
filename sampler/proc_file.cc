#include "sampler/proc_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace tbprof::sampler {

ProcFile::ProcFile(int folder, const char* name)
    : fd_(openat(folder, name, O_RDONLY | O_CLOEXEC)) {}

ProcFile::~ProcFile() {
  if (fd_ >= 0) close(fd_);
}

std::optional<std::string_view> ProcFile::read(char* buffer, std::size_t buffer_bytes) const {
  if (fd_ < 0) return std::nullopt;
  ssize_t got = 0;
  do {
    got = pread(fd_, buffer, buffer_bytes, 0);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return std::nullopt;
  return std::string_view(buffer, static_cast<std::size_t>(got));
}

std::optional<std::string> read_whole_file(const std::string& path, std::size_t max_bytes) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::string content;
  char buffer[16384];
  while (content.size() < max_bytes) {
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    content.append(buffer, static_cast<std::size_t>(got));
  }
  close(fd);
  return content;
}

}  // namespace tbprof::sampler
