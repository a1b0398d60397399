#include "analyzer/trace/string_table.h"

#include <functional>
#include <utility>

namespace tbprof::analyzer::trace {

std::uint32_t StringTable::intern(std::string_view text, std::uint8_t salt) {
  if (texts_.size() * 2 >= buckets_.size()) grow();
  const std::uint64_t wide =
      std::hash<std::string_view>()(text) ^ (std::uint64_t{salt} * 0x9e3779b97f4a7c15u);
  const auto hash = static_cast<std::uint32_t>(wide ^ (wide >> 32));
  const std::size_t mask = buckets_.size() - 1;
  for (std::size_t bucket = hash & mask;; bucket = (bucket + 1) & mask) {
    const std::uint32_t entry = buckets_[bucket];
    if (entry == 0) {
      texts_.emplace_back(text);
      text_bytes_ += text.size() >= sizeof(std::string) / 2 ? text.size() + 1 : 0;
      salts_.push_back(salt);
      hashes_.push_back(hash);
      buckets_[bucket] = static_cast<std::uint32_t>(texts_.size());
      return buckets_[bucket] - 1;
    }
    const std::uint32_t index = entry - 1;
    if (hashes_[index] == hash && salts_[index] == salt && texts_[index] == text) return index;
  }
}

void StringTable::grow() {
  buckets_.assign(buckets_.empty() ? 64 : buckets_.size() * 2, 0);
  const std::size_t mask = buckets_.size() - 1;
  for (std::uint32_t index = 0; index < hashes_.size(); ++index) {
    std::size_t bucket = hashes_[index] & mask;
    while (buckets_[bucket] != 0) bucket = (bucket + 1) & mask;
    buckets_[bucket] = index + 1;
  }
}

std::size_t StringTable::memory_bytes() const {
  return texts_.capacity() * sizeof(std::string) + text_bytes_ + salts_.capacity() +
         (hashes_.capacity() + buckets_.capacity()) * sizeof(std::uint32_t);
}

std::vector<std::string> StringTable::take() {
  text_bytes_ = 0;
  salts_.clear();
  hashes_.clear();
  buckets_.clear();
  return std::exchange(texts_, {});
}

}  // namespace tbprof::analyzer::trace
