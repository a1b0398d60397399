#include "server/logdir_watch.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "server/plugin_routes.h"

namespace tbprof::server {

LogdirWatch::LogdirWatch(CaptureLibrary& library, const std::vector<plugins::Plugin>& plugins,
                         LiveHub& hub, WorkerPool& workers, std::chrono::milliseconds interval)
    : library_(library), plugins_(plugins), hub_(hub), workers_(workers), interval_(interval) {
  look();
  if (interval_.count() > 0) thread_ = std::thread([this] { watch(); });
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

// A log directory that takes long to walk is walked less often: at most a tenth of one core.
void LogdirWatch::watch() {
  using Clock = std::chrono::steady_clock;
  Clock::duration pause = interval_;
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, pause, [this] { return is_stopping_; })) {
    lock.unlock();
    const auto begin = Clock::now();
    look();
    pause = std::max<Clock::duration>(interval_, 10 * (Clock::now() - begin));
    lock.lock();
  }
}

void LogdirWatch::look() {
  const std::string before = library_.snapshot()->version;
  const std::vector<std::string> changed = library_.rescan();
  const std::string after = library_.snapshot()->version;
  if (before == after) return;
  hub_.publish("core/captures",
               nlohmann::json{{"topic", "core/captures"}, {"version", after}}.dump());
  for (const std::string& id : changed) {
    if (hub_.has_subscriber(id)) push(id);
  }
}

void LogdirWatch::push(const std::string& capture_id) {
  {
    const std::lock_guard lock(mutex_);
    if (!pushing_.insert(capture_id).second) return;
  }
  const bool is_posted = workers_.post([this, capture_id] {
    {
      const std::lock_guard lock(mutex_);
      pushing_.erase(capture_id);  // a change from now on needs another push
    }
    for (const PushMessage& message : push_messages(plugins_, library_, capture_id)) {
      hub_.publish_to(capture_id, message.topic, message.json);
    }
  });
  if (is_posted) return;
  const std::lock_guard lock(mutex_);
  pushing_.erase(capture_id);
}

}  // namespace tbprof::server
