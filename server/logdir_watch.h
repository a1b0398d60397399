// The clock: looks at the log directory again and again, and tells open pages what has changed.
// Owns its thread, which ends with it. Start and stop from one thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "plugins/plugin.h"
#include "server/capture_library.h"
#include "server/live_hub.h"
#include "server/worker_pool.h"

namespace tbprof::server {

class LogdirWatch {
 public:
  // What it is given lives longer than it. The first look begins at once, on the watch's thread; an
  // interval of 0 leaves it at that.
  LogdirWatch(CaptureLibrary& library, const std::vector<plugins::Plugin>& plugins, LiveHub& hub,
              WorkerPool& workers, std::chrono::milliseconds interval);
  ~LogdirWatch();
  // Nothing is looked at afterwards.
  void stop();
  LogdirWatch(const LogdirWatch&) = delete;

 private:
  void watch();
  void look();
  void look_guarded();
  void push(const std::string& capture_id);
  void send(const std::string& capture_id, const CaptureLibrary::Opened& opened);

  CaptureLibrary& library_;
  const std::vector<plugins::Plugin>& plugins_;
  LiveHub& hub_;
  WorkerPool& workers_;
  const std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool is_stopping_ = false;
  std::set<std::string> pushing_;  // captures whose pushes wait for their load or a worker
  std::thread thread_;
};

}  // namespace tbprof::server
