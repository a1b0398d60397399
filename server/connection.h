// The connections behind http_server.h. Only for http_server.cc, connection.cc and
// live_connection.cc, which are the only files that know Boost. A connection owns itself until it
// closes; all its work runs on its strand.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>

#include "server/application.h"
#include "server/http_server.h"

namespace tbprof::server {

// A connection as the stopping of the server sees it.
class OpenConnection {
 public:
  virtual ~OpenConnection() = default;
  // Any thread. Ends it when what it is writing is written.
  virtual void close_soon() = 0;
};

// All that are open. Any thread.
class ConnectionSet {
 public:
  // false once the server is stopping.
  bool add(const std::shared_ptr<OpenConnection>& connection);
  void remove(const OpenConnection* connection);
  std::size_t size() const;
  bool is_stopping() const;
  void begin_stop();
  bool wait_until_empty(std::chrono::milliseconds longest);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<const OpenConnection*, std::weak_ptr<OpenConnection>> open_;
  bool is_stopping_ = false;
};

// What all connections share. It lives longer than they do.
struct ConnectionContext {
  HttpServerOptions options;
  Application& application;
  ConnectionSet connections;
};

void start_connection(boost::asio::ip::tcp::socket socket, ConnectionContext& context);

// Tells a client that there are too many, and closes.
void refuse_connection(boost::asio::ip::tcp::socket socket, ConnectionContext& context);

// Takes over a stream whose upgrade to a WebSocket has been permitted.
void start_live_connection(boost::beast::tcp_stream stream,
                           boost::beast::http::request<boost::beast::http::empty_body> upgrade,
                           ConnectionContext& context);

}  // namespace tbprof::server
