// What a question that is out holds of whoever asked it: nothing once they have gone. A question
// that is dropped unanswered tells them so by drop(). Any thread.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace tbprof::server {

template <typename Client>
class Asker {
 public:
  explicit Asker(std::shared_ptr<Client> client) : client_(std::move(client)) {}
  ~Asker() {
    if (client_ != nullptr) client_->drop();
  }
  Asker(const Asker&) = delete;
  // Null if they have gone, or were answered.
  std::shared_ptr<Client> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(client_, nullptr);
  }
  bool is_there() const {
    const std::lock_guard lock(mutex_);
    return client_ != nullptr;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Client> client_;
};

}  // namespace tbprof::server
