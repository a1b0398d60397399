#include "server/framing.h"

#include <string>

#include "server/ascii.h"

namespace tbprof::server {

namespace {

proto::Error refuse(std::string message) {
  return {proto::ErrorCode::invalid_argument, std::move(message)};
}

bool is_token_character(char c) {
  return is_alphanumeric(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  for (const char c : text) {
    if (!is_token_character(c)) return false;
  }
  return !text.empty();
}

bool has_control(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) return true;
  }
  return false;
}

constexpr std::string_view kScheme = "http://";

proto::Result<> check_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return refuse("The request line is not 'METHOD target HTTP/1.1'.");
  }
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (!is_token(line.substr(0, first))) return refuse("The request method is not a word.");
  if (split_target(target).path.empty()) {
    return refuse("The request target must be a path or an http URL.");
  }
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '#') {
      return refuse("The request target holds a character that must be percent-encoded.");
    }
  }
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return refuse("Only HTTP/1.1 is spoken here.");
  return proto::success();
}

struct Seen {
  int fields = 0;
  int hosts = 0;
  std::string_view host;
  int lengths = 0;
  int origins = 0;
  int sites = 0;
  int authorizations = 0;
};

proto::Result<> check_field(std::string_view line, Seen& seen) {
  if (line[0] == ' ' || line[0] == '\t') return refuse("Folded header fields are not taken.");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return refuse("A header field is not 'name: value'.");
  }
  const std::string name = lower_case(line.substr(0, colon));
  const std::string_view value = trim(line.substr(colon + 1));
  if (++seen.fields > kMaxFields) return refuse("The request has too many header fields.");
  if (name == "transfer-encoding") return refuse("Transfer-Encoding is not taken in requests.");
  if (name == "host") {
    seen.host = value;
    if (++seen.hosts > 1 || value.empty()) {
      return refuse("The request must name exactly one Host.");
    }
  }
  // Of two, this server and a proxy in front could each believe another one.
  if ((name == "origin" && ++seen.origins > 1) || (name == "sec-fetch-site" && ++seen.sites > 1) ||
      (name == "authorization" && ++seen.authorizations > 1)) {
    return refuse("The field " + name + " must come once at most.");
  }
  if (name == "content-length") {
    if (++seen.lengths > 1) return refuse("Content-Length must come once.");
    for (const char c : value) {
      if (c < '0' || c > '9') return refuse("Content-Length is not a number.");
    }
    if (value.find_first_not_of('0') != std::string_view::npos || value.empty()) {
      return refuse("No request with a body is taken here.");
    }
  }
  return proto::success();
}

}  // namespace

SplitTarget split_target(std::string_view target) {
  if (target.starts_with('/')) return {"", target};
  if (lower_case(target.substr(0, kScheme.size())) != kScheme) return {};
  const std::string_view rest = target.substr(kScheme.size());
  const std::size_t slash = rest.find('/');
  if (slash == 0 || slash == std::string_view::npos) return {};
  return {rest.substr(0, slash), rest.substr(slash)};
}

proto::Result<> check_request_head(std::string_view head) {
  Seen seen;
  bool is_first = true;
  std::string_view version;
  std::string_view authority;
  while (true) {
    const std::size_t end = head.find("\r\n");
    if (end == std::string_view::npos) return refuse("A line does not end with CR LF.");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (has_control(line)) return refuse("A control character stands in the header.");
    if (is_first) {
      TBPROF_TRY(check_request_line(line));
      version = line.substr(line.size() - 8);
      const std::size_t target = line.find(' ') + 1;
      authority = split_target(line.substr(target, line.rfind(' ') - target)).authority;
      is_first = false;
      continue;
    }
    if (line.empty()) break;
    TBPROF_TRY(check_field(line, seen));
  }
  if (!head.empty()) return refuse("Bytes follow the header.");
  if (seen.hosts == 0 && version == "HTTP/1.1") {
    return refuse("The request must name exactly one Host.");
  }
  // A proxy in front could believe the one or the other.
  if (!authority.empty() && lower_case(authority) != lower_case(seen.host)) {
    return refuse("The request target and the field Host name different servers.");
  }
  return proto::success();
}

bool is_websocket_key(std::string_view text) {
  constexpr std::size_t kDigits = 22;
  if (text.size() != kDigits + 2 || !text.ends_with("==")) return false;
  for (const char c : text.substr(0, kDigits)) {
    if (!is_alphanumeric(c) && c != '+' && c != '/') return false;
  }
  return true;
}

bool is_hopeless_head(std::string_view partial) {
  for (std::size_t i = 0; i < partial.size(); ++i) {
    if (partial[i] == '\n' && (i == 0 || partial[i - 1] != '\r')) return true;
    if (partial[i] == '\0') return true;
  }
  return partial.size() >= kMaxHeadBytes;
}

}  // namespace tbprof::server
