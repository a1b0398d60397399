#include "collector/name_table.h"

#include <stdlib.h>
#include <string.h>

#include <atomic>

#include "collector/event.h"

namespace tbprof::collector {

namespace {

constexpr std::uint32_t kSlots = 2 * kMaxNames;  // a power of two; never more than half full
constinit std::atomic<const NamedText*> g_slots[kSlots];
constinit std::atomic<std::uint32_t> g_used{0};

std::uint32_t hash_of(const char* text, std::size_t length, std::uint8_t category) {
  std::uint32_t hash = 2166136261u ^ category;
  for (std::size_t i = 0; i < length; ++i) {
    hash = (hash ^ static_cast<unsigned char>(text[i])) * 16777619u;
  }
  return hash ^ hash >> 15;
}

NamedText* make_entry(const char* text, std::size_t length, std::uint8_t category,
                      std::uint32_t hash) {
  auto* entry = static_cast<NamedText*>(malloc(sizeof(NamedText) + length + 1));
  if (entry == nullptr) return nullptr;
  entry->hash = hash;
  entry->length = static_cast<std::uint16_t>(length);
  entry->category = category;
  char* copy = reinterpret_cast<char*>(entry + 1);
  memcpy(copy, text, length);
  copy[length] = 0;
  return entry;
}

}  // namespace

std::uint32_t name_handle(const char* text, std::uint8_t category) {
  const std::size_t length = strnlen(text, kMaxNameBytes);
  const std::uint32_t hash = hash_of(text, length, category);
  NamedText* mine = nullptr;
  for (std::uint32_t probe = 0; probe < kSlots; ++probe) {
    const std::uint32_t slot = (hash + probe) & (kSlots - 1);
    const NamedText* entry = g_slots[slot].load(std::memory_order_acquire);
    if (entry == nullptr) {
      if (mine == nullptr) {
        if (g_used.load(std::memory_order_relaxed) >= kMaxNames) return 0;
        mine = make_entry(text, length, category, hash);
        if (mine == nullptr) return 0;
      }
      if (g_slots[slot].compare_exchange_strong(entry, mine, std::memory_order_acq_rel)) {
        g_used.fetch_add(1, std::memory_order_relaxed);
        return slot + 1;
      }
    }
    if (entry->hash == hash && entry->length == length && entry->category == category &&
        memcmp(entry->text(), text, length) == 0) {
      free(mine);
      return slot + 1;
    }
  }
  free(mine);
  return 0;
}

const NamedText* named_text(std::uint32_t handle) {
  if (handle == 0 || handle > kSlots) return nullptr;
  return g_slots[handle - 1].load(std::memory_order_acquire);
}

}  // namespace tbprof::collector
