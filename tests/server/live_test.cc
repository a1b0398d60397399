// Pushes: the hub alone, and over a WebSocket.
#include "server/live_hub.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "tests/server/raw_client.h"
#include "tests/server/test_server.h"

namespace tbprof::server {
namespace {

using Json = nlohmann::json;

TEST(LiveHub, ASlowPageGetsTheLatestOfEachTopic) {
  LiveHub hub;
  int wakes = 0;
  const auto page = hub.join([&] { ++wakes; });
  for (int i = 0; i < 1000; ++i) hub.publish("a", "a" + std::to_string(i));
  hub.publish("b", "b0");
  EXPECT_EQ(wakes, 1001);
  EXPECT_EQ(page->take(), "a999");
  EXPECT_EQ(page->take(), "b0");
  EXPECT_EQ(page->take(), std::nullopt);
  for (int i = 0; i < 1000; ++i) hub.publish(std::to_string(i), "x");
  int waiting = 0;
  while (page->take()) ++waiting;
  EXPECT_LE(waiting, 64);
}

TEST(LiveHub, OnlyThoseWhoSubscribedHearOfACapture) {
  LiveHub hub;
  auto one = hub.join([] {});
  const auto two = hub.join([] {});
  EXPECT_TRUE(one->read_message("{\"subscribe\":\"cap-a\"}"));
  EXPECT_TRUE(hub.has_subscriber("cap-a"));
  hub.publish_to("cap-a", "demo/size", "1");
  EXPECT_EQ(one->take(), "1");
  EXPECT_EQ(two->take(), std::nullopt);
  one.reset();
  EXPECT_FALSE(hub.has_subscriber("cap-a"));
}

TEST(LiveHub, UnderstandsNothingElse) {
  LiveHub hub;
  const auto page = hub.join([] {});
  for (const char* text : {"", "x", "[]", "{}", "{\"subscribe\":1}", "{\"subscribe\":\"../x\"}",
                           "\xff", "{\"subscribe\":\"a\"", "null", "[[[[[[[["}) {
    EXPECT_FALSE(page->read_message(text)) << text;
  }
}

// Frames of less than 64 KiB, as RFC 6455 has them.
class WebSocketClient {
 public:
  explicit WebSocketClient(std::uint16_t port) : client_(port) {
    client_.send("GET /data/live HTTP/1.1\r\nHost: localhost:" + std::to_string(port) +
                 "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                 tests::kBearer + "\r\n");
    answer = client_.read_answer();
  }
  void send(unsigned char opcode, const std::string& text) {
    std::string frame = {static_cast<char>(0x80 | opcode)};
    if (text.size() < 126) {
      frame.push_back(static_cast<char>(0x80 | text.size()));
    } else {
      frame.push_back(static_cast<char>(0x80 | 126));
      frame.push_back(static_cast<char>(text.size() >> 8));
      frame.push_back(static_cast<char>(text.size() & 255));
    }
    frame += std::string(4, '\0') + text;  // masked with zeros
    client_.send(frame);
  }
  struct Frame {
    int opcode = -1;  // -1: the connection has ended
    std::string text;
  };
  Frame read() {
    if (!fill(2)) return {};
    std::size_t length = static_cast<unsigned char>(input_[1]) & 127u;
    std::size_t head = 2;
    if (length == 126) {
      if (!fill(4)) return {};
      length = static_cast<unsigned char>(input_[2]) * 256u + static_cast<unsigned char>(input_[3]);
      head = 4;
    }
    if (!fill(head + length)) return {};
    Frame frame{input_[0] & 15, input_.substr(head, length)};
    input_.erase(0, head + length);
    return frame;
  }
  tests::RawAnswer answer;

 private:
  bool fill(std::size_t size) {
    while (input_.size() < size) {
      const std::string bytes = client_.read_some();
      if (bytes.empty()) return false;
      input_ += bytes;
    }
    return true;
  }
  tests::RawClient client_;
  std::string input_;
};

TEST(LiveSocket, TellsOfChangesAndOfTheSubscribedCapture) {
  tests::TestServerOptions options;
  options.reload_interval = std::chrono::milliseconds(20);
  tests::TestServer server(options);
  // Changes are told from the first look at the log directory on.
  ASSERT_EQ(tests::ask(server.port, "/data/captures", tests::kBearer).status, 200);
  WebSocketClient page(server.port);
  ASSERT_EQ(page.answer.status, 101);
  EXPECT_EQ(page.answer.field("x-content-type-options"), "nosniff");
  page.send(1, "{\"subscribe\":\"cap-a\"}");
  for (int i = 0; i < 500 && !server.application->live().has_subscriber("cap-a"); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  server.logdir.touch(0, 999);
  const Json first = Json::parse(page.read().text);
  EXPECT_EQ(first["topic"], "core/captures");
  const Json second = Json::parse(page.read().text);
  EXPECT_EQ(second["topic"], "demo/size");
  EXPECT_EQ(second["capture"], "cap-a");
  EXPECT_EQ(second["data"]["slices"], 1);
  server.logdir.touch(1, 999);  // another capture: only the list has changed
  EXPECT_EQ(Json::parse(page.read().text)["topic"], "core/captures");
  page.send(9, "are you there");
  const auto pong = page.read();
  EXPECT_EQ(pong.opcode, 10);
  EXPECT_EQ(pong.text, "are you there");
}

TEST(LiveSocket, ClosesOnWhatItDoesNotUnderstand) {
  tests::TestServer server;
  for (const std::string& text : {std::string("nonsense"), std::string(5000, 'x')}) {
    WebSocketClient page(server.port);
    page.send(1, text);
    EXPECT_EQ(page.read().opcode, 8);
  }
  WebSocketClient binary(server.port);
  binary.send(2, "{\"subscribe\":\"cap-a\"}");
  EXPECT_EQ(binary.read().opcode, 8);
}

TEST(LiveSocket, IsOnlyAtItsAddressAndOnlyVersion13) {
  tests::TestServer server;
  const auto status = [&](const std::string& target, const std::string& fields) {
    tests::RawClient client(server.port);
    client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
    return client.read_answer().status;
  };
  const std::string upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  const std::string version = "Sec-WebSocket-Version: 13\r\n";
  EXPECT_EQ(status("/data/live", upgrade + key + version), 401);
  EXPECT_EQ(status("/data/live", upgrade + key + version + tests::kBearer), 101);
  EXPECT_EQ(status("/data/health", upgrade + key + version + tests::kBearer), 400);
  EXPECT_EQ(status("/data/nothing", upgrade + key + version + tests::kBearer), 404);
  EXPECT_EQ(status("/data/live", upgrade + key + tests::kBearer), 400);
  EXPECT_EQ(status("/data/live", upgrade + version + tests::kBearer), 400);
  for (const std::string junk : {"x", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25j*Q=="}) {
    const std::string junk_key = "Sec-WebSocket-Key: " + junk + "\r\n";
    EXPECT_EQ(status("/data/live", upgrade + junk_key + version + tests::kBearer), 400) << junk;
  }
  EXPECT_EQ(status("/data/live", tests::kBearer), 426);
}

TEST(LiveSocket, IsClosedWhenTheServerStops) {
  tests::TestServer server;
  WebSocketClient page(server.port);
  page.send(1, "{\"subscribe\":\"cap-a\"}");
  while (!server.application->live().has_subscriber("cap-a")) std::this_thread::yield();
  server.http->begin_stop();
  const auto frame = page.read();
  EXPECT_EQ(frame.opcode, 8);
  EXPECT_EQ(frame.text, "\x03\xe9");  // 1001: going away
}

}  // namespace
}  // namespace tbprof::server
