#include "collector/trace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/trace_path.h"

namespace tbprof::collector {

namespace {

// Away from the low numbers, which programs expect for their own files (and for the three standard
// streams, where those are closed).
constexpr int kLowestDescriptor = 100;
constexpr int kMaxAttempts = 1000;

int move_up(int fd) {
  const int moved = fcntl(fd, F_DUPFD_CLOEXEC, kLowestDescriptor);
  const int result = moved >= 0 ? moved : fcntl(fd, F_DUPFD_CLOEXEC, 3);
  ::close(fd);
  return result;
}

}  // namespace

int TraceFile::create(const std::string& folder, const std::string& host, std::int64_t pid,
                      std::int64_t start_unix_ns) {
  const int folder_error = make_folders(folder);
  if (folder_error != 0) return folder_error;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    path_ = folder + "/" + trace_file_name(host, pid, start_unix_ns, attempt);
    int fd = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST) continue;
    if (fd < 0) return errno;
    fd = move_up(fd);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0) return errno;
    fd_ = fd;
    device_ = info.st_dev;
    inode_ = info.st_ino;
    size_bytes_ = 0;
    lock();
    return 0;
  }
  return EEXIST;
}

void TraceFile::lock() const {
  struct flock whole = {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  fcntl(fd_, F_SETLK, &whole);  // a file system without locks is none of the program's trouble
}

// A program that closes descriptors it does not know, as daemons do, may own this number now.
bool TraceFile::is_still_ours() const {
  struct stat info;
  return fd_ >= 0 && fstat(fd_, &info) == 0 && info.st_dev == device_ && info.st_ino == inode_;
}

bool TraceFile::was_removed() const {
  struct stat info;
  return fd_ >= 0 && fstat(fd_, &info) == 0 && info.st_nlink == 0;
}

int TraceFile::reopen() {
  fd_ = -1;
  int fd = open(path_.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  fd = move_up(fd);
  if (fd < 0) return errno;
  fd_ = fd;
  if (!is_still_ours()) {
    close();
    return ESTALE;
  }
  lock();
  return 0;
}

int TraceFile::append(const std::string& record) {
  if (!is_still_ours()) {
    const int error = reopen();
    if (error != 0) return error;
  }
  // A file system that cannot reserve is written to as it is.
  const auto needed = static_cast<off_t>(record.size() + kReserveBytes);
  if (fallocate(fd_, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(size_bytes_), needed) == 0) {
    reserved_until_ = size_bytes_ + record.size() + kReserveBytes;
  } else if (errno == ENOSPC || errno == EDQUOT) {
    return errno;
  }
  return write_record(record);
}

int TraceFile::append_last(const std::string& record) {
  if (!is_still_ours()) {
    const int error = reopen();
    if (error != 0) return error;
  }
  return write_record(record);
}

int TraceFile::write_record(const std::string& record) {
  std::size_t done = 0;
  while (done < record.size()) {
    const ssize_t written = pwrite(fd_, record.data() + done, record.size() - done,
                                   static_cast<off_t>(size_bytes_ + done));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const int error = written < 0 ? errno : EIO;
      // A reader would take the rest for damage.
      if (done > 0 && ftruncate(fd_, static_cast<off_t>(size_bytes_)) != 0) return errno;
      return error;
    }
    done += static_cast<std::size_t>(written);
  }
  size_bytes_ += record.size();
  return 0;
}

void TraceFile::close() {
  if (is_still_ours()) {
    // Gives back the room that was kept; where that fails, a few blocks stay with the file.
    [[maybe_unused]] const int status = ftruncate(fd_, static_cast<off_t>(size_bytes_));
    ::close(fd_);
  }
  fd_ = -1;
}

void TraceFile::remove() {
  close();
  unlink(path_.c_str());
}

}  // namespace tbprof::collector
