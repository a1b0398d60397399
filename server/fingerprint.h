// A name for bytes that is the same on every machine and run: 64-bit FNV-1a as 16 hex digits. For
// ETags and cookie names; not a defence against someone who seeks collisions. Pure. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tbprof::server {

inline std::uint64_t fingerprint_bits(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  return hash;
}

inline std::string fingerprint(std::string_view bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::uint64_t hash = fingerprint_bits(bytes);
  std::string digits(16, '0');
  for (std::size_t i = digits.size(); i-- > 0; hash >>= 4) digits[i] = kHex[hash & 15];
  return digits;
}

}  // namespace tbprof::server
