// Answers by question, the least recently used dropped first. Keys hold the capture's version, so
// nothing in it is ever wrong, only unused. Any thread.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/reply.h"

namespace tbprof::server {

class AnswerCache {
 public:
  explicit AnswerCache(std::size_t budget_bytes) : budget_bytes_(budget_bytes) {}

  // null if it is not there.
  std::shared_ptr<const Reply> find(const std::string& key);
  // Answers larger than a quarter of the budget are not kept.
  void put(const std::string& key, std::shared_ptr<const Reply> reply);
  std::size_t size_bytes() const;

 private:
  struct Item {
    std::string key;
    std::shared_ptr<const Reply> reply;
    std::size_t size_bytes;
  };
  const std::size_t budget_bytes_;
  mutable std::mutex mutex_;
  std::list<Item> items_;  // the newest use first
  std::unordered_map<std::string, std::list<Item>::iterator> by_key_;
  std::size_t size_bytes_ = 0;
};

}  // namespace tbprof::server
