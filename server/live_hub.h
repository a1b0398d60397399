// Pushes to open pages. A page that reads slowly gets the latest message of each topic and not the
// ones between. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tbprof::server {

// One open page. Owned by its connection; the hub only looks at it.
class LiveSubscriber {
 public:
  explicit LiveSubscriber(std::function<void()> wake) : wake_(std::move(wake)) {}

  // {"subscribe": "<capture id>"} replaces the capture whose pushes are wanted; anything else is
  // not understood (false).
  bool read_message(std::string_view text);
  // The next message to send, oldest topic first.
  std::optional<std::string> take();

 private:
  friend class LiveHub;
  static constexpr std::size_t kMaxWaiting = 64;
  bool wants(std::string_view capture_id) const;
  void put(const std::string& topic, const std::string& message);

  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::string capture_id_;
  std::vector<std::pair<std::string, std::string>> waiting_;  // topic, message
};

class LiveHub {
 public:
  // `wake` is called, from any thread, when there is something to take().
  std::shared_ptr<LiveSubscriber> join(std::function<void()> wake);

  void publish(const std::string& topic, const std::string& message);
  // To the pages that subscribed to the capture.
  void publish_to(std::string_view capture_id, const std::string& topic,
                  const std::string& message);
  bool has_subscriber(std::string_view capture_id) const;

 private:
  std::vector<std::shared_ptr<LiveSubscriber>> subscribers() const;
  mutable std::mutex mutex_;
  mutable std::vector<std::weak_ptr<LiveSubscriber>> subscribers_;
};

}  // namespace tbprof::server
