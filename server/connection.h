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

// A connection as the others and the stopping of the server see it.
class OpenConnection {
 public:
  virtual ~OpenConnection() = default;
  // Any thread. Ends it when what it is writing is written.
  virtual void close_soon() = 0;
  // Any thread. Ends it if it still waits for a request: its place is needed.
  virtual void give_way() {}
};

// All that are open. Any thread.
class ConnectionSet {
 public:
  // false once the server is stopping.
  bool add(const std::shared_ptr<OpenConnection>& connection);
  void remove(const OpenConnection* connection);
  // Whether it waits for a request, from now on.
  void set_waiting(const OpenConnection* connection, bool is_waiting);
  // Makes the one that has waited longest give way; false if all are at work.
  bool make_room();
  std::size_t size() const;
  bool is_stopping() const;
  void begin_stop();
  bool wait_until_empty(std::chrono::milliseconds longest);

 private:
  struct Open {
    std::weak_ptr<OpenConnection> connection;
    std::uint64_t waits_since = 0;  // a count that grows; 0: it does not wait
  };
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<const OpenConnection*, Open> open_;
  std::map<std::uint64_t, const OpenConnection*> waiting_;  // longest first
  std::uint64_t wait_count_ = 0;
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
