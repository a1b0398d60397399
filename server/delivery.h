// From a reply to the bytes of an HTTP answer: validators, ranges, compression, HEAD, security
// headers. Pure. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/reply.h"
#include "server/request.h"

namespace tbprof::server {

struct Delivery {
  int status = 200;
  std::string head;  // status line to the empty line
  Bytes body;
  plugins::NextPiece next_piece;  // if set: what follows the head, framed as below
  bool is_chunked = false;
  bool must_close = false;
};

Delivery deliver(const Request& request, Reply reply);

// On every answer, errors and WebSocket upgrades included.
struct HeaderField {
  std::string_view name;
  std::string_view value;
};
std::span<const HeaderField> security_fields();

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // inclusive
};
enum class RangeVerdict { none, satisfiable, unsatisfiable };
// A single range; anything else ("none") is answered whole.
RangeVerdict parse_range(std::string_view field, std::uint64_t size, ByteRange& range);

// Whether a list of entity tags, or "*", has this one; `etag` is without quotes.
bool matches_etag(std::string_view field, std::string_view etag);

// 'attachment; filename="…"' in which nothing of the name can end the field.
std::string content_disposition(std::string_view name);

}  // namespace tbprof::server
