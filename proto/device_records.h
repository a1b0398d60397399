// What a chunk holds of the GPU besides slices: facts about some of a block's slices (and of some
// instants, which are kept alike), and the events that streams wait for. Functions only. One thread
// at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "proto/packed_writer.h"
#include "proto/trace_records.h"

namespace tbprof::proto {

// A block has one attribute for each key: more than this is no block of ours.
inline constexpr std::size_t kMaxSliceAttributes = 256;

// Appends a message of the given field for each. Rows from `row_count` on are left out.
void write_attributes(std::span<const SliceAttribute> attributes, std::size_t row_count,
                      std::uint32_t field, PackedWriter& packed, std::string& message);
// Adds what one attribute's message says. False if it is malformed or there are too many.
bool decode_attribute(std::span<const std::uint8_t> message, std::size_t row_count,
                      std::vector<SliceAttribute>& attributes);

void write_device_event(const DeviceEvent& event, std::string& message);
bool decode_device_event(std::span<const std::uint8_t> message, DeviceEvent& event);

}  // namespace tbprof::proto
