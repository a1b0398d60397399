// Who may ask: Host, Origin, Sec-Fetch-Site, then token or cookie. Every request passes here before
// any route sees it, WebSocket upgrades too. Immutable: any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/host_rules.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/target.h"
#include "server/token.h"

namespace tbprof::server {

struct GateOptions {
  HostRules hosts;
  std::string token;  // empty: everybody who reaches the port may read
  Cookie cookie;
  std::string path_prefix;  // "" or "/a/b"
};

class Gate {
 public:
  explicit Gate(GateOptions options) : options_(std::move(options)) {}

  // The refusal, or for the page with "?token=" the way on; nullopt lets the request through.
  // `path` is the target's path below the prefix.
  std::optional<Reply> stop(const Request& request, const Target& target,
                            std::string_view path) const;

 private:
  std::optional<Reply> stop_stranger(const Request& request, bool is_page) const;
  Reply hand_out_cookie(const Request& request, const Target& target, std::string_view path) const;
  bool is_authorized(const Request& request) const;

  GateOptions options_;
};

bool is_page_path(std::string_view path);

}  // namespace tbprof::server
