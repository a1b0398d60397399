// Finding recorded processes from outside: their window pages (collector/window_page.h), also in
// other mount, pid and user namespaces, through /proc. Reads the file system. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collector/window_page.h"
#include "proto/result.h"

namespace tbprof::cli {

struct CaptureTarget {
  std::int64_t pid = 0;  // as it is called here
  std::string command;
  std::string socket_path;  // as it is reached from here
  collector::WindowState state = collector::WindowState::closed;
  std::uint32_t windows = 0;
  bool is_recorded_throughout = false;
};

// The process itself if it records, else those of its descendants that do: what a user knows is
// often the launcher. At least one; else the error says why there is none. `proc` is for tests.
proto::Result<std::vector<CaptureTarget>> find_targets(std::int64_t pid,
                                                       const std::string& proc = "/proc");

// All recorded processes of this user (of all users for root), by process id.
std::vector<CaptureTarget> list_targets(const std::string& proc = "/proc");

}  // namespace tbprof::cli
