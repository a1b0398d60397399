// A column of integers as protobuf's packed varints. Every length is checked: a column that does
// not hold exactly the expected number of values is refused. Functions only. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tbprof::proto {

// Bytes that end a varint, which is the number of values if the column is well formed.
std::size_t count_packed(std::span<const std::uint8_t> column);

// False if the column is malformed or holds another number of values than `values`; for 32 bits
// also if a value is larger.
bool decode_packed(std::span<const std::uint8_t> column, std::span<std::uint64_t> values);
bool decode_packed(std::span<const std::uint8_t> column, std::span<std::uint32_t> values);

}  // namespace tbprof::proto
