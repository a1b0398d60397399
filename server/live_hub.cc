#include "server/live_hub.h"

#include <nlohmann/json.hpp>

#include "server/router.h"

namespace tbprof::server {

bool LiveSubscriber::read_message(std::string_view text) {
  const auto message = nlohmann::json::parse(text, nullptr, false);
  if (!message.is_object() || !message.contains("subscribe")) return false;
  const auto& wanted = message["subscribe"];
  if (!wanted.is_string() && !wanted.is_null()) return false;
  std::string id = wanted.is_string() ? wanted.get<std::string>() : std::string();
  if (!id.empty() && !is_plain_id(id)) return false;
  const std::lock_guard lock(mutex_);
  capture_id_ = std::move(id);
  return true;
}

std::optional<std::string> LiveSubscriber::take() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return std::nullopt;
  std::string message = std::move(waiting_.front().second);
  waiting_.erase(waiting_.begin());
  return message;
}

bool LiveSubscriber::wants(std::string_view capture_id) const {
  const std::lock_guard lock(mutex_);
  return capture_id_ == capture_id;
}

void LiveSubscriber::put(const std::string& topic, const std::string& message) {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(waiting_, [&](const auto& item) { return item.first == topic; });
    if (waiting_.size() == kMaxWaiting) waiting_.erase(waiting_.begin());
    waiting_.emplace_back(topic, message);
  }
  wake_();
}

std::shared_ptr<LiveSubscriber> LiveHub::join(std::function<void()> wake) {
  auto subscriber = std::make_shared<LiveSubscriber>(std::move(wake));
  const std::lock_guard lock(mutex_);
  std::erase_if(subscribers_, [](const auto& other) { return other.expired(); });
  subscribers_.push_back(subscriber);
  return subscriber;
}

std::vector<std::shared_ptr<LiveSubscriber>> LiveHub::subscribers() const {
  std::vector<std::shared_ptr<LiveSubscriber>> open;
  const std::lock_guard lock(mutex_);
  std::erase_if(subscribers_, [](const auto& subscriber) { return subscriber.expired(); });
  for (const auto& subscriber : subscribers_) {
    if (auto alive = subscriber.lock()) open.push_back(std::move(alive));
  }
  return open;
}

void LiveHub::publish(const std::string& topic, const std::string& message) {
  for (const auto& subscriber : subscribers()) subscriber->put(topic, message);
}

void LiveHub::publish_to(std::string_view capture_id, const std::string& topic,
                         const std::string& message) {
  for (const auto& subscriber : subscribers()) {
    if (subscriber->wants(capture_id)) subscriber->put(topic, message);
  }
}

bool LiveHub::has_subscriber(std::string_view capture_id) const {
  for (const auto& subscriber : subscribers()) {
    if (subscriber->wants(capture_id)) return true;
  }
  return false;
}

}  // namespace tbprof::server
