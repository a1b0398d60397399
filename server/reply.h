// What the application answers, before delivery decides on compression, ranges and validators.
// Bytes keep what they borrow from alive. Value. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/plugin.h"
#include "proto/result.h"

namespace tbprof::server {

struct Bytes {
  std::shared_ptr<const void> owner;  // null for what lives as long as the program
  std::string_view view;

  static Bytes own(std::string text) {
    auto owner = std::make_shared<const std::string>(std::move(text));
    const std::string_view view = *owner;
    return {std::move(owner), view};
  }
};

// Bytes that are read from a file while the client takes them, never all at once.
struct ByteSource {
  std::uint64_t size_bytes = 0;
  // Fewer than asked for if the file has become shorter. Any thread.
  std::function<proto::Result<std::string>(std::uint64_t offset, std::size_t size_bytes)> read;
};

struct Reply {
  int status = 200;
  std::string content_type = std::string(plugins::kJson);
  Bytes body;
  Bytes gzip;                 // the body compressed, if that is at hand
  std::string etag;           // without quotes; empty: not to be validated or cached
  std::string download_name;  // not empty: offered as a file of this name
  std::vector<std::pair<std::string, std::string>> fields;  // further header fields
  std::shared_ptr<const ByteSource> source;                 // instead of a body
  plugins::NextPiece next_piece;  // instead of a body: made while the client reads
  bool must_close = false;        // the connection cannot be used after it
};

Reply json_reply(std::string json);
// {"error": message}
Reply error_reply(int status, std::string_view message);
Reply error_reply(const proto::Error& error);

int status_of(proto::ErrorCode code);
std::string_view reason_of(int status);

}  // namespace tbprof::server
