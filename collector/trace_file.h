// The file of one recording: whole records only. Holds a POSIX write lock on it for as long as it
// is open, so that a reader tells a recording that lives from one that was cut. The writer thread;
// release_after_fork() the forked child.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace tbprof::collector {

class TraceFile {
 public:
  // Kept on the disk behind the file's end, and given back when it is closed.
  static constexpr std::size_t kReserveBytes = 16384;

  // Both: 0, or errno. create() makes the folders and a new file under a name not used before.
  int create(const std::string& folder, const std::string& host, std::int64_t pid,
             std::int64_t start_unix_ns);
  // Either the whole record is in the file afterwards, or nothing of it. Room on the disk is kept
  // behind it, where the file system can.
  int append(const std::string& record);
  // The same, but may use the room that is kept: for what says what was lost, and for the end.
  int append_last(const std::string& record);
  void close();
  // Whether somebody took the file away: what is written goes with it when it is closed.
  bool was_removed() const;
  // Takes away a file that could not even be begun.
  void remove();

  std::uint64_t size_bytes() const { return size_bytes_; }
  std::uint64_t reserve_left_bytes() const {
    return reserved_until_ > size_bytes_ ? reserved_until_ - size_bytes_ : 0;
  }
  const std::string& path() const { return path_; }
  int descriptor() const { return fd_; }

 private:
  bool is_still_ours() const;
  int reopen();
  int write_record(const std::string& record);
  void lock() const;

  std::string path_;
  int fd_ = -1;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::uint64_t size_bytes_ = 0;
  std::uint64_t reserved_until_ = 0;
};

}  // namespace tbprof::collector
