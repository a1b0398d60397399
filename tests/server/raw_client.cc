#include "tests/server/raw_client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "server/ascii.h"

namespace tbprof::tests {

namespace {

constexpr int kPatienceMs = 10'000;

}  // namespace

RawClient::RawClient(std::uint16_t port, int receive_buffer_bytes) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer_bytes > 0) {
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(int));
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket_);
    socket_ = -1;
  }
}

RawClient::~RawClient() {
  if (socket_ >= 0) ::close(socket_);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string RawClient::read_some(std::size_t size) {
  pollfd waiting{socket_, POLLIN, 0};
  if (::poll(&waiting, 1, kPatienceMs) != 1) return {};
  std::string bytes(size, '\0');
  const ssize_t count = ::recv(socket_, bytes.data(), size, 0);
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

bool RawClient::fill() {
  const std::string bytes = read_some();
  input_ += bytes;
  return !bytes.empty();
}

bool RawClient::is_closed_within(std::chrono::milliseconds longest) {
  pollfd waiting{socket_, POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(longest.count())) != 1) return false;
  char byte = 0;
  return ::recv(socket_, &byte, 1, 0) <= 0;
}

RawAnswer RawClient::read_answer(bool is_head) {
  RawAnswer answer;
  std::size_t end = 0;
  while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return answer;
  }
  std::string_view head = std::string_view(input_).substr(0, end + 2);
  answer.status = std::atoi(std::string(head.substr(9, 3)).c_str());
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(line.size() + 2);
    const std::size_t colon = line.find(':');
    answer.fields[server::lower_case(line.substr(0, colon))] =
        std::string(server::trim(line.substr(colon + 1)));
  }
  input_.erase(0, end + 4);
  if (is_head || answer.status == 304 || answer.status == 101) {
    answer.is_whole = true;
    return answer;
  }
  if (answer.field("transfer-encoding") == "chunked") {
    while (true) {
      std::size_t line_end = 0;
      while ((line_end = input_.find("\r\n")) == std::string::npos) {
        if (!fill()) return answer;
      }
      const std::size_t size = std::stoul(input_.substr(0, line_end), nullptr, 16);
      while (input_.size() < line_end + 2 + size + 2) {
        if (!fill()) return answer;
      }
      answer.body += input_.substr(line_end + 2, size);
      input_.erase(0, line_end + 2 + size + 2);
      if (size == 0) break;
    }
    answer.is_whole = true;
    return answer;
  }
  if (answer.field("content-length").empty()) {
    while (fill()) {
    }
    answer.body.swap(input_);
    answer.is_whole = true;
    return answer;
  }
  const std::size_t length = std::stoul(answer.field("content-length"));
  while (input_.size() < length) {
    if (!fill()) break;
  }
  answer.is_whole = input_.size() >= length;
  answer.body = input_.substr(0, length);
  input_.erase(0, length);
  return answer;
}

RawAnswer ask(std::uint16_t port, const std::string& target, const std::string& more_fields,
              const std::string& method) {
  RawClient client(port);
  const bool names_host = more_fields.find("Host:") != std::string::npos;
  client.send(method + " " + target + " HTTP/1.1\r\n" +
              (names_host ? "" : "Host: localhost:" + std::to_string(port) + "\r\n") +
              "Connection: close\r\n" + more_fields + "\r\n");
  return client.read_answer(method == "HEAD");
}

}  // namespace tbprof::tests
