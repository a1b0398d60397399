// What a chunk holds of the GPU besides slices: facts about some of a block's slices, and the
// events that streams wait for. Functions only. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "proto/packed_writer.h"
#include "proto/trace_records.h"

namespace tbprof::proto {

// A block has one attribute for each key: more than this is no block of ours.
inline constexpr std::size_t kMaxSliceAttributes = 256;

// Appends the attributes to a block's message. Rows behind `slice_count` are left out.
void write_slice_attributes(const SliceBlock& block, std::size_t slice_count, PackedWriter& packed,
                            std::string& message);
// Adds what one attribute's message says. False if it is malformed or there are too many.
bool decode_slice_attribute(std::span<const std::uint8_t> message, std::size_t slice_count,
                            SliceBlock& block);

void write_device_event(const DeviceEvent& event, std::string& message);
bool decode_device_event(std::span<const std::uint8_t> message, DeviceEvent& event);

}  // namespace tbprof::proto
