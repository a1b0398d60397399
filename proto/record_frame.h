// The framing of TFRecord, which event files and trace files share:
//   u64 payload length | u32 masked CRC32C of these 8 bytes | payload | u32 masked CRC32C of
//   payload
// all little endian. Source: TensorFlow's record_writer; facts in proto/TRACE_FORMAT.md.
// Functions only. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tbprof::proto {

inline constexpr std::size_t kFrameHeaderBytes = 12;
inline constexpr std::size_t kFrameFooterBytes = 4;

// CRC-32C (Castagnoli), with the processor's instruction where it has one.
// `seed` is the CRC of the bytes before these.
std::uint32_t crc32c(std::span<const std::uint8_t> bytes, std::uint32_t seed = 0);
// The same without that instruction, for other processors.
std::uint32_t crc32c_by_table(std::span<const std::uint8_t> bytes, std::uint32_t seed = 0);
inline std::uint32_t mask_crc32c(std::uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

// The first offset, at or after `from`, of 12 bytes that are a frame's header by their checksum;
// bytes.size() if there is none.
std::size_t find_frame_header(std::span<const std::uint8_t> bytes, std::size_t from);

// Appends one whole record to `out`.
void append_record(std::span<const std::uint8_t> payload, std::string& out);

}  // namespace tbprof::proto
