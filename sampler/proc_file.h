// Files of /proc, which are small and made anew at each read. Owns its descriptor. One thread at a
// time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tbprof::sampler {

// Kept open, so that it belongs to one process or thread and never to a later one of its id.
class ProcFile {
 public:
  ProcFile() = default;
  ProcFile(int folder, const char* name);
  ~ProcFile();
  ProcFile(ProcFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ProcFile& operator=(ProcFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  bool is_open() const { return fd_ >= 0; }
  int descriptor() const { return fd_; }
  // What it holds now, in `buffer`; nothing if the process or thread is gone.
  std::optional<std::string_view> read(char* buffer, std::size_t buffer_bytes) const;

 private:
  int fd_ = -1;
};

// At most so many bytes of a file; nothing if it cannot be opened.
std::optional<std::string> read_whole_file(const std::string& path, std::size_t max_bytes);

}  // namespace tbprof::sampler
