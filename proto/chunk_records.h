// The small records of a chunk's body, those that are a message each: tracks, shapes, steps, open
// slices, losses, clock pairs, properties, windows. Functions only. One thread at a time.
#pragma once

#include <cstdint>

#include "proto/trace_records.h"
#include "proto/wire.h"

namespace tbprof::proto {

// Numbers too large for an id become kNoId, which no range check lets pass.
inline std::uint32_t id_of_code(std::uint64_t code) {
  return code < kNoId ? static_cast<std::uint32_t>(code) : kNoId;
}
// 0 stands for kNoId, id n for n + 1, so that the common small ids stay small.
inline std::uint32_t optional_id_of_code(std::uint64_t code) {
  return code <= kNoId ? static_cast<std::uint32_t>(code) - 1 : kNoId;
}
inline std::uint64_t code_of_optional_id(std::uint32_t id) {
  return static_cast<std::uint32_t>(id + 1);
}
// Categories of a later version are read as `other`.
inline Category category_of_code(std::uint64_t code) {
  return code < kCategoryCount ? static_cast<Category>(code) : Category::other;
}

// Empties all lists but slices and counters, whose blocks are reused.
void clear_records(TraceChunk& chunk);

// Appends the record in the field that `reader` stands at; an unknown field is passed over.
// False if the record is malformed.
bool decode_record(const WireReader& reader, TraceChunk& chunk);

}  // namespace tbprof::proto
