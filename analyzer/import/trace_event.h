// One element of "traceEvents" of a Chrome trace, as fields of its text. Borrows the text.
// Functions and values. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "analyzer/import/json_cursor.h"

namespace tbprof::analyzer::import {

// Fields as they stand: strings without quotes, numbers as text, args with its braces.
struct TraceEvent {
  std::string_view phase;
  std::string_view category;
  std::string_view name;
  std::string_view pid;
  std::string_view tid;
  std::string_view ts;
  std::string_view duration;
  std::string_view args;
};

enum class Quotes : std::uint8_t { escaped, unescaped };

// Reads the object at the cursor and steps behind it; false if it is malformed.
bool read_event(JsonCursor& cursor, Quotes quotes, TraceEvent& event);

// Where an element of an array of objects seems to begin, at or after the position; npos if none.
std::size_t find_event(std::string_view text, std::size_t position);

// Microseconds as decimal text to nanoseconds, exact to the third decimal, the rest rounded.
// nullopt if it is no number; beyond the range of 64 bits it is the nearest end.
std::optional<std::int64_t> microseconds_to_ns(std::string_view text);

// A whole number, with or without quotes around it; nullopt if there is none.
std::optional<std::int64_t> whole_number(std::string_view text);

}  // namespace tbprof::analyzer::import
