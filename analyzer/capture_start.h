// When a recording began, and of which process of a job it is, read from its first bytes without
// loading it. Pure. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "proto/trace_records.h"

namespace tbprof::analyzer {

// An earlier one is no time of day: the file counts from something else.
inline constexpr std::int64_t kEarliestStartUnixNs = 946'684'800'000'000'000;  // the year 2000

// The header of a trace file of ours, or of a file of samples; nothing if it is damaged.
std::optional<proto::TraceHeader> first_header(std::span<const std::uint8_t> file);

// As the header says. 0 if it does not.
std::int64_t start_unix_ns(const std::optional<proto::TraceHeader>& header);

// Of torch.profiler JSON, plain or gzip: the time of the first event near the front. 0 if it is not
// there or no time of day.
std::int64_t torch_json_start_unix_ns(std::span<const std::uint8_t> file);

}  // namespace tbprof::analyzer
