// The sizes of CUPTI's activity records by kind and version, as NVIDIA's headers of 12.4 to 13.5
// give them: for reading no further than a record goes, and for walking a buffer where no libcupti
// can be asked. Pure. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tbprof::cuda {

// As cuptiGetVersion tells it: 22 for 12.4, 28 for 12.9, 130000 and more from 13.0 on.
inline constexpr std::uint32_t kVersion12_8 = 26;
inline constexpr std::uint32_t kVersion13_1 = 130'100;

// Kinds of 13.1, which the headers of 13.0 do not name.
inline constexpr std::uint32_t kGraphHostNodeKind = 56;
inline constexpr std::uint32_t kHostLaunchKind = 58;

// 0: this version has no such kind. A version later than all known counts as the last of them,
// whose records only become longer; versions between two known ones as the earlier of the two.
std::size_t record_bytes(std::uint32_t kind, std::uint32_t version);

}  // namespace tbprof::cuda
