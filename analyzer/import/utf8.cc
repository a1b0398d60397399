#include "analyzer/import/utf8.h"

#include <cstdint>
#include <cstring>

namespace tbprof::analyzer::import {
namespace {

bool is_ascii(std::string_view text) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, 8);
    if ((word & 0x8080808080808080u) != 0) return false;
  }
  for (; i < text.size(); ++i) {
    if ((static_cast<std::uint8_t>(text[i]) & 0x80) != 0) return false;
  }
  return true;
}

// Length of the well-formed character at the position, 0 if there is none (RFC 3629, section 4).
std::size_t character_bytes(std::string_view text, std::size_t position) {
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return position + i < text.size() ? static_cast<std::uint8_t>(text[position + i]) : 0;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (!follows(1) || !follows(2)) return 0;
    if (first == 0xe0 && byte(1) < 0xa0) return 0;
    return first == 0xed && byte(1) > 0x9f ? 0 : 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if (first == 0xf0 && byte(1) < 0x90) return 0;
    return first == 0xf4 && byte(1) > 0x8f ? 0 : 4;
  }
  return 0;
}

}  // namespace

std::string_view valid_utf8(std::string_view text, std::string& scratch) {
  if (is_ascii(text)) return text;
  std::size_t good = 0;
  while (good < text.size()) {
    const std::size_t bytes = character_bytes(text, good);
    if (bytes == 0) break;
    good += bytes;
  }
  if (good == text.size()) return text;
  std::string fixed(text.substr(0, good));
  for (std::size_t i = good; i < text.size();) {
    const std::size_t bytes = character_bytes(text, i);
    if (bytes == 0) {
      fixed += "\xef\xbf\xbd";
      ++i;
    } else {
      fixed += text.substr(i, bytes);
      i += bytes;
    }
  }
  scratch = std::move(fixed);
  return scratch;
}

}  // namespace tbprof::analyzer::import
