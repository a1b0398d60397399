#include "analyzer/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

#include "analyzer/confined_path.h"
#include "analyzer/mapping_guard.h"

namespace tbprof::analyzer {
namespace {

using proto::Error;
using proto::ErrorCode;
using proto::Result;

constexpr std::uint64_t kMaxCopyBytes = std::uint64_t{64} << 20;

FileStamp stamp_of(const struct stat& status) {
  return {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino),
          static_cast<std::uint64_t>(status.st_size),
          std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

Error system_error(const std::string& name, int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return {ErrorCode::not_found, name + " does not exist; check the path."};
    case EACCES:
    case EPERM:
      return {ErrorCode::unavailable,
              name + " may not be read by this user; change its permissions."};
    case EXDEV:
      return {ErrorCode::invalid_argument,
              name + " leads outside the folder that may be read; copy the file into it."};
    case ELOOP:
      return {ErrorCode::invalid_argument,
              name + " is a symbolic link that never ends; remove it."};
    default:
      return {ErrorCode::io, name + " cannot be read: " + std::strerror(error) + "."};
  }
}

// Whether a lock keeps readers out: that is a writer's. nullopt where locks are not known.
std::optional<bool> is_write_locked(int descriptor) {
  struct flock query = {};
  query.l_type = F_RDLCK;
  query.l_whence = SEEK_SET;
#ifdef F_OFD_GETLK
  if (fcntl(descriptor, F_OFD_GETLK, &query) == 0) return query.l_type != F_UNLCK;
#endif
  query.l_type = F_RDLCK;
  if (fcntl(descriptor, F_GETLK, &query) != 0) return std::nullopt;
  return query.l_type != F_UNLCK;
}

// How many bytes there were, at most `size_bytes`; a negative number with errno on failure.
ssize_t read_at(int descriptor, std::uint64_t offset, void* target, std::size_t size_bytes) {
  std::size_t done = 0;
  while (done < size_bytes) {
    const ssize_t count = pread(descriptor, static_cast<std::uint8_t*>(target) + done,
                                size_bytes - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return static_cast<ssize_t>(done);
}

class DescriptorCloser {
 public:
  explicit DescriptorCloser(int descriptor) : descriptor_(descriptor) {}
  ~DescriptorCloser() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  DescriptorCloser(const DescriptorCloser&) = delete;
  DescriptorCloser& operator=(const DescriptorCloser&) = delete;
  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

}  // namespace

FileView::FileView(FileView&& other) noexcept { *this = std::move(other); }

FileView& FileView::operator=(FileView&& other) noexcept {
  if (this == &other) return *this;
  release();
  bytes_ = std::exchange(other.bytes_, {});
  copy_ = std::move(other.copy_);
  mapping_ = std::exchange(other.mapping_, nullptr);
  descriptor_ = std::exchange(other.descriptor_, -1);
  stamp_ = other.stamp_;
  writer_holds_lock_ = other.writer_holds_lock_;
  locks_are_known_ = other.locks_are_known_;
  return *this;
}

FileView::~FileView() { release(); }

void FileView::release() {
  if (mapping_ != nullptr) {
    unguard_mapping(mapping_);
    munmap(mapping_, bytes_.size());
  }
  if (descriptor_ >= 0) close(descriptor_);
  mapping_ = nullptr;
  descriptor_ = -1;
  bytes_ = {};
}

bool FileView::shrank() const {
  struct stat status;
  return descriptor_ >= 0 && fstat(descriptor_, &status) == 0 &&
         static_cast<std::uint64_t>(status.st_size) < bytes_.size();
}

Result<Root> Root::open(const std::string& folder, Confinement confinement) {
  Root root;
  root.path_ = folder;
  root.confinement_ = confinement;
  root.descriptor_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root.descriptor_ < 0) return system_error(folder, errno);
  return Result<Root>(std::move(root));
}

Root::Root(Root&& other) noexcept { *this = std::move(other); }

Root& Root::operator=(Root&& other) noexcept {
  if (this == &other) return *this;
  if (descriptor_ >= 0) close(descriptor_);
  path_ = std::move(other.path_);
  confinement_ = other.confinement_;
  descriptor_ = std::exchange(other.descriptor_, -1);
  return *this;
}

Root::~Root() {
  if (descriptor_ >= 0) close(descriptor_);
}

FileStamp Root::stamp() const {
  struct stat status = {};
  fstat(descriptor_, &status);
  return stamp_of(status);
}

std::string Root::name_of(const std::string& relative) const {
  if (relative.empty()) return path_;
  return path_.ends_with('/') ? path_ + relative : path_ + "/" + relative;
}

Result<int> Root::open_beneath(const std::string& relative, int flags) const {
  if (relative.find('\0') != std::string::npos) {
    return Error{ErrorCode::invalid_argument, "A path may not contain a zero byte."};
  }
  int descriptor = -1;
  if (confinement_ == Confinement::automatic) {
    descriptor = open_beneath_kernel(descriptor_, relative, flags);
    // Some sandboxes answer EPERM to system calls that they do not know.
    if (descriptor < 0 && (errno == ENOSYS || errno == EPERM)) {
      descriptor = open_beneath_walk(descriptor_, relative, flags);
    }
  } else {
    descriptor = open_beneath_walk(descriptor_, relative, flags);
  }
  if (descriptor < 0) return system_error(name_of(relative), errno);
  return descriptor;
}

Result<FileView> Root::view(const std::string& relative) const {
  return view_file(relative, kMaxCopyBytes);
}

Result<FileView> Root::peek(const std::string& relative) const { return view_file(relative, 0); }

Result<int> Root::open_regular(const std::string& relative, FileStamp& stamp) const {
  // O_NONBLOCK, so that a pipe put there does not hold us up.
  DescriptorCloser file(TBPROF_TRY(open_beneath(relative, O_RDONLY | O_NONBLOCK | O_NOCTTY)));
  struct stat status;
  if (fstat(file.get(), &status) != 0) return system_error(name_of(relative), errno);
  if (!S_ISREG(status.st_mode)) {
    return Error{ErrorCode::invalid_argument,
                 name_of(relative) + " is not a regular file; give the path of a trace file."};
  }
  stamp = stamp_of(status);
  return file.release();
}

Result<FileReader> Root::reader(const std::string& relative) const {
  FileReader reader;
  reader.descriptor_ = TBPROF_TRY(open_regular(relative, reader.stamp_));
  reader.name_ = name_of(relative);
  return Result<FileReader>(std::move(reader));
}

FileReader::FileReader(FileReader&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      stamp_(other.stamp_),
      name_(std::move(other.name_)) {}

FileReader::~FileReader() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<std::string> FileReader::read(std::uint64_t offset, std::size_t size_bytes) const {
  std::string bytes(size_bytes, '\0');
  const ssize_t count = read_at(descriptor_, offset, bytes.data(), size_bytes);
  if (count < 0) return system_error(name_, errno);
  bytes.resize(static_cast<std::size_t>(count));
  return bytes;
}

Result<FileView> Root::view_file(const std::string& relative, std::uint64_t max_copy_bytes) const {
  FileView view;
  DescriptorCloser file(TBPROF_TRY(open_regular(relative, view.stamp_)));
  const std::optional<bool> locked = is_write_locked(file.get());
  view.writer_holds_lock_ = locked.value_or(false);
  view.locks_are_known_ = locked.has_value();
  const auto size_bytes = static_cast<std::size_t>(view.stamp_.size_bytes);
  if (size_bytes > max_copy_bytes) {
    void* mapping = mmap(nullptr, size_bytes, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (mapping != MAP_FAILED && guard_mapping(mapping, size_bytes)) {
      madvise(mapping, size_bytes, MADV_SEQUENTIAL);
      view.mapping_ = mapping;
      view.bytes_ = {static_cast<const std::uint8_t*>(mapping), size_bytes};
      view.descriptor_ = file.release();
      return Result<FileView>(std::move(view));
    }
    if (mapping != MAP_FAILED) munmap(mapping, size_bytes);
  }
  // A look at a few bytes is not worth the memory of a large file.
  const bool is_worth_it = max_copy_bytes > 0 || size_bytes <= kMaxCopyBytes;
  if (is_worth_it) view.copy_.reset(new (std::nothrow) std::uint8_t[size_bytes]);
  if (view.copy_ == nullptr) {
    return Error{ErrorCode::unavailable, name_of(relative) + " does not fit into memory now (" +
                                             std::to_string(size_bytes) +
                                             " bytes); close other programs and try again."};
  }
  const ssize_t count = read_at(file.get(), 0, view.copy_.get(), size_bytes);
  if (count < 0) return system_error(name_of(relative), errno);
  view.bytes_ = {view.copy_.get(), static_cast<std::size_t>(count)};
  view.stamp_.size_bytes = static_cast<std::uint64_t>(count);
  return Result<FileView>(std::move(view));
}

Result<std::vector<FolderEntry>> Root::list(const std::string& relative) const {
  const int descriptor = TBPROF_TRY(open_beneath(relative, O_RDONLY | O_DIRECTORY));
  DIR* folder = fdopendir(descriptor);
  if (folder == nullptr) {
    const int error = errno;
    close(descriptor);
    return system_error(name_of(relative), error);
  }
  std::vector<FolderEntry> entries;
  while (const dirent* item = readdir(folder)) {
    const std::string name = item->d_name;
    if (name == "." || name == "..") continue;
    struct stat status;
    if (fstatat(descriptor, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    const bool is_link = S_ISLNK(status.st_mode);
    if (is_link) {
      auto target = open_beneath(relative.empty() ? name : relative + "/" + name, O_PATH);
      if (target.ok()) {
        const DescriptorCloser closer(target.value());
        if (fstat(closer.get(), &status) != 0) continue;
      }
    }
    entries.push_back(
        {name, S_ISDIR(status.st_mode), S_ISREG(status.st_mode), is_link, stamp_of(status)});
  }
  closedir(folder);
  std::sort(entries.begin(), entries.end(), [](const FolderEntry& left, const FolderEntry& right) {
    return left.name < right.name;
  });
  return entries;
}

}  // namespace tbprof::analyzer
