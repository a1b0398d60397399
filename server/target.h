// A request target, decoded exactly once: path and query. Value. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/plugin.h"
#include "proto/result.h"

namespace tbprof::server {

struct Target {
  std::string path;                                        // decoded, begins with '/'
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order

  const std::string* find(std::string_view key) const;
  plugins::Params params() const;
};

inline constexpr std::size_t kMaxParameters = 256;

// Refuses what could be read in two ways: bad or doubled percent codes in the path, encoded
// slashes, NUL or control characters, invalid UTF-8.
proto::Result<Target> decode_target(std::string_view target);

// "a=b&c=d", encoded so that it can stand in a Location; "" for no parameters.
std::string encode_query(const std::vector<std::pair<std::string, std::string>>& query);

bool is_valid_utf8(std::string_view text);

}  // namespace tbprof::server
