#include "collector/intern_table.h"

#include <cstring>

#include "proto/trace_records.h"

namespace tbprof::collector {

namespace {

constexpr std::size_t kBlockBytes = std::size_t{64} << 10;

std::uint64_t mix(std::uint64_t value) {
  value *= 0x9e3779b97f4a7c15u;
  return value ^ value >> 32;
}

std::uint32_t hash_of(std::string_view text) {
  std::uint64_t hash = text.size();
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word = 0;
    memcpy(&word, at, 8);
    hash = mix(hash ^ word);
  }
  std::uint64_t word = 0;
  if (left > 0) memcpy(&word, at, left);
  return static_cast<std::uint32_t>(mix(hash ^ word));
}

}  // namespace

InternTable::Found InternTable::intern(std::string_view text) {
  if (2 * (texts_.size() + 1) > slots_.size()) grow();
  const std::uint32_t hash = hash_of(text);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    Slot& slot = slots_[at];
    if (slot.id_plus_one == 0) {
      if (texts_.size() >= kMaxTexts || text_bytes_ + text.size() > kMaxTextBytes) {
        return {proto::kNoId, false};
      }
      texts_.push_back(keep(text));
      slot = {hash, static_cast<std::uint32_t>(texts_.size())};
      return {slot.id_plus_one - 1, true};
    }
    if (slot.hash != hash) continue;
    const std::string_view known = texts_[slot.id_plus_one - 1];
    if (known == text) return {slot.id_plus_one - 1, false};
  }
}

void InternTable::grow() {
  std::vector<Slot> old(slots_.empty() ? 256 : slots_.size() * 2);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.id_plus_one == 0) continue;
    std::size_t at = slot.hash & mask;
    while (slots_[at].id_plus_one != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

std::string_view InternTable::keep(std::string_view text) {
  if (blocks_.empty() || block_used_ + text.size() > kBlockBytes) {
    const std::size_t bytes = text.size() > kBlockBytes ? text.size() : kBlockBytes;
    blocks_.push_back(std::unique_ptr<char[]>(new char[bytes]));
    block_used_ = 0;
  }
  char* copy = blocks_.back().get() + block_used_;
  if (!text.empty()) memcpy(copy, text.data(), text.size());
  block_used_ += text.size();
  text_bytes_ += text.size();
  return {copy, text.size()};
}

InternTable::Found PairTable::intern(std::uint32_t first, std::uint32_t second) {
  if (2 * (used_ + 1) > slots_.size()) grow();
  const std::uint64_t key = static_cast<std::uint64_t>(first) << 32 | second;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = mix(key) & mask;; at = (at + 1) & mask) {
    Slot& slot = slots_[at];
    if (slot.id_plus_one == 0) {
      slot = {key, ++used_};
      return {used_ - 1, true};
    }
    if (slot.key == key) return {slot.id_plus_one - 1, false};
  }
}

void PairTable::grow() {
  std::vector<Slot> old(slots_.empty() ? 256 : slots_.size() * 2);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.id_plus_one == 0) continue;
    std::size_t at = mix(slot.key) & mask;
    while (slots_[at].id_plus_one != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

}  // namespace tbprof::collector
