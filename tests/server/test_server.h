// A running server over a made-up log directory with two captures and a made-up dashboard. Ends
// with the test. Any thread, but for the set-up.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "server/application.h"
#include "server/http_server.h"

namespace tbprof::tests {

inline const std::string kToken = "0123456789abcdef0123456789abcdef";
inline const std::string kBearer = "Authorization: Bearer " + kToken + "\r\n";

// What the fake log directory holds; may be changed while a server runs.
struct FakeLogdir {
  std::mutex mutex;
  analyzer::Catalogue catalogue;
  proto::Error scan_error;               // if it has a message, scans fail with it
  std::string file_bytes;                // of every capture
  analyzer::import::TbtraceIndex index;  // of every capture
  std::atomic<int> loads{0};
  std::atomic<int> load_ms{0};  // how long a load takes
  std::atomic<int> file_reads{0};
  std::atomic<int> scans{0};
  std::atomic<int> scan_ms{0};
  std::atomic<bool> throws{false};  // whatever is asked
  // While it is set, a load of the first capture does not end.
  std::atomic<bool> first_is_stuck{false};

  FakeLogdir();
  void touch(std::size_t capture, std::uint64_t size_bytes);
  server::LogdirAccess access();
};

struct TestServerOptions {
  std::string token = kToken;
  std::string path_prefix;
  server::HostRules hosts;
  std::string server_name = "machine:6006:/logs";
  std::chrono::milliseconds reload_interval{0};
  int scan_ms = 0;  // how long the first look takes, and the others
  server::HttpServerOptions http;
};

struct TestServer {
  explicit TestServer(TestServerOptions options = {});
  FakeLogdir logdir;
  std::atomic<int> answers{0};  // how often the made-up dashboard was really asked
  std::atomic<int> pieces{0};   // how many pieces of its stream were made
  server::Cookie cookie;
  std::unique_ptr<server::Application> application;
  std::unique_ptr<server::HttpServer> http;
  std::uint16_t port = 0;
};

// A trace with one thread and `slices` slices, for what needs a trace at all.
plugins::TracePointer small_trace(int slices = 3);

}  // namespace tbprof::tests
