// From a request to what is sent: gate, routes, handlers, delivery. Knows neither sockets nor the
// names of plugins. Any thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "plugins/plugin.h"
#include "server/answer_cache.h"
#include "server/capture_library.h"
#include "server/delivery.h"
#include "server/gate.h"
#include "server/live_hub.h"
#include "server/logdir_watch.h"
#include "server/page.h"
#include "server/router.h"
#include "server/worker_pool.h"

namespace tbprof::server {

struct ApplicationOptions {
  LogdirAccess logdir;
  std::vector<plugins::Plugin> plugins;
  std::span<const PageFile> page;
  GateOptions gate;
  std::string version;
  std::string window_title;
  std::chrono::milliseconds reload_interval{1000};  // 0: look once
  std::size_t memory_budget_bytes = default_memory_budget_bytes();
  std::size_t answer_cache_bytes = std::size_t{256} << 20;
  std::size_t worker_threads = 4;
};

class Application {
 public:
  explicit Application(ApplicationOptions options);
  ~Application();
  Application(const Application&) = delete;

  // Calls done once, at once or from a worker. A question that nobody wants any more is dropped
  // when its turn comes, and done with it.
  void handle(
      Request request, std::function<void(Delivery)> done,
      std::function<bool()> is_wanted = [] { return true; });

  // For a request to upgrade to a WebSocket: the refusal, or nullopt if it may become one.
  std::optional<Delivery> refuse_upgrade(const Request& request);

  // Ends watching, loading, pushing and the work of the workers; questions that wait are dropped.
  // Returns when the loads and the work that run have ended.
  void stop();

  LiveHub& live() { return hub_; }
  WorkerPool& workers() { return workers_; }
  const Router& router() const { return router_; }

 private:
  // Where a request leads after all refusals.
  struct Way {
    Target target;
    Router::Match match;
  };
  std::variant<Way, Reply> find_way(const Request& request) const;
  struct Question;
  void open_captures(const std::shared_ptr<Question>& question);
  void begin_answer(const std::shared_ptr<Question>& question);

  const std::vector<plugins::Plugin> plugins_;
  const std::string path_prefix_;
  const Gate gate_;
  CaptureLibrary library_;
  AnswerCache cache_;
  Router router_;
  LiveHub hub_;
  WorkerPool workers_;
  std::unique_ptr<LogdirWatch> watch_;
};

inline constexpr std::string_view kLivePath = "/data/live";

}  // namespace tbprof::server
