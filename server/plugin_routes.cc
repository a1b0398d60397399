#include "server/plugin_routes.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <nlohmann/json.hpp>

#include "server/fingerprint.h"
#include "server/gzip.h"
#include "server/thread_cpu_time.h"

namespace tbprof::server {

namespace {

// Gives one question the versions of the captures that its key was made of, even if a capture
// changes meanwhile.
class PinnedLibrary final : public plugins::Library {
 public:
  using Pinned = std::vector<std::pair<std::string, CaptureLibrary::Opened>>;
  PinnedLibrary(const CaptureLibrary& library, Pinned pinned)
      : library_(library), pinned_(std::move(pinned)) {}
  std::string versions() const {
    std::string text;
    for (const auto& [id, opened] : pinned_) text += id + '@' + opened.version + ' ';
    return text;
  }
  proto::Result<plugins::TracePointer> trace(std::string_view capture_id) const override {
    for (const auto& [id, opened] : pinned_) {
      if (id == capture_id) return opened.trace;
    }
    asked_for_others_ = true;
    return library_.trace(capture_id);
  }
  bool asked_for_others() const { return asked_for_others_; }
  void note_answer(const std::string& path, std::chrono::nanoseconds time) const {
    for (const auto& [id, opened] : pinned_) library_.note_answer(id, opened.version, path, time);
  }

