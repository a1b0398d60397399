// The table of routes: exact paths, each with what answers it. Filled at start, then immutable:
// any thread.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/reply.h"
#include "server/request.h"
#include "server/target.h"

namespace tbprof::server {

struct Call {
  const Request& request;
  const Target& target;
  std::string_view argument;  // what stood for the "*" in the path
};

struct Endpoint {
  // Below the path prefix. One segment may be "*": a capture id, [A-Za-z0-9_-]+.
  std::string path;
  // Handlers that may load, compute or read files run on a worker, the others where they arrive.
  bool runs_on_worker = false;
  std::function<Reply(const Call&)> answer;
};

class Router {
 public:
  void add(Endpoint endpoint) { endpoints_.push_back(std::move(endpoint)); }

  struct Match {
    const Endpoint* endpoint = nullptr;
    std::string argument;
  };
  // As TensorBoard does, one trailing slash is taken for none.
  std::optional<Match> find(std::string_view path) const;
  std::span<const Endpoint> endpoints() const { return endpoints_; }

 private:
  std::vector<Endpoint> endpoints_;
};

// [A-Za-z0-9_-]+
bool is_plain_id(std::string_view text);

}  // namespace tbprof::server
