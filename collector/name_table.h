// Names that were given once and are spoken of by handle. Grows only, without locks: a fork at any
// moment leaves it whole, and handles stay valid in the child. Any thread.
#pragma once

#include <cstdint>

namespace tbprof::collector {

inline constexpr std::uint32_t kMaxNames = 32768;

struct NamedText {
  std::uint32_t hash = 0;
  std::uint16_t length = 0;
  std::uint8_t category = 0;
  const char* text() const { return reinterpret_cast<const char*>(this + 1); }
};

// The same text and category give the same handle. 0 if the table is full or memory is short.
std::uint32_t name_handle(const char* text, std::uint8_t category);

// Null for handles that were never given.
const NamedText* named_text(std::uint32_t handle);

}  // namespace tbprof::collector
