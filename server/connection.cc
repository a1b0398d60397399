#include "server/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <utility>

#include "server/answer_writer.h"
#include "server/ascii.h"
#include "server/asker.h"
#include "server/framing.h"

namespace tbprof::server {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;
using Clock = std::chrono::steady_clock;
using UpgradeRequest = http::request<http::empty_body>;

constexpr std::size_t kReadBytes = 4096;
class Connection final : public OpenConnection, public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::ip::tcp::socket socket, ConnectionContext& context)
      : stream_(std::move(socket)),
        context_(context),
        writer_(stream_, context.options.write_timeout, context.application.workers()) {}
  ~Connection() override { context_.connections.remove(this); }

  void start() {
    on_strand([this] { read_head(); });
  }
  void start_refusing();
  void close_soon() override {
    on_strand([this] {
      must_close_ = true;
      if (is_idle_) close();
    });
  }
  void give_way() override {
    on_strand([this] {
      if (is_waiting_) close();
    });
  }
  // The question that was out will not be answered.
  void drop() {
    on_strand([this] { close(); });
  }

 private:
  template <typename Work>
  void on_strand(Work work) {
    asio::dispatch(stream_.get_executor(),
                   [self = shared_from_this(), work = std::move(work)]() mutable { work(); });
  }

  void read_head();
  void read_more();
  void take_head(std::size_t size);
  void refuse_head(std::string_view sentence, int status);
  void answer(Request request);
  void watch_client();
  void look_at_client();
  void set_waiting(bool is_waiting);
  bool upgrade(const Request& request, UpgradeRequest&& parsed);

  void write(Delivery delivery);
  void end_answer();
  void linger();
  void close();

  beast::tcp_stream stream_;
  ConnectionContext& context_;
  std::string input_;  // read and not yet taken
  Clock::time_point deadline_;
  bool is_idle_ = false;                    // waits for the first byte of a request
  bool is_waiting_ = false;                 // waits for a request, or for the client to close
  std::weak_ptr<Asker<Connection>> asker_;  // of the question that is out
  bool is_watched_ = false;                 // whether the client goes while it is
  bool is_first_ = true;
  bool is_at_start_ = true;  // nothing of the next request was taken yet
  bool must_close_ = false;
  AnswerWriter writer_;
  std::size_t lingered_bytes_ = 0;
};

void Connection::read_head() {
  // RFC 9112: an empty line before a request is passed over.
  if (is_at_start_ && input_.starts_with("\r\n")) {
    is_at_start_ = false;
    input_.erase(0, 2);
  }
  const std::size_t end = input_.find("\r\n\r\n");
  if (end != std::string::npos && end + 4 <= kMaxHeadBytes) return take_head(end + 4);
  if (input_.size() >= kMaxHeadBytes) {
    return refuse_head("The request header is longer than 16 KiB.", 431);
  }
  if (is_hopeless_head(input_)) return refuse_head("A line does not end with CR LF.", 400);
  read_more();
}

void Connection::read_more() {
  is_idle_ = input_.empty();
  if (is_idle_ && must_close_) return close();
  set_waiting(true);
  const auto& options = context_.options;
  // The deadline of a header stands from its first byte, however slowly the rest drips.
  if (is_idle_)
    deadline_ = Clock::now() + (is_first_ ? options.header_timeout : options.idle_timeout);
  stream_.expires_at(deadline_);
  const std::size_t size = input_.size();
  input_.resize(size + kReadBytes);
  stream_.async_read_some(asio::buffer(input_.data() + size, kReadBytes),
                          [self = shared_from_this(), size](ErrorCode error, std::size_t count) {
                            self->input_.resize(size + count);
                            if (error) return self->close();
                            if (size == 0)
                              self->deadline_ =
                                  Clock::now() + self->context_.options.header_timeout;
                            self->is_idle_ = false;
                            self->read_head();
                          });
}

void Connection::take_head(std::size_t size) {
  is_idle_ = false;
  is_first_ = false;
  is_at_start_ = true;
  set_waiting(false);
  const std::string head = input_.substr(0, size);
  input_.erase(0, size);
  const auto checked = check_request_head(head);
  if (!checked.ok()) return refuse_head(checked.error().message, 400);
  http::request_parser<http::empty_body> parser;
  parser.header_limit(kMaxHeadBytes + 1);
  ErrorCode error;
  parser.put(asio::buffer(head), error);
  if (error || !parser.is_header_done()) return refuse_head("The request cannot be read.", 400);
  Request request;
  const auto& message = parser.get();
  request.method = std::string(message.method_string());
  request.target = std::string(split_target(std::string_view(message.target())).path);
  request.is_http_1_0 = message.version() == 10;
  request.keep_alive = message.keep_alive() && !must_close_;
  for (const auto& field : message) {
    request.fields.emplace_back(lower_case(std::string_view(field.name_string())),
                                std::string(field.value()));
  }
  if (lower_case(request.field("upgrade")) == "websocket") {
    if (upgrade(request, parser.release())) return;
  } else {
    answer(std::move(request));
  }
}

