#include "server/http_server.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <cstdio>
#include <exception>
#include <thread>

#include "server/connection.h"

namespace tbprof::server {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(asio::io_context& io, ConnectionContext& context)
      : io_(io),
        acceptor_(asio::make_strand(io)),
        pause_(acceptor_.get_executor()),
        context_(context) {}

  ErrorCode open(const tcp::endpoint& endpoint) {
    ErrorCode error;
    if (acceptor_.open(endpoint.protocol(), error)) return error;
    if (acceptor_.set_option(tcp::acceptor::reuse_address(true), error)) return error;
    // "::" is for both families, "::1" has no other.
    if (endpoint.address().is_v6()) {
      ErrorCode ignored;
      acceptor_.set_option(asio::ip::v6_only(!endpoint.address().is_unspecified()), ignored);
    }
    if (acceptor_.bind(endpoint, error)) return error;
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
    return error;
  }

  std::uint16_t port() const {
    ErrorCode ignored;
    return acceptor_.local_endpoint(ignored).port();
  }

  void accept() {
    acceptor_.async_accept(
        asio::make_strand(io_), [self = shared_from_this()](ErrorCode error, tcp::socket socket) {
          if (error == asio::error::operation_aborted || !self->acceptor_.is_open()) return;
          if (error) return self->accept_later();
          self->take(std::move(socket));
          self->accept();
        });
  }

  void close() {
    asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
      ErrorCode ignored;
      self->acceptor_.close(ignored);
      self->pause_.cancel();
    });
  }

 private:
  // Out of descriptors: some will be free again.
  void accept_later() {
    pause_.expires_after(std::chrono::milliseconds(100));
    pause_.async_wait([self = shared_from_this()](ErrorCode error) {
      if (!error && self->acceptor_.is_open()) self->accept();
    });
  }

  void take(tcp::socket socket) {
    ErrorCode ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const std::size_t open = context_.connections.size();
    const std::size_t most = context_.options.max_connections;
    if (open >= most + kConnectionsBeyondLimit) return;
    // Whoever only waits gives way: otherwise those who ask for nothing could keep others out.
    if (open < most || context_.connections.make_room()) {
      start_connection(std::move(socket), context_);
    } else {
      refuse_connection(std::move(socket), context_);
    }
  }

  asio::io_context& io_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  ConnectionContext& context_;
};

bool is_not_on_this_machine(const ErrorCode& error) {
  return error == asio::error::address_family_not_supported ||
         error == boost::system::errc::address_not_available;
}

proto::Error cannot_listen(const std::string& address, std::uint16_t port, const ErrorCode& error) {
  const std::string place = address + " port " + std::to_string(port);
  if (error == asio::error::address_in_use) {
    return {proto::ErrorCode::unavailable, "Another program listens on " + place + "."};
  }
  return {proto::ErrorCode::io, "Cannot listen on " + place + ": " + error.message() + "."};
}

}  // namespace

struct HttpServer::Parts {
  Parts(const HttpServerOptions& options, Application& application)
      : context{options, application, {}} {}
  ConnectionContext context;  // destroyed after io, which holds the connections
  asio::io_context io;
  // A connection that only waits for a worker is work too.
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  std::vector<std::shared_ptr<Listener>> listeners;
  std::vector<std::thread> threads;

  proto::Result<> listen(const std::string& address);
  proto::Result<> listen_everywhere();
  void run();
};

proto::Result<> HttpServer::Parts::listen(const std::string& address) {
  ErrorCode error;
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(address, "", tcp::resolver::passive, error);
  if (error || found.empty()) {
    return proto::Error{proto::ErrorCode::invalid_argument,
                        "This machine knows no address '" + address + "' to listen on."};
  }
  const std::uint16_t port = listeners.empty() ? context.options.port : listeners.front()->port();
  tcp::endpoint endpoint = found.begin()->endpoint();
  endpoint.port(port);
  auto listener = std::make_shared<Listener>(io, context);
  error = listener->open(endpoint);
  if (is_not_on_this_machine(error)) {
    return proto::Error{proto::ErrorCode::not_found,
                        "This machine has no address " + address + "."};
  }
  if (error) return cannot_listen(address, port, error);
  listeners.push_back(std::move(listener));
  return proto::success();
}

