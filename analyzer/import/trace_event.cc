#include "analyzer/import/trace_event.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace tbprof::analyzer::import {
namespace {

std::string_view* field_of(std::string_view key, TraceEvent& event) {
  switch (key.size()) {
    case 2:
      if (key == "ph") return &event.phase;
      if (key == "ts") return &event.ts;
      break;
    case 3:
      if (key == "pid") return &event.pid;
      if (key == "tid") return &event.tid;
      if (key == "dur") return &event.duration;
      if (key == "cat") return &event.category;
      break;
    case 4:
      if (key == "name") return &event.name;
      if (key == "args") return &event.args;
      break;
    default:
      break;
  }
  return nullptr;
}

bool read_field(JsonCursor& cursor, Quotes quotes, std::string_view& value) {
  if (cursor.peek() == '"') {
    return quotes == Quotes::escaped ? cursor.string(value) : cursor.unescaped_string(value);
  }
  return cursor.value(value);
}

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// Numbers with an exponent or more digits than 64 bits hold.
std::optional<std::int64_t> odd_microseconds_to_ns(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || std::isnan(value)) return std::nullopt;
  if (error == std::errc::result_out_of_range && value == 0) {
    value = text.front() == '-' ? -HUGE_VAL : HUGE_VAL;
  }
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  if (value * 1000 >= 9.2e18) return most;
  if (value * 1000 <= -9.2e18) return -most;
  return std::llround(value * 1000);
}

}  // namespace

bool read_event(JsonCursor& cursor, Quotes quotes, TraceEvent& event) {
  event = TraceEvent();
  if (!cursor.consume('{')) return false;
  if (cursor.consume('}')) return true;
  do {
    std::string_view key;
    if (!cursor.string(key) || !cursor.consume(':')) return false;
    std::string_view ignored;
    std::string_view* field = field_of(key, event);
    if (!read_field(cursor, quotes, field != nullptr ? *field : ignored)) return false;
  } while (cursor.consume(','));
  return cursor.consume('}');
}

std::size_t find_event(std::string_view text, std::size_t position) {
  for (std::size_t brace = text.find('{', position); brace != std::string_view::npos;
       brace = text.find('{', brace + 1)) {
    std::size_t before = brace;
    while (before > 0 && is_space(text[before - 1])) --before;
    // Arguments are objects too, but they stand behind a colon.
    if (before > 0 && text[before - 1] != ',' && text[before - 1] != '[') continue;
    std::size_t after = brace + 1;
    while (after < text.size() && is_space(text[after])) ++after;
    if (after < text.size() && text[after] == '"') return brace;
  }
  return std::string_view::npos;
}

std::optional<std::int64_t> microseconds_to_ns(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const bool negative = text.front() == '-';
  std::size_t i = negative ? 1 : 0;
  std::int64_t value = 0;
  const std::size_t first_digit = i;
  while (i < text.size() && i - first_digit <= 16 && text[i] >= '0' && text[i] <= '9') {
    value = value * 10 + (text[i++] - '0');
  }
  if (i == first_digit) return std::nullopt;
  // 16 digits of microseconds still fit as nanoseconds up to the year 2262.
  if (value >= std::numeric_limits<std::int64_t>::max() / 1000) return odd_microseconds_to_ns(text);
  std::int64_t decimals = 0;
  if (i < text.size() && text[i] == '.') {
    ++i;
    std::int64_t weight = 100;
    const std::size_t end = text.size();
    for (; i < end && text[i] >= '0' && text[i] <= '9'; ++i) {
      const std::int64_t digit = text[i] - '0';
      if (weight > 0) {
        decimals += digit * weight;
        weight /= 10;
      } else if (weight == 0) {
        decimals += digit >= 5 ? 1 : 0;
        weight = -1;
      }
    }
  }
  if (i < text.size()) return odd_microseconds_to_ns(text);
  const std::int64_t ns = value * 1000 + decimals;
  return negative ? -ns : ns;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

}  // namespace tbprof::analyzer::import
