// The one way to open files of others: below a root, never outside it, read-only, mapped.
// Owns its descriptor and mapping. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "proto/result.h"

namespace tbprof::analyzer {

struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;  // since the Unix epoch
  bool operator==(const FileStamp&) const = default;
};

// A file as it was when it was opened. Files up to 64 MiB are read into memory, larger ones mapped.
// A mapped file that shrinks meanwhile does not crash its reader: what is gone reads as zeros
// (mapping_guard.h), and shrank() tells afterwards.
class FileView {
 public:
  FileView(FileView&&) noexcept;
  FileView& operator=(FileView&&) noexcept;
  ~FileView();
  std::span<const std::uint8_t> bytes() const { return bytes_; }
  const FileStamp& stamp() const { return stamp_; }
  // Whether another process held a write lock on it when it was opened: its writer lived.
  bool writer_holds_lock() const { return writer_holds_lock_; }
  // Whether the file system told; false where it knows no locks.
  bool locks_are_known() const { return locks_are_known_; }
  // Whether a mapped file is now shorter than bytes().
  bool shrank() const;

 private:
  friend class Root;
  FileView() = default;
  void release();
  std::span<const std::uint8_t> bytes_;
  std::unique_ptr<std::uint8_t[]> copy_;
  void* mapping_ = nullptr;
  int descriptor_ = -1;  // of a mapped file
  FileStamp stamp_;
  bool writer_holds_lock_ = false;
  bool locks_are_known_ = false;
};

// A file that is read piece by piece, so that however large it is, no more than a piece of it is in
// memory.
class FileReader {
 public:
  FileReader(FileReader&&) noexcept;
  FileReader& operator=(FileReader&&) = delete;
  ~FileReader();
  // As it was when it was opened.
  const FileStamp& stamp() const { return stamp_; }
  // Fewer bytes than asked for where the file ends.
  proto::Result<std::string> read(std::uint64_t offset, std::size_t size_bytes) const;

 private:
  friend class Root;
  FileReader() = default;
  int descriptor_ = -1;
  FileStamp stamp_;
  std::string name_;
};

struct FolderEntry {
  std::string name;
  bool is_folder = false;
  bool is_file = false;  // neither: a device, a pipe, a link that leads outside or nowhere
  bool is_link = false;  // the other fields are those of its target, if that may be read
  FileStamp stamp;
};

// How paths are confined. `automatic` is openat2 where the kernel has it.
enum class Confinement : std::uint8_t { automatic, walk };

// A folder that bounds what can be opened: openat2 with RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS
// where the kernel has it, else a walk with O_NOFOLLOW. Relative symbolic links that stay beneath
// it work.
class Root {
 public:
  static proto::Result<Root> open(const std::string& folder,
                                  Confinement confinement = Confinement::automatic);
  Root(Root&&) noexcept;
  Root& operator=(Root&&) noexcept;
  ~Root();

  const std::string& path() const { return path_; }
  // Device and inode of the folder tell whether another path leads to it.
  FileStamp stamp() const;
  // `relative` is a plain relative path, taken literally: nothing in it is decoded.
  proto::Result<FileView> view(const std::string& relative) const;
  // The same, mapped whatever its size: for a look at a few bytes of it. unavailable if that fails
  // and it is too large to be copied.
  proto::Result<FileView> peek(const std::string& relative) const;
  proto::Result<FileReader> reader(const std::string& relative) const;
  // Entries sorted by name; "" is the root itself.
  proto::Result<std::vector<FolderEntry>> list(const std::string& relative) const;

 private:
  Root() = default;
  proto::Result<FileView> view_file(const std::string& relative,
                                    std::uint64_t max_copy_bytes) const;
  proto::Result<int> open_regular(const std::string& relative, FileStamp& stamp) const;
  proto::Result<int> open_beneath(const std::string& relative, int flags) const;
  std::string name_of(const std::string& relative) const;
  Confinement confinement_ = Confinement::automatic;
  std::string path_;
  int descriptor_ = -1;
};

}  // namespace tbprof::analyzer
