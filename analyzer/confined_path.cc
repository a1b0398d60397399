#include "analyzer/confined_path.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>

#include <climits>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tbprof::analyzer {
namespace {

constexpr int kMaxLinks = 40;  // as the kernel's own limit

class DescriptorStack {
 public:
  explicit DescriptorStack(int folder) : folder_(folder) {}
  ~DescriptorStack() {
    while (pop()) {
    }
  }
  DescriptorStack(const DescriptorStack&) = delete;
  DescriptorStack& operator=(const DescriptorStack&) = delete;
  int top() const { return opened_.empty() ? folder_ : opened_.back(); }
  void push(int descriptor) { opened_.push_back(descriptor); }
  bool pop() {
    if (opened_.empty()) return false;
    close(opened_.back());
    opened_.pop_back();
    return true;
  }

 private:
  int folder_;
  std::vector<int> opened_;
};

// The path's components, last first, onto the pending ones.
void push_components(std::string_view path, std::vector<std::string>& pending) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") parts.emplace_back(part);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  pending.insert(pending.end(), parts.rbegin(), parts.rend());
}

int fail(int error) {
  errno = error;
  return -1;
}

// What the link says; empty with errno on failure.
std::string link_target(int folder, const std::string& name) {
  char target[PATH_MAX];
  const ssize_t length = readlinkat(folder, name.c_str(), target, sizeof(target));
  return length <= 0 ? std::string() : std::string(target, static_cast<std::size_t>(length));
}

}  // namespace

int open_beneath_kernel(int folder, const std::string& relative, int flags) {
  struct open_how how = {};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const char* path = relative.empty() ? "." : relative.c_str();
  for (;;) {
    const long result = syscall(SYS_openat2, folder, path, &how, sizeof(how));
    // EAGAIN: something was renamed meanwhile and the kernel could not be sure.
    if (result >= 0 || (errno != EINTR && errno != EAGAIN)) return static_cast<int>(result);
  }
}

int open_beneath_walk(int folder, const std::string& relative, int flags) {
  if (relative.starts_with('/')) return fail(EXDEV);
  std::vector<std::string> pending;
  push_components(relative, pending);
  DescriptorStack stack(folder);
  int links = 0;
  while (!pending.empty()) {
    const std::string name = pending.back();
    pending.pop_back();
    if (name == "..") {
      if (!stack.pop()) return fail(EXDEV);
      continue;
    }
    struct stat status;
    if (fstatat(stack.top(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return -1;
    if (S_ISLNK(status.st_mode)) {
      if (++links > kMaxLinks) return fail(ELOOP);
      const std::string target = link_target(stack.top(), name);
      if (target.empty()) return -1;
      if (target.starts_with('/')) return fail(EXDEV);
      push_components(target, pending);
      continue;
    }
    if (pending.empty() && !S_ISDIR(status.st_mode)) {
      return openat(stack.top(), name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW);
    }
    const int next = openat(stack.top(), name.c_str(), O_PATH | O_CLOEXEC | O_NOFOLLOW);
    if (next < 0) return -1;
    stack.push(next);
  }
  return openat(stack.top(), ".", flags | O_CLOEXEC);
}

}  // namespace tbprof::analyzer
