#include "sampler/python_place.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "sampler/proc_file.h"
#include "sampler/process_memory.h"

namespace tbprof::sampler {
namespace {

using proto::Error;
using proto::ErrorCode;
using proto::Result;

constexpr std::size_t kMaxMapsBytes = 16 << 20;

constexpr std::array<std::string_view, 7> kSymbols = {
    "_PyRuntime",      "PyCode_Type", "PyUnicode_Type", "PyBytes_Type",
    "PyFrame_GetCode",  // 3.9 on
    "PyIter_Send",      // 3.10 on
    "Py_Version",       // 3.11 on
};

class OpenFile : public FileReader {
 public:
  explicit OpenFile(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~OpenFile() override {
    if (fd_ >= 0) close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  bool is_open() const { return fd_ >= 0; }
  bool read(std::uint64_t offset, void* into, std::size_t size_bytes) const override {
    if (offset > INT64_MAX) return false;
    return pread(fd_, into, size_bytes, static_cast<off_t>(offset)) ==
           static_cast<ssize_t>(size_bytes);
  }

 private:
  int fd_;
};

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// "55d0-55d1 r--p 00000000 08:01 123   /usr/bin/python3.11"
bool parse_line(std::string_view line, std::uint64_t& begin, std::uint64_t& offset,
                std::string_view& path) {
  const auto [after, error] = std::from_chars(line.data(), line.data() + line.size(), begin, 16);
  if (error != std::errc() || after == line.data() + line.size() || *after != '-') return false;
  std::size_t at = 0;
  for (int column = 0; column < 2; ++column) {
    at = line.find(' ', at);
    if (at == std::string_view::npos) return false;
    ++at;
  }
  if (std::from_chars(line.data() + at, line.data() + line.size(), offset, 16).ec != std::errc()) {
    return false;
  }
  const std::size_t slash = line.find('/', at);
  if (slash == std::string_view::npos) return false;
  path = line.substr(slash);
  return true;
}

}  // namespace

std::vector<MappedFile> interpreter_candidates(std::string_view maps) {
  std::vector<MappedFile> files;
  std::string_view program;
  while (!maps.empty()) {
    const std::size_t end = std::min(maps.find('\n'), maps.size());
    const std::string_view line = maps.substr(0, end);
    maps.remove_prefix(std::min(end + 1, maps.size()));
    std::uint64_t begin = 0;
    std::uint64_t offset = 0;
    std::string_view path;
    if (!parse_line(line, begin, offset, path)) continue;
    if (program.empty()) program = path;
    if (offset != 0) continue;
    if (path != program && !base_name(path).starts_with("libpython")) continue;
    const bool is_known = std::any_of(files.begin(), files.end(),
                                      [&](const MappedFile& file) { return file.path == path; });
    if (!is_known) files.push_back({std::string(path), begin});
  }
  return files;
}

Result<PythonPlace> place_in(const FileReader& file, std::uint64_t loaded_at) {
  const auto symbols = find_symbols(file, kSymbols);
  if (!symbols || !symbols->address[0]) {
    return Error{ErrorCode::not_found, "the file has no interpreter whose symbols are there"};
  }
  const auto& found = symbols->address;
  if (!found[1] || !found[2] || !found[3]) {
    return Error{ErrorCode::unsupported, "the interpreter was stripped of its symbols"};
  }
  const auto loaded = [&](std::size_t which) {
    return *found[which] - symbols->first_address + loaded_at;
  };
  PythonPlace place;
  place.runtime = loaded(0);
  place.types = {loaded(1), loaded(2), loaded(3)};
  if (found[6]) {
    place.minor_version = 0;  // a word in its memory says so
    place.version_word = loaded(6);
  } else if (found[5]) {
    place.minor_version = 10;
  } else if (found[4]) {
    place.minor_version = 9;
  } else {
    return Error{ErrorCode::unsupported, "this version of Python is none of 3.9 to 3.13"};
  }
  return place;
}

Result<PythonPlace> find_python(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  const auto maps = read_whole_file(folder + "/maps", kMaxMapsBytes);
  if (!maps && (errno == EACCES || errno == EPERM)) {
    return Error{ErrorCode::unavailable, kMemoryRefused};
  }
  if (!maps) return Error{ErrorCode::not_found, "it has ended"};
  bool looks_like_python = false;
  for (const MappedFile& mapped : interpreter_candidates(*maps)) {
    looks_like_python |= base_name(mapped.path).find("python") != std::string_view::npos;
    // As the process itself sees it, which may live in a container.
    const OpenFile file(folder + "/root" + mapped.path);
    if (!file.is_open()) continue;
    const auto place = place_in(file, mapped.first_address);
    if (place.ok() || place.error().code != ErrorCode::not_found) return place;
  }
  if (looks_like_python) {
    return Error{ErrorCode::unsupported,
                 "the interpreter was stripped of its symbols, or its file cannot be read"};
  }
  return Error{ErrorCode::not_found, "it runs no Python"};
}

}  // namespace tbprof::sampler
