#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <optional>

#include "server/connection.h"

namespace tbprof::server {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using ErrorCode = boost::system::error_code;
using Upgrade = http::request<http::empty_body>;

constexpr std::size_t kMaxMessageBytes = 4096;

class LiveConnection final : public OpenConnection,
                             public std::enable_shared_from_this<LiveConnection> {
 public:
  LiveConnection(beast::tcp_stream stream, Upgrade upgrade, ConnectionContext& context)
      : socket_(std::move(stream)), upgrade_(std::move(upgrade)), context_(context) {}
  ~LiveConnection() override { context_.connections.remove(this); }

  void start();
  void close_soon() override {
    asio::dispatch(socket_.get_executor(),
                   [self = shared_from_this()] { self->close(websocket::close_code::going_away); });
  }

 private:
  void read();
  void take_message();
  void write();
  void close(websocket::close_code code);

  websocket::stream<beast::tcp_stream> socket_;
  const Upgrade upgrade_;
  ConnectionContext& context_;
  std::shared_ptr<LiveSubscriber> subscriber_;
  beast::flat_buffer input_;
  std::string output_;
  bool is_writing_ = false;
  bool is_closing_ = false;
};

void LiveConnection::start() {
  websocket::stream_base::timeout timeout{};
  timeout.handshake_timeout = context_.options.header_timeout;
  timeout.idle_timeout = context_.options.idle_timeout;
  timeout.keep_alive_pings = true;
  socket_.set_option(timeout);
  socket_.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
    response.set(http::field::cache_control, "no-store");
    for (const HeaderField& field : security_fields()) response.set(field.name, field.value);
  }));
  socket_.read_message_max(kMaxMessageBytes);
  socket_.async_accept(upgrade_, [self = shared_from_this()](ErrorCode error) {
    if (error) return;
    self->socket_.text(true);
    // The hub wakes a connection only while it lives.
    self->subscriber_ = self->context_.application.live().join(
        [weak = std::weak_ptr(self), executor = self->socket_.get_executor()] {
          asio::post(executor, [weak] {
            if (const auto alive = weak.lock()) alive->write();
          });
        });
    self->read();
  });
}

void LiveConnection::read() {
  socket_.async_read(input_, [self = shared_from_this()](ErrorCode error, std::size_t) {
    if (error) {
      self->subscriber_.reset();
      self->is_closing_ = true;
      return;
    }
    self->take_message();
  });
}

void LiveConnection::take_message() {
  const auto data = input_.data();
  const std::string_view text(static_cast<const char*>(data.data()), data.size());
  const bool is_understood = socket_.got_text() && subscriber_->read_message(text);
  input_.consume(input_.size());
  if (!is_understood) close(websocket::close_code::policy_error);
  read();
}

// One message at a time: what comes meanwhile waits with the subscriber, which keeps the latest.
void LiveConnection::write() {
  if (is_writing_ || is_closing_ || subscriber_ == nullptr) return;
  auto message = subscriber_->take();
  if (!message) return;
  output_ = std::move(*message);
  is_writing_ = true;
  socket_.async_write(asio::buffer(output_),
                      [self = shared_from_this()](ErrorCode error, std::size_t) {
                        self->is_writing_ = false;
                        if (!error) self->write();
                      });
}

void LiveConnection::close(websocket::close_code code) {
  if (is_closing_) return;
  is_closing_ = true;
  if (!socket_.is_open()) {
    beast::get_lowest_layer(socket_).close();
    return;
  }
  socket_.async_close(code, [self = shared_from_this()](ErrorCode) {});
}

}  // namespace

void start_live_connection(beast::tcp_stream stream, Upgrade upgrade, ConnectionContext& context) {
  const auto connection =
      std::make_shared<LiveConnection>(std::move(stream), std::move(upgrade), context);
  if (context.connections.add(connection)) connection->start();
}

}  // namespace tbprof::server
