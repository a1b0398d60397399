// The table of routes: exact paths, each with what answers it. Filled at start, then immutable:
// any thread.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/capture_library.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/target.h"

namespace tbprof::server {

// A capture that the question names, in the version that its answer is made of.
struct NamedCapture {
  std::string id;
  proto::Result<CaptureLibrary::Opened> opened;
};

struct Call {
  const Request& request;
  const Target& target;
  std::string_view argument;  // what stood for the "*" in the path
  std::span<const NamedCapture> captures;
};

struct Endpoint {
  // Below the path prefix. One segment may be "*": a capture id, [A-Za-z0-9_-]+.
  std::string path;
  // Handlers that may load, compute or read files run on a worker, the others where they arrive.
  bool runs_on_worker = false;
  std::function<Reply(const Call&)> answer;
  // Waits, without a thread, until the log directory has been looked through.
  bool needs_catalogue = false;
  // Waits, without a thread, until what the parameters "capture" name is loaded.
  bool needs_captures = false;
};

// More are not opened for one question.
inline constexpr std::size_t kMaxCapturesPerQuestion = 64;

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
