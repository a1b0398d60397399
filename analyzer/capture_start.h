// When a recording began, read from its first bytes without loading it. Pure. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tbprof::analyzer {

// An earlier one is no time of day: the file counts from something else.
inline constexpr std::int64_t kEarliestStartUnixNs = 946'684'800'000'000'000;  // the year 2000

// Of a trace file of ours, from its header. 0 if it does not say.
std::int64_t tbtrace_start_unix_ns(std::span<const std::uint8_t> file);

// Of torch.profiler JSON, plain or gzip: the time of the first event near the front. 0 if it is not
// there or no time of day.
std::int64_t torch_json_start_unix_ns(std::span<const std::uint8_t> file);

}  // namespace tbprof::analyzer
