#include "proto/packed_column.h"

#include <cstring>

#include "proto/varint.h"

namespace tbprof::proto {
namespace {

constexpr std::uint64_t kStopBits = 0x8080808080808080;

// The 7-bit groups of eight bytes side by side.
std::uint64_t gather(std::uint64_t word) {
  word = (word & 0x007f007f007f007f) | ((word & 0x7f007f007f007f00) >> 1);
  word = (word & 0x00003fff00003fff) | ((word & 0x3fff00003fff0000) >> 2);
  return (word & 0x000000000fffffff) | ((word & 0x0fffffff00000000) >> 4);
}

template <typename T>
bool decode_all(std::span<const std::uint8_t> column, std::span<T> values) {
  const std::uint8_t* in = column.data();
  const std::uint8_t* const end = in + column.size();
  T* out = values.data();
  T* const out_end = out + values.size();
  std::uint64_t high_bits = 0;
  if (column.size() == values.size()) {  // each value is one byte
    for (; out != out_end; ++in, ++out) {
      high_bits |= *in & 0x80u;
      *out = *in;
    }
    return high_bits == 0;
  }
  while (out != out_end) {
    std::uint64_t value = 0;
    std::uint64_t word = 0;
    if (end - in >= 8) [[likely]] {
      std::memcpy(&word, in, sizeof word);
      const std::uint64_t stops = ~word & kStopBits;
      if (stops != 0) [[likely]] {
        // All bits below the first stop bit, which belong to this value.
        value = gather(word & (stops ^ (stops - 1)));
        in += (std::countr_zero(stops) + 1) / 8;
        high_bits |= value;
        *out++ = static_cast<T>(value);
        continue;
      }
    }
    in = decode_varint(in, end, value);
    if (in == nullptr) return false;
    high_bits |= value;
    *out++ = static_cast<T>(value);
  }
  return in == end && (sizeof(T) == 8 || high_bits >> 32 == 0);
}

}  // namespace

std::size_t count_packed(std::span<const std::uint8_t> column) {
  std::size_t count = 0;
  std::size_t i = 0;
  for (; i + 8 <= column.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, column.data() + i, sizeof word);
    const std::uint64_t stops = (~word & kStopBits) >> 7;
    count += static_cast<std::size_t>((stops * 0x0101010101010101) >> 56);
  }
  for (; i < column.size(); ++i) count += column[i] < 0x80;
  return count;
}

bool decode_packed(std::span<const std::uint8_t> column, std::span<std::uint64_t> values) {
  return decode_all(column, values);
}

bool decode_packed(std::span<const std::uint8_t> column, std::span<std::uint32_t> values) {
  return decode_all(column, values);
}

}  // namespace tbprof::proto
