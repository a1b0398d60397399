#include "proto/record_frame.h"

#include <array>
#include <atomic>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#include <nmmintrin.h>
#endif

namespace tbprof::proto {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // Castagnoli's, lowest bit first

// kTables[k][b]: the CRC of byte b followed by k zero bytes.
constexpr auto kTables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    for (std::size_t k = 1; k < 8; ++k) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}();

std::uint32_t update_by_table(std::uint32_t crc, const std::uint8_t* in, std::size_t size) {
  for (; size >= 8; in += 8, size -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, in, sizeof word);
    word ^= crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= kTables[7 - k][(word >> (8 * k)) & 0xff];
  }
  for (; size != 0; ++in, --size) crc = (crc >> 8) ^ kTables[0][(crc ^ *in) & 0xff];
  return crc;
}

#if defined(__x86_64__)

// The instruction takes three cycles but one can begin in each: three lanes of this many bytes run
// side by side and are joined afterwards.
constexpr std::size_t kLaneBytes = 1024;

// kShift[k][b]: what byte k of a CRC with value b becomes behind kLaneBytes zero bytes. The map is
// linear, so a whole CRC is the XOR of its four bytes' entries.
constexpr auto kShift = [] {
  std::array<std::uint32_t, 32> of_bit{};  // images of the single bits, doubled in distance
  for (std::uint32_t bit = 0; bit < 32; ++bit) {
    const std::uint32_t crc = std::uint32_t{1} << bit;
    of_bit[bit] = (crc >> 8) ^ kTables[0][crc & 0xff];
  }
  const auto apply = [](const std::array<std::uint32_t, 32>& map, std::uint32_t value) {
    std::uint32_t image = 0;
    for (std::uint32_t bit = 0; bit < 32; ++bit) image ^= ((value >> bit) & 1) != 0 ? map[bit] : 0;
    return image;
  };
  for (std::size_t distance = 1; distance < kLaneBytes; distance *= 2) {
    std::array<std::uint32_t, 32> doubled{};
    for (std::uint32_t bit = 0; bit < 32; ++bit) doubled[bit] = apply(of_bit, of_bit[bit]);
    of_bit = doubled;
  }
  std::array<std::array<std::uint32_t, 256>, 4> shift{};
  for (std::uint32_t k = 0; k < 4; ++k) {
    for (std::uint32_t byte = 0; byte < 256; ++byte)
      shift[k][byte] = apply(of_bit, byte << (8 * k));
  }
  return shift;
}();

std::uint32_t behind_lane(std::uint32_t crc) {
  return kShift[0][crc & 0xff] ^ kShift[1][(crc >> 8) & 0xff] ^ kShift[2][(crc >> 16) & 0xff] ^
         kShift[3][crc >> 24];
}

__attribute__((target("sse4.2"))) std::uint32_t update_by_instruction(std::uint32_t crc,
                                                                      const std::uint8_t* in,
                                                                      std::size_t size) {
  const auto word_at = [](const std::uint8_t* place) {
    std::uint64_t word = 0;
    std::memcpy(&word, place, sizeof word);
    return word;
  };
  for (; size >= 3 * kLaneBytes; in += 3 * kLaneBytes, size -= 3 * kLaneBytes) {
    std::uint64_t a = crc;
    std::uint64_t b = 0;
    std::uint64_t c = 0;
    for (std::size_t i = 0; i < kLaneBytes; i += 8) {
      a = _mm_crc32_u64(a, word_at(in + i));
      b = _mm_crc32_u64(b, word_at(in + kLaneBytes + i));
      c = _mm_crc32_u64(c, word_at(in + 2 * kLaneBytes + i));
    }
    crc = behind_lane(static_cast<std::uint32_t>(a)) ^ static_cast<std::uint32_t>(b);
    crc = behind_lane(crc) ^ static_cast<std::uint32_t>(c);
  }
  std::uint64_t wide = crc;
  for (; size >= 8; in += 8, size -= 8) wide = _mm_crc32_u64(wide, word_at(in));
  crc = static_cast<std::uint32_t>(wide);
  for (; size != 0; ++in, --size) crc = _mm_crc32_u8(crc, *in);
  return crc;
}

__attribute__((target("sse4.2"))) std::size_t find_header_by_instruction(
    std::span<const std::uint8_t> bytes, std::size_t from) {
  for (; from + kFrameHeaderBytes <= bytes.size(); ++from) {
    std::uint64_t length = 0;
    std::uint32_t stored = 0;
    std::memcpy(&length, bytes.data() + from, sizeof length);
    std::memcpy(&stored, bytes.data() + from + sizeof length, sizeof stored);
    const auto crc = static_cast<std::uint32_t>(_mm_crc32_u64(0xffffffff, length));
    if (mask_crc32c(~crc) == stored) return from;
  }
  return bytes.size();
}

enum class Instruction : std::uint8_t { unasked, absent, present };
std::atomic<Instruction> instruction_state{Instruction::unasked};

// Asked once: in a virtual machine the answer costs microseconds.
bool has_instruction() {
  Instruction state = instruction_state.load(std::memory_order_relaxed);
  if (state == Instruction::unasked) [[unlikely]] {
    unsigned a = 0, b = 0, c = 0, d = 0;
    const bool present = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSE4_2) != 0;
    state = present ? Instruction::present : Instruction::absent;
    instruction_state.store(state, std::memory_order_relaxed);
  }
  return state == Instruction::present;
}

#endif

void append_number(std::uint64_t value, std::size_t size, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), size);
}

}  // namespace

std::uint32_t crc32c_by_table(std::span<const std::uint8_t> bytes, std::uint32_t seed) {
  return ~update_by_table(~seed, bytes.data(), bytes.size());
}

std::uint32_t crc32c(std::span<const std::uint8_t> bytes, std::uint32_t seed) {
#if defined(__x86_64__)
  if (has_instruction()) return ~update_by_instruction(~seed, bytes.data(), bytes.size());
#endif
  return crc32c_by_table(bytes, seed);
}

std::size_t find_frame_header(std::span<const std::uint8_t> bytes, std::size_t from) {
#if defined(__x86_64__)
  if (has_instruction()) return find_header_by_instruction(bytes, from);
#endif
  for (; from + kFrameHeaderBytes <= bytes.size(); ++from) {
    std::uint32_t stored = 0;
    std::memcpy(&stored, bytes.data() + from + 8, sizeof stored);
    if (mask_crc32c(crc32c_by_table(bytes.subspan(from, 8))) == stored) return from;
  }
  return bytes.size();
}

void append_record(std::span<const std::uint8_t> payload, std::string& out) {
  const std::uint64_t length = payload.size();
  const auto* length_bytes = reinterpret_cast<const std::uint8_t*>(&length);
  append_number(length, 8, out);
  append_number(mask_crc32c(crc32c({length_bytes, 8})), 4, out);
  out.append(reinterpret_cast<const char*>(payload.data()), payload.size());
  append_number(mask_crc32c(crc32c(payload)), 4, out);
}

}  // namespace tbprof::proto
