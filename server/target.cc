#include "server/target.h"

#include <cstdint>

#include "server/ascii.h"

namespace tbprof::server {

namespace {

proto::Error refuse(std::string message) {
  return {proto::ErrorCode::invalid_argument, std::move(message)};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lowered = lower_case(c);
  return lowered >= 'a' && lowered <= 'f' ? lowered - 'a' + 10 : -1;
}

proto::Result<std::string> decode_percent(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded.push_back(' ');
    } else if (text[i] != '%') {
      decoded.push_back(text[i]);
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0)
        return refuse("The URL holds a '%' that two hex digits do not follow.");
      decoded.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  if (decoded.find('\0') != std::string::npos) return refuse("The URL holds a NUL character.");
  if (!is_valid_utf8(decoded)) return refuse("The URL is not valid UTF-8.");
  return decoded;
}

// A slash or a control character that was encoded would mean another path to the next reader.
proto::Result<std::string> decode_path(std::string_view raw) {
  std::string path = TBPROF_TRY(decode_percent(raw, false));
  std::size_t raw_slashes = 0;
  std::size_t slashes = 0;
  for (const char c : raw) raw_slashes += c == '/';
  for (const char c : path) {
    slashes += c == '/';
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '\\' || c == '%') {
      return refuse("The URL's path holds a character that is not taken there.");
    }
  }
  if (slashes != raw_slashes) return refuse("The URL's path holds an encoded slash.");
  return path;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  static constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t length = first < 0x80             ? 1
                               : (first & 0xe0) == 0xc0 ? 2
                               : (first & 0xf0) == 0xe0 ? 3
                               : (first & 0xf8) == 0xf0 ? 4
                                                        : 0;
    if (length == 0 || i + length > text.size()) return false;
    std::uint32_t point = length == 1 ? first : first & (0xffu >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xc0) != 0x80) return false;
      point = (point << 6) | (next & 0x3fu);
    }
    const bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
    if (point < kSmallest[length] || point > 0x10ffff || is_surrogate) return false;
    i += length;
  }
  return true;
}

const std::string* Target::find(std::string_view key) const {
  for (const auto& [name, value] : query) {
    if (name == key) return &value;
  }
  return nullptr;
}

plugins::Params Target::params() const {
  plugins::Params params;
  for (const auto& [name, value] : query) params.add(name, value);
  return params;
}

proto::Result<Target> decode_target(std::string_view target) {
  if (target.empty() || target[0] != '/') return refuse("The URL's path must begin with '/'.");
  const std::size_t mark = target.find('?');
  Target decoded;
  decoded.path = TBPROF_TRY(decode_path(target.substr(0, mark)));
  if (mark == std::string_view::npos) return decoded;
  std::string_view query = target.substr(mark + 1);
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (pair.empty()) continue;
    if (decoded.query.size() == kMaxParameters) return refuse("The URL has too many parameters.");
    const std::size_t equals = pair.find('=');
    std::string key = TBPROF_TRY(decode_percent(pair.substr(0, equals), true));
    std::string value;
    if (equals != std::string_view::npos) {
      value = TBPROF_TRY(decode_percent(pair.substr(equals + 1), true));
    }
    decoded.query.emplace_back(std::move(key), std::move(value));
  }
  return decoded;
}

std::string encode_query(const std::vector<std::pair<std::string, std::string>>& query) {
  const auto append = [](std::string& out, std::string_view text) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    for (const char c : text) {
      if (is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~') {
        out.push_back(c);
      } else {
        const auto byte = static_cast<unsigned char>(c);
        out.push_back('%');
        out.push_back(kHex[byte >> 4]);
        out.push_back(kHex[byte & 15]);
      }
    }
  };
  std::string encoded;
  for (const auto& [key, value] : query) {
    if (!encoded.empty()) encoded.push_back('&');
    append(encoded, key);
    encoded.push_back('=');
    append(encoded, value);
  }
  return encoded;
}

}  // namespace tbprof::server
