#include "server/router.h"

#include <algorithm>

#include "server/ascii.h"

namespace tbprof::server {

bool is_plain_id(std::string_view text) {
  return !text.empty() && text.size() <= 256 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alphanumeric(c) || c == '-' || c == '_';
  });
}

std::optional<Router::Match> Router::find(std::string_view path) const {
  if (path.size() > 1 && path.ends_with('/') && !path.ends_with("//")) path.remove_suffix(1);
  for (const Endpoint& endpoint : endpoints_) {
    const std::string_view pattern = endpoint.path;
    const std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) {
      if (pattern == path) return Match{&endpoint, {}};
      continue;
    }
    const std::string_view before = pattern.substr(0, star);
    const std::string_view after = pattern.substr(star + 1);
    if (path.size() < before.size() + after.size()) continue;
    if (!path.starts_with(before) || !path.ends_with(after)) continue;
    const std::string_view argument =
        path.substr(before.size(), path.size() - before.size() - after.size());
    if (is_plain_id(argument)) return Match{&endpoint, std::string(argument)};
  }
  return std::nullopt;
}

}  // namespace tbprof::server
