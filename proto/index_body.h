// The contents of an index record as one protobuf message, before compression and after.
// Functions only. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "proto/result.h"
#include "proto/trace_records.h"

namespace tbprof::proto {

std::string encode_index_body(const TraceIndex& index);
// Every byte is taken as hostile.
Result<TraceIndex> decode_index_body(std::span<const std::uint8_t> body);

}  // namespace tbprof::proto
