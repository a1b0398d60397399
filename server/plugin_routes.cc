#include "server/plugin_routes.h"

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
  explicit PinnedLibrary(const CaptureLibrary& library) : library_(library) {}

  proto::Result<> pin(const std::string& capture_id) {
    pinned_.emplace_back(capture_id, TBPROF_TRY(library_.open(capture_id)));
    return proto::success();
  }
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
  std::vector<std::pair<std::string, CaptureLibrary::Opened>> pinned_;
  mutable bool asked_for_others_ = false;  // a question is answered by one thread
};

proto::Result<> pin_captures(const Target& target, PinnedLibrary& library) {
  constexpr int kMaxCaptures = 64;
  int count = 0;
  for (const auto& [key, value] : target.query) {
    if (key != "capture") continue;
    if (++count > kMaxCaptures) {
      return proto::Error{proto::ErrorCode::invalid_argument, "Too many captures are asked for."};
    }
    TBPROF_TRY(library.pin(value));
  }
  return proto::success();
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
    reply.gzip = Bytes::own(gzip(reply.body.view));
  }
  return reply;
}

Reply answer_route(const std::string& path, const plugins::Route& route, const Call& call,
                   const CaptureLibrary& library, AnswerCache& cache) {
  PinnedLibrary pinned(library);
  const auto opened = pin_captures(call.target, pinned);
  if (!opened.ok()) return error_reply(opened.error());
  const bool takes_gzip = accepts_gzip(call.request.field("accept-encoding"));
  const std::string key = pinned.versions() + (takes_gzip ? "gzip " : "") + path + '?' +
                          encode_query(call.target.query);
  const bool is_cacheable = !pinned.versions().empty();
  if (const auto known = is_cacheable ? cache.find(key) : nullptr) return *known;
  const plugins::Params params = call.target.params();
  const std::chrono::nanoseconds begin = thread_cpu_time();
  auto answer = guarded<plugins::Answer>([&] {
    return route.answer(plugins::Question{params, pinned});
  });
  pinned.note_answer(path, thread_cpu_time() - begin);
  if (!answer.ok()) return error_reply(answer.error());
  auto reply = std::make_shared<const Reply>(to_reply(answer.take(), takes_gzip));
  if (is_cacheable && !pinned.asked_for_others()) cache.put(key, reply);
  return *reply;
}

Reply open_stream(const plugins::Stream& stream, const Call& call, const CaptureLibrary& library) {
  PinnedLibrary pinned(library);
  const auto opened = pin_captures(call.target, pinned);
  if (!opened.ok()) return error_reply(opened.error());
  const plugins::Params params = call.target.params();
  auto next_piece = guarded<plugins::NextPiece>([&] {
    return stream.open(plugins::Question{params, pinned});
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
      router.add({path, true, [path, &route, &library, &cache](const Call& call) {
                    return answer_route(path, route, call, library, cache);
                  }});
    }
    for (const plugins::Stream& stream : plugin.streams) {
      router.add({folder + stream.name, true, [&stream, &library](const Call& call) {
                    return open_stream(stream, call, library);
                  }});
    }
  }
}

std::vector<PushMessage> push_messages(const std::vector<plugins::Plugin>& plugins,
                                       const CaptureLibrary& library,
                                       const std::string& capture_id) {
  std::vector<PushMessage> messages;
  bool has_pushes = false;
  for (const plugins::Plugin& plugin : plugins) has_pushes = has_pushes || !plugin.pushes.empty();
  if (!has_pushes) return messages;
  const auto opened = library.open(capture_id);
  if (!opened.ok() || opened.value().trace == nullptr) return messages;
  for (const plugins::Plugin& plugin : plugins) {
    for (const plugins::Push& push : plugin.pushes) {
      const std::chrono::nanoseconds begin = thread_cpu_time();
      auto data = guarded<std::string>([&] { return push.message(*opened.value().trace); });
      library.note_answer(capture_id, opened.value().version, plugin.id + "/" + push.topic,
                          thread_cpu_time() - begin);
      if (!data.ok()) continue;
      const auto parsed = nlohmann::json::parse(data.value(), nullptr, false);
      if (parsed.is_discarded()) continue;
      const std::string topic = plugin.id + "/" + push.topic;
      const nlohmann::json json = {{"topic", topic},
                                   {"capture", capture_id},
                                   {"version", opened.value().version},
                                   {"data", parsed}};
      messages.push_back(
          {topic, json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)});
    }
  }
  return messages;
}

}  // namespace tbprof::server
