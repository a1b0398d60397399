#include "analyzer/import/json_cursor.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "analyzer/import/utf8.h"

namespace tbprof::analyzer::import {
namespace {

constexpr std::size_t kMaxUnescapedBytes = 64 << 10;

enum CharacterClass : std::uint8_t { kPlain, kSpace, kQuote, kOpen, kClose, kComma, kColon };

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (const char c : {' ', '\t', '\n', '\r'}) classes[static_cast<std::uint8_t>(c)] = kSpace;
  classes['"'] = kQuote;
  classes['{'] = classes['['] = kOpen;
  classes['}'] = classes[']'] = kClose;
  classes[','] = kComma;
  classes[':'] = kColon;
  return classes;
}
constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

std::uint8_t class_of(char c) { return kClasses[static_cast<std::uint8_t>(c)]; }

void append_utf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

// Four hexadecimal digits at the position, or -1.
std::int32_t hex4(std::string_view raw, std::size_t position) {
  if (position + 4 > raw.size()) return -1;
  std::uint32_t code = 0;
  const char* begin = raw.data() + position;
  const auto [end, error] = std::from_chars(begin, begin + 4, code, 16);
  return error == std::errc() && end == begin + 4 ? static_cast<std::int32_t>(code) : -1;
}

// The escape behind the backslash at `position`; gives the position behind it.
std::size_t append_escape(std::string_view raw, std::size_t position, std::string& out) {
  const char kind = position + 1 < raw.size() ? raw[position + 1] : '\\';
  switch (kind) {
    case 'n':
      out += '\n';
      return position + 2;
    case 't':
      out += '\t';
      return position + 2;
    case 'r':
    case 'b':
    case 'f':
      out += ' ';
      return position + 2;
    case 'u':
      break;
    default:
      out += kind;
      return position + 2;
  }
  std::int32_t code = hex4(raw, position + 2);
  std::size_t behind = position + 6;
  if (code >= 0xd800 && code < 0xdc00 && behind + 2 <= raw.size() && raw[behind] == '\\' &&
      raw[behind + 1] == 'u') {
    const std::int32_t low = hex4(raw, behind + 2);
    if (low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      behind += 6;
    }
  }
  if (code < 0) {
    out += 'u';
    return position + 2;
  }
  append_utf8(code >= 0xd800 && code < 0xe000 ? 0xfffd : static_cast<std::uint32_t>(code), out);
  return behind;
}

}  // namespace

std::size_t JsonCursor::skip_space(std::size_t position) const {
  while (position < text_.size() && class_of(text_[position]) == kSpace) ++position;
  return position;
}

char JsonCursor::peek() {
  position_ = skip_space(position_);
  return position_ < text_.size() ? text_[position_] : '\0';
}

bool JsonCursor::consume(char expected) {
  if (peek() != expected || position_ >= text_.size()) return false;
  ++position_;
  return true;
}

bool JsonCursor::string(std::string_view& raw) {
  if (!consume('"')) return false;
  const std::size_t begin = position_;
  for (;;) {
    const void* quote = std::memchr(text_.data() + position_, '"', text_.size() - position_);
    if (quote == nullptr) return false;
    const auto found = static_cast<std::size_t>(static_cast<const char*>(quote) - text_.data());
    // A quote is the end unless an odd number of backslashes stands before it.
    std::size_t backslashes = 0;
    while (found - backslashes > begin && text_[found - backslashes - 1] == '\\') ++backslashes;
    position_ = found + 1;
    if (backslashes % 2 == 0) {
      raw = text_.substr(begin, found - begin);
      return true;
    }
  }
}

bool JsonCursor::unescaped_string(std::string_view& raw) {
  if (!consume('"')) return false;
  const std::size_t begin = position_;
  const std::size_t limit = std::min(text_.size(), begin + kMaxUnescapedBytes);
  const std::size_t quote = find_value_end(begin, limit);
  if (quote >= limit) return false;
  raw = text_.substr(begin, quote - begin);
  position_ = quote + 1;
  return true;
}

