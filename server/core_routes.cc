#include "server/core_routes.h"

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include "analyzer/capture_start.h"
#include "analyzer/report/preview_report.h"
#include "server/gzip.h"

namespace tbprof::server {

namespace {

using Json = nlohmann::ordered_json;

std::string to_text(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::string describe_state(const analyzer::Capture& capture, const plugins::TracePointer& trace) {
  using analyzer::trace::RecordingState;
  if (trace != nullptr && trace->source().state == capture.state) {
    return trace->source().state_detail;
  }
  switch (capture.state) {
    case RecordingState::live:
      return "The program is still being recorded.";
    case RecordingState::cut:
      return "The recording was cut: its program ended without closing it.";
    case RecordingState::finished:
      return "";
  }
  return "";
}

// As the first bytes of the file say, so that it stays the same when the capture is opened; 0 if it
// is not known.
std::int64_t start_unix_ns(const analyzer::Capture& capture, const plugins::TracePointer& trace) {
  if (capture.start_unix_ns > 0 || trace == nullptr) return capture.start_unix_ns;
  const std::int64_t exact_ns = trace->start_unix_ns();
  return exact_ns >= analyzer::kEarliestStartUnixNs ? exact_ns : 0;
}

Json describe_facts(const std::optional<analyzer::CaptureFacts>& facts) {
  if (!facts) return nullptr;
  return {{"duration_ns", facts->duration_ns},
          {"slices", facts->slice_count},
          {"steps", facts->step_count},
          {"lost", facts->lost_count}};
}

Json describe_capture(const CoreSources& sources, const CatalogueSnapshot& snapshot,
                      std::size_t index) {
  const analyzer::Capture& capture = snapshot.catalogue.captures[index];
  const plugins::TracePointer trace = sources.library.loaded(capture.id);
  const std::size_t slash = capture.path.rfind('/');
  const std::int64_t modified_ms = capture.stamp.modified_ns / 1'000'000;
  const std::int64_t start_ns = start_unix_ns(capture, trace);
  return {{"id", capture.id},
          {"run", capture.run},
          {"session", capture.session},
          {"file", capture.path.substr(slash == std::string::npos ? 0 : slash + 1)},
          {"format", capture.format},
          {"state", analyzer::trace::recording_state_name(capture.state)},
          {"state_detail", describe_state(capture, trace)},
          {"version", snapshot.versions[index]},
          {"size_bytes", capture.stamp.size_bytes},
          {"facts", describe_facts(capture.facts)},
          {"rank", capture.rank >= 0 ? Json(capture.rank) : Json(nullptr)},
          {"world_size", capture.world_size >= 0 ? Json(capture.world_size) : Json(nullptr)},
          {"start_unix_ms", start_ns > 0 ? Json(start_ns / 1'000'000) : Json(nullptr)},
          {"modified_ms", modified_ms}};
}

Json describe_catalogue(const CoreSources& sources, const CatalogueSnapshot& snapshot) {
  Json runs = Json::array();
  for (const analyzer::Run& run : snapshot.catalogue.runs) {
    runs.push_back(
        {{"name", run.name}, {"has_events", run.has_events}, {"captures", run.capture_ids}});
  }
  Json captures = Json::array();
  for (std::size_t i = 0; i < snapshot.catalogue.captures.size(); ++i) {
    captures.push_back(describe_capture(sources, snapshot, i));
  }
  return {{"version", snapshot.version},
          {"runs", std::move(runs)},
          {"captures", std::move(captures)},
          {"problems", snapshot.catalogue.problems}};
}

// The answer to /data/captures, made once for all who ask before it changes: every open page asks
// each time when it does. Any thread.
class CaptureListing {
 public:
  explicit CaptureListing(CoreSources sources) : sources_(std::move(sources)) {}

  Reply reply(bool takes_gzip) {
    const std::lock_guard lock(mutex_);  // whoever asks meanwhile waits for the same answer
    // Before the snapshot: a trace that is loaded meanwhile makes the next answer another one.
    const std::uint64_t loaded_version = sources_.library.loaded_version();
    const auto snapshot = sources_.library.snapshot();
    if (snapshot != snapshot_ || loaded_version != loaded_version_) {
      reply_ = json_reply(to_text(describe_catalogue(sources_, *snapshot)));
      snapshot_ = snapshot;
      loaded_version_ = loaded_version;
    }
    if (takes_gzip && reply_.gzip.view.empty() && reply_.body.view.size() >= kMinGzipBytes) {
      reply_.gzip = Bytes::own(gzip(reply_.body.view));
    }
    return reply_;
  }

 private:
  const CoreSources sources_;
  std::mutex mutex_;
  std::shared_ptr<const CatalogueSnapshot> snapshot_;  // that the reply tells of
  std::uint64_t loaded_version_ = 0;
  Reply reply_;
};

Json environment(const CoreSources& sources) {
  return {{"version", sources.version},           {"data_location", sources.library.folder()},
          {"window_title", sources.window_title}, {"experiment_name", ""},
          {"experiment_description", ""},         {"creation_time", 0}};
}

Json run_names(const CatalogueSnapshot& snapshot) {
  Json names = Json::array();
  for (const analyzer::Run& run : snapshot.catalogue.runs) names.push_back(run.name);
  return names;
}

// A dashboard of captures has something to show when there is a capture.
Json plugins_listing(const CoreSources& sources, bool is_active) {
  Json listing = Json::object();
  for (const plugins::Plugin& plugin : sources.plugins) {
    listing[plugin.id] = {{"disable_reload", false},
                          {"enabled", is_active},
                          {"loading_mechanism", {{"type", "NONE"}}},
                          {"remove_dom", false},
                          {"tab_name", plugin.title}};
  }
  return listing;
}

Json plugin_list(const CoreSources& sources, bool is_active) {
  Json list = Json::array();
  for (const plugins::Plugin& plugin : sources.plugins) {
    list.push_back({{"id", plugin.id}, {"title", plugin.title}, {"active", is_active}});
  }
  return list;
}

Reply loading_reply(const CoreSources& sources, std::string_view capture_id) {
  const auto progress = sources.library.progress(capture_id);
  if (!progress.ok()) return error_reply(progress.error());
  if (!progress.value()) return json_reply(to_text(Json{{"loading", false}}));
  const CaptureLibrary::Progress& now = *progress.value();
  return json_reply(to_text(Json{{"loading", true},
                                 {"phase", analyzer::import::load_phase_name(now.phase)},
                                 {"read_bytes", now.read_bytes},
                                 {"size_bytes", now.size_bytes}}));
}

Reply preview_reply(const CoreSources& sources, std::string_view capture_id) {
  const auto indexed = sources.library.index(capture_id);
  if (!indexed.ok()) return error_reply(indexed.error());
  const auto& [header, index] = indexed.value();
  return json_reply(to_text(analyzer::report::preview_report(header, index)));
}

Reply file_reply(const CoreSources& sources, std::string_view capture_id) {
  auto file = sources.library.file(capture_id);
  if (!file.ok()) return error_reply(file.error());
  Reply reply;
  reply.content_type = "application/octet-stream";
  reply.source = std::move(file.value().bytes);
  reply.etag = file.value().version;
  reply.download_name = file.value().name;
  return reply;
}

}  // namespace

void add_core_routes(Router& router, const CoreSources& sources) {
  const auto add = [&](std::string path, std::function<Json()> answer,
                       bool needs_catalogue = false) {
    router.add({std::move(path), false,
                [answer = std::move(answer)](const Call&) { return json_reply(to_text(answer())); },
                needs_catalogue});
  };
  const CaptureLibrary& library = sources.library;
  const auto is_active = [&library] { return !library.snapshot()->catalogue.captures.empty(); };
  add("/data/health", [] { return Json{{"status", "ok"}}; });
  add("/data/environment", [sources] { return environment(sources); });
  add("/data/logdir", [&library] { return Json{{"logdir", library.folder()}}; });
  add("/data/window_properties", [sources] {
    return Json{{"window_title", sources.window_title}};
  });
  add(
      "/data/runs", [&library] { return run_names(*library.snapshot()); }, true);
  add(
      "/data/plugins_listing",
      [sources, is_active] { return plugins_listing(sources, is_active()); }, true);
  add(
      "/data/plugins", [sources, is_active] { return plugin_list(sources, is_active()); }, true);
  // Of 10,000 runs it is large: made by a worker.
  const auto listing = std::make_shared<CaptureListing>(sources);
  router.add({"/data/captures", true,
              [listing](const Call& call) {
                return listing->reply(accepts_gzip(call.request.field("accept-encoding")));
              },
              true});
  router.add({"/data/capture/*/loading", false,
              [sources](const Call& call) { return loading_reply(sources, call.argument); }, true});
  router.add({"/data/capture/*/preview", true,
              [sources](const Call& call) { return preview_reply(sources, call.argument); }, true});
  router.add({"/data/capture/*/file", true,
              [sources](const Call& call) { return file_reply(sources, call.argument); }, true});
}

}  // namespace tbprof::server