 private:
  const CaptureLibrary& library_;
  Pinned pinned_;
  mutable bool asked_for_others_ = false;  // a question is answered by one thread
};

proto::Result<PinnedLibrary> pin_captures(const Call& call, const CaptureLibrary& library) {
  PinnedLibrary::Pinned pinned;
  if (call.captures.size() > kMaxCapturesPerQuestion) {
    return proto::Error{proto::ErrorCode::invalid_argument, "Too many captures are asked for."};
  }
  for (const NamedCapture& capture : call.captures) {
    if (!capture.opened.ok()) return capture.opened.error();
    pinned.emplace_back(capture.id, capture.opened.value());
  }
  return PinnedLibrary(library, std::move(pinned));
}

template <typename Value>
proto::Result<Value> guarded(const std::function<proto::Result<Value>()>& work) {
  try {
    return work();
  } catch (const std::exception& problem) {
    return proto::Error{proto::ErrorCode::io,
                        std::string("The question could not be answered: ") + problem.what() + "."};
  }
}

Reply to_reply(plugins::Answer answer, bool takes_gzip) {
  Reply reply;
  reply.content_type = std::string(answer.content_type);
  reply.etag = fingerprint(answer.body);
  reply.download_name = std::move(answer.download_name);
  reply.body = Bytes::own(std::move(answer.body));
  if (takes_gzip && is_compressible(reply.content_type) &&
      reply.body.view.size() >= kMinGzipBytes) {
    // Columns are packed already and asked for at every turn of a wheel: less is won by more
    // effort.
    const int level = reply.content_type == plugins::kColumns ? 1 : kUsualGzipLevel;
    reply.gzip = Bytes::own(gzip(reply.body.view, level));
  }
  return reply;
}

// What the answer took, for the developer tools of a browser: a cached one took nothing.
void add_timing(Reply& reply, std::chrono::steady_clock::duration answer,
                std::chrono::steady_clock::duration pack) {
  const auto ms = [](auto time) {
    return std::to_string(std::chrono::duration<double, std::milli>(time).count());
  };
  reply.fields.emplace_back("Server-Timing", "answer;dur=" + ms(answer) + ", pack;dur=" + ms(pack));
}

Reply answer_route(const std::string& path, const plugins::Route& route, const Call& call,
                   const CaptureLibrary& library, AnswerCache& cache) {
  const auto opened = pin_captures(call, library);
  if (!opened.ok()) return error_reply(opened.error());
  const PinnedLibrary& pinned = opened.value();
  const bool takes_gzip = accepts_gzip(call.request.field("accept-encoding"));
  const std::string key = pinned.versions() + (takes_gzip ? "gzip " : "") + path + '?' +
                          encode_query(call.target.query);
  const bool is_cacheable = !pinned.versions().empty();
  if (const auto known = is_cacheable ? cache.find(key) : nullptr) return *known;
  const plugins::Params params = call.target.params();
  using Clock = std::chrono::steady_clock;
  const std::chrono::nanoseconds begin = thread_cpu_time();
  const Clock::time_point begun_at = Clock::now();
  auto answer = guarded<plugins::Answer>([&] {
    return route.answer(plugins::Question{params, pinned});
  });
  pinned.note_answer(path, thread_cpu_time() - begin);
  if (!answer.ok()) return error_reply(answer.error());
  const Clock::time_point answered_at = Clock::now();
  Reply reply = to_reply(answer.take(), takes_gzip);
  if (is_cacheable && !pinned.asked_for_others()) {
    cache.put(key, std::make_shared<const Reply>(reply));
  }
  add_timing(reply, answered_at - begun_at, Clock::now() - answered_at);
  return reply;
}

Reply open_stream(const plugins::Stream& stream, const Call& call, const CaptureLibrary& library) {
  const auto pinned = pin_captures(call, library);
  if (!pinned.ok()) return error_reply(pinned.error());
  const plugins::Params params = call.target.params();
  auto next_piece = guarded<plugins::NextPiece>([&] {
    return stream.open(plugins::Question{params, pinned.value()});
  });
  if (!next_piece.ok()) return error_reply(next_piece.error());
  Reply reply;
  reply.content_type = std::string(stream.content_type);
  reply.download_name = stream.download_name;
  reply.next_piece = [next = next_piece.take()](std::string& piece) {
    return guarded<bool>([&] { return next(piece); });
  };
  return reply;
}

}  // namespace

void add_plugin_routes(Router& router, const std::vector<plugins::Plugin>& plugins,
                       const CaptureLibrary& library, AnswerCache& cache) {
  for (const plugins::Plugin& plugin : plugins) {
    const std::string folder = "/data/plugin/" + plugin.id + "/";
    for (const plugins::Route& route : plugin.routes) {
      const std::string path = folder + route.name;
      router.add({path, true,
                  [path, &route, &library, &cache](const Call& call) {
                    return answer_route(path, route, call, library, cache);
                  },
                  true, true});
    }
    for (const plugins::Stream& stream : plugin.streams) {
      router.add(
          {folder + stream.name, true,
           [&stream, &library](const Call& call) { return open_stream(stream, call, library); },
           true, true});
    }
  }
}

bool has_pushes(const std::vector<plugins::Plugin>& plugins) {
  return std::any_of(plugins.begin(), plugins.end(),
                     [](const plugins::Plugin& plugin) { return !plugin.pushes.empty(); });
}

std::vector<PushMessage> push_messages(const std::vector<plugins::Plugin>& plugins,
                                       const CaptureLibrary& library, const std::string& capture_id,
                                       const CaptureLibrary::Opened& opened) {
  std::vector<PushMessage> messages;
  for (const plugins::Plugin& plugin : plugins) {
    for (const plugins::Push& push : plugin.pushes) {
      const std::chrono::nanoseconds begin = thread_cpu_time();
      auto data = guarded<std::string>([&] { return push.message(*opened.trace); });
      library.note_answer(capture_id, opened.version, plugin.id + "/" + push.topic,
                          thread_cpu_time() - begin);
      if (!data.ok()) continue;
      const auto parsed = nlohmann::json::parse(data.value(), nullptr, false);
      if (parsed.is_discarded()) continue;
      const std::string topic = plugin.id + "/" + push.topic;
      const nlohmann::json json = {
          {"topic", topic}, {"capture", capture_id}, {"version", opened.version}, {"data", parsed}};
      messages.push_back(
          {topic, json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)});
    }
  }
  return messages;
}

}  // namespace tbprof::server
