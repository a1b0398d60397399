// Which Host and Origin a request may carry, so that a page of a stranger, or a name that a
// stranger points at this machine, reads nothing (DNS rebinding). Pure. Immutable after set-up: any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tbprof::server {

struct HostRules {
  // Besides the loopback names: "name" for any port or "name:port", in lower case. The ports 80 and
  // 443 may be left out of a request.
  std::vector<std::string> allowed;
  // A page of a stranger has a name, not an address, as its origin: when the server listens beyond
  // loopback, addresses are taken.
  bool addresses_allowed = false;
};

struct HostName {
  std::string name;  // lower case, without the brackets of an IPv6 address
  std::string port;  // "" if none was given
  bool is_bracketed = false;
};

// nullopt if it is not "name", "name:port", "[address]" or "[address]:port".
std::optional<HostName> parse_host(std::string_view host);

// "localhost", names below it, and the addresses that never leave the machine.
bool is_loopback_name(const HostName& host);
bool host_is_allowed(std::string_view host, const HostRules& rules);

// Whether the Origin is the very origin that the browser sees this server under.
bool origin_is_own(std::string_view origin, std::string_view host);

}  // namespace tbprof::server
