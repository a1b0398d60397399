// A client that sends exactly the bytes it is told and reads one answer after the other.
// One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tbprof::tests {

struct RawAnswer {
  int status = 0;
  std::map<std::string, std::string> fields;  // names in lower case
  std::string body;                           // chunks joined
  bool is_whole = false;

  std::string field(const std::string& name) const {
    const auto at = fields.find(name);
    return at == fields.end() ? "" : at->second;
  }
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer_bytes = 0);
  ~RawClient();
  RawClient(const RawClient&) = delete;

  bool send(std::string_view bytes);
  // What answers to HEAD has no body whatever its Content-Length.
  RawAnswer read_answer(bool is_head = false);
  // At most `size` bytes as they come; "" when the server has closed or nothing came in time.
  std::string read_some(std::size_t size = 65536);
  // Whether the server closes within the time.
  bool is_closed_within(std::chrono::milliseconds longest);

 private:
  bool fill();
  int socket_ = -1;
  std::string input_;
};

// One request on a connection of its own, with "Host: localhost:PORT" and Connection: close.
RawAnswer ask(std::uint16_t port, const std::string& target, const std::string& more_fields = "",
              const std::string& method = "GET");

}  // namespace tbprof::tests
