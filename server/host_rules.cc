#include "server/host_rules.h"

#include <arpa/inet.h>

#include <algorithm>

#include "server/ascii.h"

namespace tbprof::server {

namespace {

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_host_character(char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; }

bool is_address(const HostName& host) {
  in6_addr address{};
  if (host.is_bracketed) return inet_pton(AF_INET6, host.name.c_str(), &address) == 1;
  return inet_pton(AF_INET, host.name.c_str(), &address) == 1;
}

}  // namespace

std::optional<HostName> parse_host(std::string_view host) {
  HostName parsed;
  std::string_view rest;
  if (!host.empty() && host[0] == '[') {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    parsed.name = lower_case(host.substr(1, end - 1));
    parsed.is_bracketed = true;
    in6_addr address{};
    if (inet_pton(AF_INET6, parsed.name.c_str(), &address) != 1) return std::nullopt;
    rest = host.substr(end + 1);
  } else {
    const std::size_t colon = host.find(':');
    parsed.name = lower_case(host.substr(0, colon));
    if (!std::all_of(parsed.name.begin(), parsed.name.end(), is_host_character)) {
      return std::nullopt;
    }
    rest = colon == std::string_view::npos ? std::string_view() : host.substr(colon);
  }
  if (parsed.name.empty()) return std::nullopt;
  if (rest == ":") rest = {};  // RFC 3986 lets the port be empty
  if (!rest.empty()) {
    if (rest[0] != ':' || !is_port(rest.substr(1))) return std::nullopt;
    parsed.port = std::string(rest.substr(1));
  }
  return parsed;
}

bool is_loopback_name(const HostName& host) {
  if (host.is_bracketed) return host.name == "::1";
  in_addr address{};
  if (inet_pton(AF_INET, host.name.c_str(), &address) == 1) {
    return (ntohl(address.s_addr) >> 24) == 127;
  }
  return host.name == "localhost" || (host.name.size() > 10 && host.name.ends_with(".localhost"));
}

bool host_is_allowed(std::string_view host, const HostRules& rules) {
  const std::optional<HostName> parsed = parse_host(host);
  if (!parsed) return false;
  if (is_loopback_name(*parsed)) return true;
  if (rules.addresses_allowed && is_address(*parsed)) return true;
  const std::string name = parsed->is_bracketed ? "[" + parsed->name + "]" : parsed->name;
  const std::string with_port = name + ":" + parsed->port;
  // A browser leaves out the port that its scheme has by itself.
  const bool is_bare = parsed->port.empty();
  return std::any_of(rules.allowed.begin(), rules.allowed.end(), [&](const std::string& entry) {
    return entry == name || entry == with_port ||
           (is_bare && (entry == name + ":443" || entry == name + ":80"));
  });
}

bool origin_is_own(std::string_view origin, std::string_view host) {
  const std::string lowered = lower_case(origin);
  const std::string own = lower_case(host);
  return lowered == "http://" + own || lowered == "https://" + own;
}

}  // namespace tbprof::server
