#include "server/logdir_watch.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>

#include "server/plugin_routes.h"
#include "server/thread_cpu_time.h"

namespace tbprof::server {

LogdirWatch::LogdirWatch(CaptureLibrary& library, const std::vector<plugins::Plugin>& plugins,
                         LiveHub& hub, WorkerPool& workers, std::chrono::milliseconds interval)
    : library_(library), plugins_(plugins), hub_(hub), workers_(workers), interval_(interval) {
  thread_ = std::thread([this] { watch(); });
}

LogdirWatch::~LogdirWatch() { stop(); }

void LogdirWatch::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// A log directory that takes much to walk is walked less often: at most a tenth of one core, and
// whatever it takes, a new recording appears before one thinks that something is wrong.
void LogdirWatch::watch() {
  constexpr std::chrono::nanoseconds kLongestPause = std::chrono::seconds(10);
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    lock.unlock();
    const std::chrono::nanoseconds begin = thread_cpu_time();
    look_guarded();
    const std::chrono::nanoseconds cost = thread_cpu_time() - begin;
    lock.lock();
    if (interval_.count() == 0) return;
    const auto pause =
        std::max<std::chrono::nanoseconds>(interval_, std::min(10 * cost, kLongestPause));
    stopped_.wait_for(lock, pause, [this] { return is_stopping_; });
  }
}

void LogdirWatch::look_guarded() {
  try {
    look();
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "tbprof: the log directory could not be looked through: %s\n",
                 problem.what());
  }
}

void LogdirWatch::look() {
  const std::string before = library_.snapshot()->version;
  const std::vector<std::string> changed = library_.rescan();
  const std::string after = library_.snapshot()->version;
  if (before.empty()) return;  // nobody has been told of anything yet
  if (before == after) return;
  hub_.publish("core/captures",
               nlohmann::json{{"topic", "core/captures"}, {"version", after}}.dump());
  for (const std::string& id : changed) {
    if (hub_.has_subscriber(id)) push(id);
  }
}

// Loading and computing are work for others; what changes meanwhile needs another push.
void LogdirWatch::push(const std::string& capture_id) {
  if (!has_pushes(plugins_)) return;
  {
    const std::lock_guard lock(mutex_);
    if (!pushing_.insert(capture_id).second) return;
  }
  const auto forget = [this, capture_id] {
    const std::lock_guard lock(mutex_);
    pushing_.erase(capture_id);
  };
  library_.open_later(
      capture_id,
      [this, capture_id, forget](const proto::Result<CaptureLibrary::Opened>& opened) {
        forget();
        if (!opened.ok()) return;
        // Where too many questions wait already, the page learns of the next version.
        (void)workers_.post(
            [this, capture_id, opened = opened.value()] { send(capture_id, opened); });
      },
      [this, capture_id, forget] {
        if (hub_.has_subscriber(capture_id)) return true;
        forget();
        return false;
      });
}

void LogdirWatch::send(const std::string& capture_id, const CaptureLibrary::Opened& opened) {
  for (const PushMessage& message : push_messages(plugins_, library_, capture_id, opened)) {
    hub_.publish_to(capture_id, message.topic, message.json);
  }
}

}  // namespace tbprof::server
