// Varints and zigzag of the protobuf wire format, without a branch for each byte: values below 2^56
// are spread to or gathered from eight bytes at once. Functions only. Any thread.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tbprof::proto {

static_assert(std::endian::native == std::endian::little, "the formats are read in place");

inline constexpr std::size_t kMaxVarintBytes = 10;
// encode_varint may write this many bytes beyond the value's own.
inline constexpr std::size_t kVarintSlackBytes = 8;

inline constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
inline constexpr std::int64_t unzigzag(std::uint64_t code) {
  return static_cast<std::int64_t>((code >> 1) ^ (~(code & 1) + 1));
}

// The difference as if numbers had no ends, so that no pair of times is out of range.
inline constexpr std::int64_t wrapping_difference(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
inline constexpr std::int64_t wrapping_sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

// Writes at `out` and returns where the next value goes.
inline std::uint8_t* encode_varint(std::uint8_t* out, std::uint64_t value) {
  if (value >> 56 == 0) [[likely]] {
    std::uint64_t spread = (value & 0x000000000fffffff) | ((value & 0x00fffffff0000000) << 4);
    spread = (spread & 0x00003fff00003fff) | ((spread & 0x0fffc0000fffc000) << 2);
    spread = (spread & 0x007f007f007f007f) | ((spread & 0x3f803f803f803f80) << 1);
    const unsigned size = (static_cast<unsigned>(std::bit_width(value | 1)) + 6) / 7;
    const std::uint64_t more = 0x8080808080808080 & ((std::uint64_t{1} << (8 * (size - 1))) - 1);
    spread |= more;
    std::memcpy(out, &spread, sizeof spread);
    return out + size;
  }
  while (value >= 0x80) {
    *out++ = static_cast<std::uint8_t>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<std::uint8_t>(value);
  return out;
}

// Reads one value and returns the byte after it; nullptr if it is cut or longer than 64 bits.
inline const std::uint8_t* decode_varint(const std::uint8_t* in, const std::uint8_t* end,
                                         std::uint64_t& value) {
  std::uint64_t result = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (in == end) return nullptr;
    const std::uint64_t byte = *in++;
    if (shift == 63 && byte > 1) return nullptr;
    result |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      value = result;
      return in;
    }
  }
  return nullptr;
}

}  // namespace tbprof::proto
