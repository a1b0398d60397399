#include "server/application.h"

#include <atomic>
#include <exception>
#include <utility>

#include "server/core_routes.h"
#include "server/plugin_routes.h"

namespace tbprof::server {

namespace {

constexpr std::size_t kMaxWaitingJobs = 1024;

// The path below the prefix, nullopt if it is not below it.
std::optional<std::string_view> below_prefix(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  if (path.empty() || path[0] != '/') return std::nullopt;
  return path;
}

Delivery answer_guarded(const Endpoint& endpoint, const Call& call) {
  try {
    return deliver(call.request, endpoint.answer(call));
  } catch (const std::exception& problem) {
    return deliver(call.request, error_reply(500, std::string("The question could not be "
                                                              "answered: ") +
                                                      problem.what()));
  }
}

Reply wrong_method() {
  Reply reply = error_reply(405, "Only GET and HEAD are answered here.");
  reply.fields.emplace_back("Allow", "GET, HEAD");
  return reply;
}

}  // namespace

Application::Application(ApplicationOptions options)
    : plugins_(std::move(options.plugins)),
      path_prefix_(options.gate.path_prefix),
      gate_(std::move(options.gate)),
      library_(std::move(options.logdir), options.memory_budget_bytes),
      cache_(options.answer_cache_bytes),
      workers_(options.worker_threads, kMaxWaitingJobs) {
  add_page_routes(router_, options.page);
  add_core_routes(
      router_, {std::move(options.version), std::move(options.window_title), library_, plugins_});
  add_plugin_routes(router_, plugins_, library_, cache_);
  router_.add({std::string(kLivePath), false, [](const Call&) {
                 Reply reply = error_reply(426, "This address speaks WebSocket only.");
                 reply.fields.emplace_back("Upgrade", "websocket");
                 return reply;
               }});
  watch_ =
      std::make_unique<LogdirWatch>(library_, plugins_, hub_, workers_, options.reload_interval);
}

Application::~Application() { stop(); }

void Application::stop() {
  watch_->stop();
  library_.stop();
  workers_.stop();
}

std::variant<Application::Way, Reply> Application::find_way(const Request& request) const {
  auto target = decode_target(request.target);
  if (!target.ok()) return error_reply(target.error());
  Way way{target.take(), {}};
  const std::string_view whole = way.target.path;
  const bool lacks_slash = !path_prefix_.empty() && whole == path_prefix_;
  const auto path = lacks_slash ? "/" : below_prefix(whole, path_prefix_);
  if (auto stopped = gate_.stop(request, way.target, path.value_or("/data"))) return *stopped;
  if (request.method != "GET" && request.method != "HEAD") return wrong_method();
  if (lacks_slash) {
    Reply reply;
    reply.status = 308;
    const std::string query = encode_query(way.target.query);
    reply.fields.emplace_back("Location", path_prefix_ + "/" + (query.empty() ? "" : "?" + query));
    return reply;
  }
  auto match = path ? router_.find(*path) : std::nullopt;
  if (!match) return error_reply(404, "There is nothing at this address.");
  way.match = std::move(*match);
  return way;
}

struct Application::Question {
  Request request;
  Way way;
  std::function<void(Delivery)> done;
  std::function<bool()> is_wanted;
  std::vector<NamedCapture> captures;
  std::atomic<std::size_t> to_open{0};
};

void Application::handle(Request request, std::function<void(Delivery)> done,
                         std::function<bool()> is_wanted) {
  auto found = find_way(request);
  if (auto* refusal = std::get_if<Reply>(&found)) {
    return done(deliver(request, std::move(*refusal)));
  }
  const auto question = std::make_shared<Question>();
  question->request = std::move(request);
  question->way = std::move(std::get<Way>(found));
  question->done = std::move(done);
  question->is_wanted = std::move(is_wanted);
  if (!question->way.match.endpoint->needs_catalogue) return begin_answer(question);
  library_.when_scanned([this, question] { open_captures(question); });
}

void Application::open_captures(const std::shared_ptr<Question>& question) {
  if (question->way.match.endpoint->needs_captures) {
    for (const auto& [key, value] : question->way.target.query) {
      if (key == "capture") question->captures.push_back({value, proto::Error{}});
    }
  }
  std::vector<NamedCapture>& captures = question->captures;
  if (captures.empty() || captures.size() > kMaxCapturesPerQuestion) return begin_answer(question);
  question->to_open = captures.size();
  for (NamedCapture& capture : captures) {
    library_.open_later(
        capture.id,
        [this, question, &capture](proto::Result<CaptureLibrary::Opened> opened) {
          capture.opened = std::move(opened);
          if (question->to_open.fetch_sub(1) == 1) begin_answer(question);
        },
        question->is_wanted);
  }
}

void Application::begin_answer(const std::shared_ptr<Question>& question) {
  const auto run = [question] {
    if (!question->is_wanted()) return;
    const Call call{question->request, question->way.target, question->way.match.argument,
                    question->captures};
    question->done(answer_guarded(*question->way.match.endpoint, call));
  };
  if (!question->way.match.endpoint->runs_on_worker) return run();
  if (!workers_.post(run)) {
    Reply busy = error_reply(503, "The server has too much to do; ask again in a moment.");
    busy.fields.emplace_back("Retry-After", "1");
    question->done(deliver(question->request, std::move(busy)));
  }
}

std::optional<Delivery> Application::refuse_upgrade(const Request& request) {
  auto found = find_way(request);
  if (auto* refusal = std::get_if<Reply>(&found)) return deliver(request, std::move(*refusal));
  if (std::get<Way>(found).match.endpoint->path != kLivePath || request.method != "GET") {
    return deliver(request, error_reply(400, "There is no WebSocket at this address."));
  }
  return std::nullopt;
}

}  // namespace tbprof::server