// The first quote that ends a value; at or behind the limit if there is none before it. Goes on
// where the last search ended, or many broken events would each cost the whole way.
std::size_t JsonCursor::find_value_end(std::size_t begin, std::size_t limit) {
  std::size_t quote = begin;
  if (begin >= searched_from_ && begin <= searched_until_) {
    quote = searched_until_;
  } else {
    searched_from_ = begin;
  }
  while (quote < limit && (text_[quote] != '"' || !quote_ends_value(quote + 1))) ++quote;
  searched_until_ = quote;
  return quote;
}

bool JsonCursor::quote_ends_value(std::size_t behind_quote) const {
  std::size_t next = skip_space(behind_quote);
  if (next >= text_.size()) return true;
  if (text_[next] == '}') return true;
  if (text_[next] != ',') return false;
  next = skip_space(next + 1);
  if (next >= text_.size() || text_[next] != '"') return false;
  const std::size_t key_end = text_.substr(0, next + 65).find('"', next + 1);
  if (key_end == std::string_view::npos) return false;
  const std::size_t colon = skip_space(key_end + 1);
  return colon < text_.size() && text_[colon] == ':';
}

bool JsonCursor::container() {
  int depth = 0;
  while (position_ < text_.size()) {
    const char* cursor = text_.data() + position_;
    const char* const end = text_.data() + text_.size();
    std::uint8_t kind = kPlain;
    while (cursor < end) {
      kind = class_of(*cursor);
      if (kind == kQuote || kind == kOpen || kind == kClose) break;
      ++cursor;
    }
    position_ = static_cast<std::size_t>(cursor - text_.data());
    if (cursor == end) return false;
    if (kind == kQuote) {
      std::string_view ignored;
      if (!string(ignored)) return false;
      continue;
    }
    ++position_;
    if (kind == kOpen) {
      if (++depth > kMaxDepth) return false;
    } else if (--depth == 0) {
      return true;
    }
  }
  return false;
}

bool JsonCursor::value(std::string_view& raw) {
  const char first = peek();
  const std::size_t begin = position_;
  if (first == '"') {
    std::string_view inner;
    if (!string(inner)) return false;
  } else if (first == '{' || first == '[') {
    if (!container()) return false;
  } else {
    while (position_ < text_.size() && class_of(text_[position_]) == kPlain) ++position_;
    if (position_ == begin) return false;
  }
  raw = text_.substr(begin, position_ - begin);
  return true;
}

std::string_view json_text(std::string_view raw, std::string& scratch) {
  if (raw.find('\\') == std::string_view::npos) return valid_utf8(raw, scratch);
  std::string unescaped;
  unescaped.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size();) {
    if (raw[i] == '\\') {
      i = append_escape(raw, i, unescaped);
    } else {
      unescaped += raw[i++];
    }
  }
  const std::string_view valid = valid_utf8(unescaped, scratch);
  if (valid.data() == unescaped.data()) scratch = unescaped;
  return scratch;
}

std::string_view compact_json(std::string_view raw, std::string& scratch) {
  if (raw.empty()) return raw;
  if (raw.front() == '"') return json_text(raw.substr(1, raw.size() - 2), scratch);
  if (raw.front() != '[' && raw.front() != '{') return valid_utf8(raw, scratch);
  std::string compact;
  compact.reserve(raw.size());
  bool quoted = false;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (quoted && raw[i] == '\\' && i + 1 < raw.size()) compact += raw[i++];
    if (raw[i] == '"') quoted = !quoted;
    if (quoted || class_of(raw[i]) != kSpace) compact += raw[i];
  }
  const std::string_view valid = valid_utf8(compact, scratch);
  if (valid.data() == compact.data()) scratch = std::move(compact);
  return scratch;
}

}  // namespace tbprof::analyzer::import
