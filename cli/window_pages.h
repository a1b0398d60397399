// Tells whether a recorded process is in one of its recording windows, by the page that it shows
// (collector/window_page.h). Owns the pages' descriptors. One thread at a time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <unordered_map>

namespace tbprof::cli {

class WindowPages {
 public:
  WindowPages() = default;
  ~WindowPages();
  WindowPages(const WindowPages&) = delete;
  WindowPages& operator=(const WindowPages&) = delete;

  // A process that shows no page, such as a worker that loads data, goes by the nearest one above
  // it that shows one. Where none does, all is recorded, or nothing: samples are kept.
  bool is_open(pid_t pid);

 private:
  struct Page {
    int descriptor = -1;
    pid_t parent = 0;  // asked where there is no descriptor; 0: none
    std::int64_t next_try_ns = 0;
  };
  bool is_open(pid_t pid, int generations);
  // Programs may start processes for as long as they run.
  void forget_ended();

  std::unordered_map<pid_t, Page> pages_;
};

}  // namespace tbprof::cli
