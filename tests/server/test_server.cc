#include "tests/server/test_server.h"

#include <new>
#include <thread>

#include "analyzer/trace/trace_builder.h"

namespace tbprof::tests {

namespace {

const server::PageFile kPage[] = {
    {"index.html", "<!doctype html><title>page</title>", "", "aaaa"},
    {"main-ABCD1234.js", "export const answer = 42;", "", "bbbb"},
    {"main-ABCD1234.css", "body{margin:0}", "", "cccc"},
};

analyzer::Capture capture(const std::string& id, const std::string& run) {
  analyzer::Capture made;
  made.id = id;
  made.run = run;
  made.session = "2026";
  made.path = run + "/plugins/profile/2026/host_1_2.tbtrace";
  made.format = "tbtrace";
  made.stamp = {1, 2, 300, 1'700'000'000'000'000'000};
  return made;
}

plugins::Plugin dashboard(TestServer& server) {
  using plugins::Answer;
  using plugins::Question;
  plugins::Plugin plugin;
  plugin.id = "demo";
  plugin.title = "Demo";
  plugin.routes.push_back({"echo", [&server](const Question& question) -> proto::Result<Answer> {
                             const auto trace = TBPROF_TRY(question.trace());
                             ++server.answers;
                             const std::string text(question.params.find("text").value_or("none"));
                             return Answer{plugins::kJson,
                                           "{\"slices\":" + std::to_string(trace->slice_count()) +
                                               ",\"text_bytes\":" + std::to_string(text.size()) +
                                               "}",
                                           ""};
                           }});
  plugin.routes.push_back({"large", [](const Question& question) -> proto::Result<Answer> {
                             const std::int64_t size =
                                 TBPROF_TRY(question.params.integer_or("size", 50'000, 1, 1 << 28));
                             return Answer{plugins::kCsv,
                                           std::string(static_cast<std::size_t>(size), 'x'),
                                           "large.csv"};
                           }});
  plugin.routes.push_back({"fails", [](const Question& question) -> proto::Result<Answer> {
                             const std::int64_t code =
                                 TBPROF_TRY(question.params.integer("code", 0, 5));
                             return proto::Error{static_cast<proto::ErrorCode>(code), "It failed."};
                           }});
  plugin.routes.push_back({"throws", [](const Question&) -> proto::Result<Answer> {
                             throw std::runtime_error("out of luck");
                           }});
  plugin.streams.push_back(
      {"rows", plugins::kCsv, "rows.csv",
       [&server](const Question& question) -> proto::Result<plugins::NextPiece> {
         const std::int64_t count = TBPROF_TRY(question.params.integer("count", 0, 1 << 20));
         const std::int64_t fail_at =
             TBPROF_TRY(question.params.integer_or("fail_at", -1, -1, 100));
         return plugins::NextPiece([&server, count, fail_at, row = std::int64_t{0}](
                                       std::string& piece) mutable -> proto::Result<bool> {
           if (row == fail_at) return proto::Error{proto::ErrorCode::corrupt, "Broken row."};
           ++server.pieces;
           if (row == count) return false;
           piece = std::string(1000, 'r') + std::to_string(row++) + "\n";
           return true;
         });
       }});
  plugin.pushes.push_back({"size", [](const analyzer::trace::Trace& trace) {
                             return proto::Result<std::string>(
                                 "{\"slices\":" + std::to_string(trace.slice_count()) + "}");
                           }});
  return plugin;
}

}  // namespace

FakeLogdir::FakeLogdir() : file_bytes("0123456789") {
  catalogue.captures = {capture("cap-a", "train"), capture("cap_b", "eval")};
  catalogue.captures[0].start_unix_ns = 1'699'999'000'000'000'000;
  catalogue.runs = {{"eval", false, {"cap_b"}}, {"train", true, {"cap-a"}}};
}

void FakeLogdir::touch(std::size_t capture_index, std::uint64_t size_bytes) {
  const std::lock_guard lock(mutex);
  catalogue.captures[capture_index].stamp.size_bytes = size_bytes;
}

server::LogdirAccess FakeLogdir::access() {
  server::LogdirAccess access;
  access.folder = "/logs";
  access.scan = [this]() -> proto::Result<analyzer::Catalogue> {
    std::this_thread::sleep_for(std::chrono::milliseconds(scan_ms));
    ++scans;
    if (throws) throw std::bad_alloc();
    const std::lock_guard lock(mutex);
    if (!scan_error.message.empty()) return scan_error;
    return catalogue;
  };
  access.load =
      [this](const analyzer::Capture& asked, analyzer::LiveFile&,
             analyzer::import::LoadProgress& progress) -> proto::Result<server::LoadedTrace> {
    progress.enter(analyzer::import::LoadPhase::reading);
    constexpr std::uint64_t kTurnBytes = std::uint64_t{8} << 20;  // more than between two questions
    for (std::uint64_t turn = 1; first_is_stuck && asked.id == "cap-a"; ++turn) {
      TBPROF_TRY(progress.reach(turn * kTurnBytes, asked.path));
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (throws) throw std::bad_alloc();
    std::this_thread::sleep_for(std::chrono::milliseconds(load_ms));
    return server::LoadedTrace{small_trace(++loads), std::chrono::milliseconds(load_ms)};
  };
  access.index = [this](const analyzer::Capture&) -> proto::Result<analyzer::import::TbtraceIndex> {
    const std::lock_guard lock(mutex);
    return index;
  };
  access.file = [this](const analyzer::Capture&) -> proto::Result<server::ByteSource> {
    return server::ByteSource{
        file_bytes.size(), [this](std::uint64_t offset, std::size_t size_bytes) {
          ++file_reads;
          return proto::Result<std::string>(file_bytes.substr(offset, size_bytes));
        }};
  };
  return access;
}

TestServer::TestServer(TestServerOptions options) {
  server::ApplicationOptions made;
  logdir.scan_ms = options.scan_ms;
  made.logdir = logdir.access();
  made.plugins.push_back(dashboard(*this));
  made.page = kPage;
  cookie = server::cookie_of_server(options.token, options.server_name);
  made.gate = {options.hosts, options.token, cookie, options.path_prefix};
  made.version = "1.2.3";
  made.reload_interval = options.reload_interval;
  application = std::make_unique<server::Application>(std::move(made));
  options.http.addresses = {"127.0.0.1"};
  auto started = server::HttpServer::start(options.http, *application);
  if (!started.ok()) std::abort();
  http = started.take();
  port = http->port();
}

plugins::TracePointer small_trace(int slices) {
  analyzer::trace::TraceBuilder builder;
  analyzer::trace::Track track;
  track.name = "main";
  const auto id = builder.add_track(track);
  const auto name = builder.intern_name("work", proto::Category::other);
  for (int i = 0; i < slices; ++i) builder.add_slice(id, i * 100, 50, name);
  return builder.seal();
}

}  // namespace tbprof::tests
