// Recording windows and the steps outside of them as fields of a chunk's body. Functions only. One
// thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "proto/packed_writer.h"
#include "proto/trace_records.h"

namespace tbprof::proto {

// Appends the message of a window, without its tag.
void write_window(const RecordingWindow& window, std::string& out);
// Appends the field with all noted steps of a chunk, tag included; nothing if there are none.
void encode_noted_steps(const std::vector<NotedStep>& steps, PackedWriter& packed,
                        std::string& body);

// Every byte is taken as hostile; false if the message is malformed.
bool decode_window(std::span<const std::uint8_t> message, RecordingWindow& window);
// Appends the steps.
bool decode_noted_steps(std::span<const std::uint8_t> message, std::vector<NotedStep>& steps);

}  // namespace tbprof::proto
