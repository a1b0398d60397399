// Writes one answer after the other to a client, each piece by piece as the client takes it. Only
// for connection.cc, whose stream it borrows. On the connection's strand.
#pragma once

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <charconv>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/delivery.h"
#include "server/worker_pool.h"

namespace tbprof::server {

class AnswerWriter {
 public:
  AnswerWriter(boost::beast::tcp_stream& stream, std::chrono::milliseconds timeout,
               WorkerPool& workers)
      : stream_(stream), timeout_(timeout), workers_(workers) {}

  // Calls `done` once, with whether the answer was written to its end, or drops it where the work
  // is dropped. What `done` holds, the connection, is held until then. REQUIRES: no other answer is
  // being written.
  using Done = std::function<void(bool is_whole)>;
  void write(Delivery delivery, Done done) {
    delivery_ = std::move(delivery);
    const std::string_view body = delivery_.body.view;
    output_.assign(
        {boost::asio::buffer(delivery_.head), boost::asio::const_buffer(body.data(), body.size())});
    progress_bytes_ = kProgressBytes;
    go_on(std::make_shared<Done>(std::move(done)));
  }

 private:
  using ErrorCode = boost::system::error_code;
  using Clock = std::chrono::steady_clock;
  using Kept = std::shared_ptr<Done>;  // by each operation that is under way
  // A reader that takes less than this in the timeout is not one.
  static constexpr std::size_t kProgressBytes = 4096;

  void go_on(const Kept& done) {
    if (boost::asio::buffer_size(output_) > 0) return write_some(done);
    if (delivery_.next_piece) return make_piece(done);
    end(done, true);
  }

  void end(const Kept& done, bool is_whole) {
    delivery_ = {};
    piece_ = {};
    (*done)(is_whole);
  }

  // Every piece that the client takes gives it time for the next one: slow is not dead.
  void write_some(const Kept& done) {
    if (progress_bytes_ >= kProgressBytes) {
      deadline_ = Clock::now() + timeout_;
      progress_bytes_ = 0;
    }
    stream_.expires_at(deadline_);
    stream_.async_write_some(output_, [this, done](ErrorCode error, std::size_t count) {
      if (error) return end(done, false);
      progress_bytes_ += count;
      for (boost::asio::const_buffer& buffer : output_) {
        const std::size_t taken = std::min(count, buffer.size());
        buffer += taken;
        count -= taken;
      }
      go_on(done);
    });
  }

  // One piece at a time, and only when the client has taken the last one.
  void make_piece(const Kept& done) {
    const bool is_posted = workers_.post([this, done] {
      piece_.clear();
      auto more = delivery_.next_piece(piece_);
      boost::asio::post(stream_.get_executor(),
                        [this, done, more = std::move(more)] { write_piece(done, more); });
    });
    if (!is_posted) end(done, false);
  }

  void write_piece(const Kept& done, const proto::Result<bool>& more) {
    // Closed without the last chunk, so that the client sees that the answer is not whole.
    if (!more.ok()) return end(done, false);
    output_.clear();
    progress_bytes_ = kProgressBytes;
    frame_.clear();
    if (!piece_.empty()) {
      if (delivery_.is_chunked) {
        char digits[16];
        const auto last = std::to_chars(digits, digits + sizeof digits, piece_.size(), 16).ptr;
        frame_.assign(digits, last).append("\r\n");
        output_ = {boost::asio::buffer(frame_), boost::asio::buffer(piece_),
                   boost::asio::const_buffer("\r\n", 2)};
      } else {
        output_ = {boost::asio::buffer(piece_)};
      }
    }
    if (!more.value()) {
      delivery_.next_piece = nullptr;
      if (delivery_.is_chunked) output_.emplace_back("0\r\n\r\n", 5);
    }
    go_on(done);
  }

  boost::beast::tcp_stream& stream_;
  const std::chrono::milliseconds timeout_;
  WorkerPool& workers_;
  Clock::time_point deadline_;
  Delivery delivery_;
  std::string piece_;
  std::string frame_;  // chunk size line before the piece
  std::vector<boost::asio::const_buffer> output_;
  std::size_t progress_bytes_ = 0;
};

}  // namespace tbprof::server