void Connection::refuse_head(std::string_view sentence, int status) {
  Request request;
  request.method = "GET";
  request.keep_alive = false;
  write(deliver(request, error_reply(status, sentence)));
}

void Connection::answer(Request request) {
  const auto asker = std::make_shared<Asker<Connection>>(shared_from_this());
  asker_ = asker;
  context_.application.handle(
      std::move(request),
      [asker](Delivery delivery) {
        const auto self = asker->take();
        if (self == nullptr) return;
        asio::dispatch(
            self->stream_.get_executor(),
            [self, delivery = std::move(delivery)]() mutable { self->write(std::move(delivery)); });
      },
      [asker] { return asker->is_there(); });
  watch_client();
}

// Sees to it that nothing is loaded or computed for a client that has closed its connection. Of one
// that sends the next request already, that cannot be seen.
void Connection::watch_client() {
  const auto asker = asker_.lock();
  if (is_watched_ || !input_.empty() || asker == nullptr || !asker->is_there()) return;
  is_watched_ = true;
  stream_.socket().async_wait(asio::socket_base::wait_read,
                              [self = shared_from_this()](ErrorCode error) {
                                self->is_watched_ = false;
                                if (!error) self->look_at_client();
                              });
}

void Connection::look_at_client() {
  const auto asker = asker_.lock();
  if (asker == nullptr || !asker->is_there()) return;
  char byte = 0;
  ErrorCode error;
  stream_.socket().non_blocking(true, error);
  stream_.socket().receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, error);
  if (!error) return;
  if (error == asio::error::would_block) return watch_client();
  asker->take();
  close();
}

void Connection::set_waiting(bool is_waiting) {
  is_waiting_ = is_waiting;
  context_.connections.set_waiting(this, is_waiting);
}

// True in any case: the stream is a WebSocket now, or the refusal is being written.
bool Connection::upgrade(const Request& request, UpgradeRequest&& parsed) {
  if (auto refusal = context_.application.refuse_upgrade(request)) {
    write(std::move(*refusal));
    return true;
  }
  const bool is_whole = beast::websocket::is_upgrade(parsed) && input_.empty() &&
                        is_websocket_key(request.field("sec-websocket-key")) &&
                        request.field("sec-websocket-version") == "13";
  if (!is_whole) {
    refuse_head("This is no WebSocket handshake of version 13.", 400);
    return true;
  }
  stream_.expires_never();
  start_live_connection(std::move(stream_), std::move(parsed), context_);
  return true;
}

void Connection::write(Delivery delivery) {
  must_close_ = must_close_ || delivery.must_close;
  writer_.write(std::move(delivery), [self = shared_from_this()](bool is_whole) {
    if (is_whole) {
      self->end_answer();
    } else {
      self->close();
    }
  });
}

void Connection::end_answer() {
  const bool is_done = must_close_ || context_.connections.is_stopping();
  // The next header, whose first bytes are there, has its time from now on.
  deadline_ = Clock::now() + context_.options.header_timeout;
  if (is_done) return linger();
  read_head();
}

// Closing while the client still sends would make its system throw the answer away.
void Connection::linger() {
  constexpr std::size_t kMostBytes = 64 * 1024;
  ErrorCode ignored;
  if (lingered_bytes_ == 0) {
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    deadline_ = Clock::now() + std::chrono::seconds(1);
    set_waiting(true);
  }
  stream_.expires_at(deadline_);
  input_.resize(kReadBytes);
  stream_.async_read_some(asio::buffer(input_),
                          [self = shared_from_this()](ErrorCode error, std::size_t count) {
                            self->lingered_bytes_ += count;
                            if (error || self->lingered_bytes_ > kMostBytes) return self->close();
                            self->linger();
                          });
}

void Connection::close() {
  ErrorCode ignored;
  stream_.socket().close(ignored);
}

void Connection::start_refusing() {
  on_strand([this] {
    refuse_head("The server has as many connections as it takes; close a tab or try again.", 503);
  });
}

}  // namespace

void start_connection(asio::ip::tcp::socket socket, ConnectionContext& context) {
  const auto connection = std::make_shared<Connection>(std::move(socket), context);
  if (context.connections.add(connection)) connection->start();
}

void refuse_connection(asio::ip::tcp::socket socket, ConnectionContext& context) {
  const auto connection = std::make_shared<Connection>(std::move(socket), context);
  if (context.connections.add(connection)) connection->start_refusing();
}

}  // namespace tbprof::server
