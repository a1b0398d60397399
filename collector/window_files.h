// A process's window page and, where its windows may be asked for from outside, the socket beside
// it (window_page.h): made in a folder that only their user can enter, removed at the recording's
// end. What others left there that are gone is cleared away. The writer thread.
#pragma once

#include <cstdint>
#include <string>

#include "collector/window_page.h"

namespace tbprof::collector {

class WindowFiles {
 public:
  WindowFiles() = default;
  ~WindowFiles();
  WindowFiles(const WindowFiles&) = delete;
  WindowFiles& operator=(const WindowFiles&) = delete;

  // The page is there and tells the window's state. 0, or errno: other processes see nothing.
  int create_page(bool is_recorded_throughout);
  // The recording has windows from now on.
  void set_windowed();
  // The socket, which listens; -1 and errno if there is none. Whoever gets it closes it.
  int create_socket();
  // Of page and socket, as others reach them; empty: there is none.
  const std::string& folder() const { return folder_; }
  // Of process ids, which is part of the files' names.
  std::uint64_t namespace_inode() const { return namespace_inode_; }
  // After it the page says that the recording is over, and the files are gone.
  void remove();

 private:
  int make_folder();
  void clear_away() const;
  std::string path_of(const char* suffix) const;

  std::string folder_;
  std::uint64_t namespace_inode_ = 0;
  void* mapping_ = nullptr;
  bool has_socket_ = false;
};

}  // namespace tbprof::collector
