#include "server/answer_cache.h"

namespace tbprof::server {

std::shared_ptr<const Reply> AnswerCache::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto at = by_key_.find(key);
  if (at == by_key_.end()) return nullptr;
  items_.splice(items_.begin(), items_, at->second);
  return at->second->reply;
}

void AnswerCache::put(const std::string& key, std::shared_ptr<const Reply> reply) {
  constexpr std::size_t kOverheadBytes = 512;
  const std::size_t size =
      2 * key.size() + reply->body.view.size() + reply->gzip.view.size() + kOverheadBytes;
  if (size > budget_bytes_ / 4) return;
  const std::lock_guard lock(mutex_);
  if (by_key_.contains(key)) return;
  items_.push_front({key, std::move(reply), size});
  by_key_.emplace(key, items_.begin());
  size_bytes_ += size;
  while (size_bytes_ > budget_bytes_) {
    size_bytes_ -= items_.back().size_bytes;
    by_key_.erase(items_.back().key);
    items_.pop_back();
  }
}

std::size_t AnswerCache::size_bytes() const {
  const std::lock_guard lock(mutex_);
  return size_bytes_;
}

}  // namespace tbprof::server
