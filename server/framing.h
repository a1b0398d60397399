// Refuses requests whose borders two parsers could see differently: bare line feeds, folded fields,
// Transfer-Encoding, several Hosts or lengths. Runs on the raw bytes, before Boost.Beast parses
// them, because Beast 1.81 is lenient where a proxy in front may not be. Pure. Any thread.
#pragma once

#include <string_view>

#include "proto/result.h"

namespace tbprof::server {

inline constexpr std::size_t kMaxHeadBytes = 16 * 1024;
inline constexpr int kMaxFields = 100;

// `head` is everything up to and with the empty line. invalid_argument with one sentence.
proto::Result<> check_request_head(std::string_view head);

// A request target: "/path?query", or "http://authority/path?query" as clients of a proxy send it.
// The authority is empty in the first form; all is empty where it is neither.
struct SplitTarget {
  std::string_view authority;
  std::string_view path;  // with the query
};
SplitTarget split_target(std::string_view target);

// Whether it is a Sec-WebSocket-Key: sixteen bytes in base64.
bool is_websocket_key(std::string_view text);

// Whether bytes that are not yet a whole head can no longer become a good one.
bool is_hopeless_head(std::string_view partial);

}  // namespace tbprof::server