// On those addresses that this machine has.
proto::Result<> HttpServer::Parts::listen_everywhere() {
  proto::Error problem{proto::ErrorCode::invalid_argument, "There is no address to listen on."};
  for (const std::string& address : context.options.addresses) {
    auto listening = listen(address);
    if (listening.ok()) continue;
    problem = listening.take_error();
    if (problem.code != proto::ErrorCode::not_found) return problem;
  }
  if (listeners.empty()) return problem;
  return proto::success();
}

void HttpServer::Parts::run() {
  while (true) {
    try {
      io.run();
      return;
    } catch (const std::exception& problem) {
      // The connection whose handler threw is gone; the others go on.
      std::fprintf(stderr, "tbprof: a connection failed: %s\n", problem.what());
    }
  }
}

proto::Result<std::unique_ptr<HttpServer>> HttpServer::start(const HttpServerOptions& options,
                                                             Application& application) {
  auto parts = std::make_unique<Parts>(options, application);
  // Any port that is free on the first address may be taken on the second.
  constexpr int kMostTries = 10;
  auto listening = parts->listen_everywhere();
  for (int tries = 1; !listening.ok() && options.port == 0 && tries < kMostTries; ++tries) {
    if (listening.error().code != proto::ErrorCode::unavailable) break;
    parts->listeners.clear();
    listening = parts->listen_everywhere();
  }
  if (!listening.ok()) return listening.take_error();
  for (const auto& listener : parts->listeners) listener->accept();
  for (std::size_t i = 0; i < options.threads; ++i) {
    parts->threads.emplace_back([raw = parts.get()] { raw->run(); });
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(parts)));
}

HttpServer::HttpServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

HttpServer::~HttpServer() {
  begin_stop();
  parts_->io.stop();
  for (std::thread& thread : parts_->threads) thread.join();
  // Workers and pushes may hold a connection, whose strand belongs to io.
  parts_->context.application.stop();
}

std::uint16_t HttpServer::port() const { return parts_->listeners.front()->port(); }

void HttpServer::begin_stop() {
  for (const auto& listener : parts_->listeners) listener->close();
  parts_->context.connections.begin_stop();
}

bool HttpServer::wait_until_stopped(std::chrono::milliseconds longest) {
  return parts_->context.connections.wait_until_empty(longest);
}

bool ConnectionSet::add(const std::shared_ptr<OpenConnection>& connection) {
  const std::lock_guard lock(mutex_);
  if (is_stopping_) return false;
  open_.emplace(connection.get(), Open{connection, 0});
  return true;
}

void ConnectionSet::remove(const OpenConnection* connection) {
  const std::lock_guard lock(mutex_);
  const auto at = open_.find(connection);
  if (at == open_.end()) return;
  waiting_.erase(at->second.waits_since);
  open_.erase(at);
  changed_.notify_all();
}

void ConnectionSet::set_waiting(const OpenConnection* connection, bool is_waiting) {
  const std::lock_guard lock(mutex_);
  const auto at = open_.find(connection);
  if (at == open_.end()) return;
  std::uint64_t& waits_since = at->second.waits_since;
  if (is_waiting == (waits_since != 0)) return;
  if (is_waiting) {
    waits_since = ++wait_count_;
    waiting_.emplace(waits_since, connection);
  } else {
    waiting_.erase(waits_since);
    waits_since = 0;
  }
}

bool ConnectionSet::make_room() {
  std::shared_ptr<OpenConnection> longest;
  {
    const std::lock_guard lock(mutex_);
    while (longest == nullptr && !waiting_.empty()) {
      Open& open = open_.at(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      open.waits_since = 0;
      longest = open.connection.lock();
    }
  }
  if (longest == nullptr) return false;
  longest->give_way();
  return true;
}

std::size_t ConnectionSet::size() const {
  const std::lock_guard lock(mutex_);
  return open_.size();
}

bool ConnectionSet::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return is_stopping_;
}

void ConnectionSet::begin_stop() {
  std::vector<std::shared_ptr<OpenConnection>> open;
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    for (const auto& [key, one] : open_) {
      if (auto alive = one.connection.lock()) open.push_back(std::move(alive));
    }
  }
  for (const auto& connection : open) connection->close_soon();
}

bool ConnectionSet::wait_until_empty(std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, longest, [this] { return open_.empty(); });
}

}  // namespace tbprof::server
