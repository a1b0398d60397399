// What a recorded process tells other processes of its user about its recording windows: a page
// that both map, and the names under which page and socket lie in the process's /tmp. From another
// mount namespace they are reached as /proc/PID/root/tmp/...
//
// The recorder owns the page and removes it at the process's end; one that is killed leaves it
// behind, so a reader compares start_time_ticks with /proc/PID/stat. Readers map it read-only and
// read words of it whenever they like. No dependency but the C library. Any thread.
#pragma once

#include <stdio.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tbprof::collector {

enum class WindowState : std::uint32_t {
  closed = 0,   // nothing is recorded now but the times of steps
  warm_up = 1,  // the GPU's recording is on already, but what it brings is left out
  open = 2,     // everything is recorded
  ended = 3,    // the recording is over, for good
};

inline constexpr char kWindowPageMagic[8] = {'T', 'B', 'W', 'I', 'N', 'D', 'O', 'W'};
inline constexpr std::uint32_t kWindowPageVersion = 1;

// 64 bytes at the beginning of the file.
struct WindowPage {
  char magic[8] = {};
  std::uint32_t version = 0;
  std::int32_t pid = 0;                   // as the process itself sees it
  std::uint64_t start_time_ticks = 0;     // of the process: field 22 of /proc/PID/stat
  std::atomic<std::uint32_t> state{0};    // a WindowState
  std::atomic<std::uint32_t> windows{0};  // opened so far
  // 1: there is one window, from the recording's start to its end, and no socket.
  std::uint32_t is_recorded_throughout = 0;
  std::uint32_t reserved[7] = {};
};
static_assert(sizeof(WindowPage) == 64 && std::atomic<std::uint32_t>::is_always_lock_free);

// One word read: whether samples taken now belong to the recording.
inline bool is_window_open(const WindowPage& page) {
  return page.state.load(std::memory_order_relaxed) ==
         static_cast<std::uint32_t>(WindowState::open);
}

// The folder of a user's pages and sockets, mode 0700: kWindowFolderPrefix + user id in decimal,
// the id that the process itself sees. Who looks from another user namespace takes the folder in
// which the process's page lies.
inline constexpr char kWindowFolderPrefix[] = "/tmp/tbprof-";
inline constexpr char kWindowPageSuffix[] = ".window";
inline constexpr char kWindowSocketSuffix[] = ".socket";

// "4711-4026531836.window": the process's id in its own pid namespace (the last of NSpid in
// /proc/PID/status) and the inode of that namespace (/proc/PID/ns/pid), since containers may share
// a /tmp. `suffix` is one of the two above.
inline void format_window_file(char* name, std::size_t name_bytes, std::int64_t pid_in_namespace,
                               std::uint64_t namespace_inode, const char* suffix) {
  snprintf(name, name_bytes, "%lld-%llu%s", static_cast<long long>(pid_in_namespace),
           static_cast<unsigned long long>(namespace_inode), suffix);
}

}  // namespace tbprof::collector
