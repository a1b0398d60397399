// Listens, reads requests, hands them to the application, writes what it answers. Its own threads;
// one strand a connection. Start and stop from one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "proto/result.h"
#include "server/application.h"

namespace tbprof::server {

// Beyond the limit so many more are closing at most, or are told why they are refused; the rest is
// closed without a word.
inline constexpr std::size_t kConnectionsBeyondLimit = 64;

struct HttpServerOptions {
  // Addresses or names to listen on; several because "localhost" is two.
  std::vector<std::string> addresses = {"127.0.0.1", "::1"};
  std::uint16_t port = 0;  // 0: the system chooses
  std::size_t threads = 2;
  std::size_t max_connections = 1024;                // if all are at work; those that wait give way
  std::chrono::milliseconds header_timeout{10'000};  // from the first byte to the whole header
  std::chrono::milliseconds idle_timeout{75'000};    // between requests
  std::chrono::milliseconds write_timeout{60'000};   // without progress while writing
};

class HttpServer {
 public:
  // The application lives longer. unavailable if the port is taken. Of several addresses those
  // that the machine does not have are left out, but not all.
  static proto::Result<std::unique_ptr<HttpServer>> start(const HttpServerOptions& options,
                                                          Application& application);
  // Stops at once, and the application with it.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;

  std::uint16_t port() const;

  // Takes no more connections; idle ones close, answers that are being written end.
  void begin_stop();
  // Whether all connections are closed by then.
  bool wait_until_stopped(std::chrono::milliseconds longest);

 private:
  struct Parts;
  explicit HttpServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tbprof::server
