// Slow readers, too many connections, keep-alive, stopping.
#include <gtest/gtest.h>

#include <thread>

#include "tests/server/raw_client.h"
#include "tests/server/test_server.h"

namespace tbprof::server {
namespace {

using std::chrono::milliseconds;

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + tests::kBearer + "\r\n";
}

TEST(Connection, ASlowHonestReaderGetsAll) {
  tests::TestServerOptions options;
  options.http.write_timeout = milliseconds(500);  // far less than the whole takes
  tests::TestServer server(options);
  tests::RawClient client(server.port, 16 * 1024);
  constexpr std::size_t kBytes = 24 << 20;
  server.logdir.file_bytes.assign(kBytes, 'x');
  client.send(get("/data/capture/cap-a/file"));
  std::size_t read = 0;
  const auto begin = std::chrono::steady_clock::now();
  while (read < kBytes) {
    const std::string bytes = client.read_some(512 * 1024);
    if (bytes.empty()) break;
    read += bytes.size();
    std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_GE(read, kBytes);
  EXPECT_GT(std::chrono::steady_clock::now() - begin, milliseconds(500));
}

TEST(Connection, AReaderThatTakesNothingIsCutOff) {
  tests::TestServerOptions options;
  options.http.write_timeout = milliseconds(300);
  tests::TestServer server(options);
  constexpr std::size_t kBytes = 64 << 20;  // more than the system buffers
  server.logdir.file_bytes.assign(kBytes, 'x');
  tests::RawClient client(server.port, 16 * 1024);
  client.send(get("/data/capture/cap-a/file"));
  std::this_thread::sleep_for(milliseconds(2000));
  std::size_t read = 0;
  while (true) {
    const std::string bytes = client.read_some();
    if (bytes.empty()) break;
    read += bytes.size();
  }
  EXPECT_LT(read, kBytes);
}

TEST(Connection, AStreamIsMadeOnlyAsFastAsItIsRead) {
  tests::TestServer server;
  tests::RawClient client(server.port, 16 * 1024);
  client.send(get("/data/plugin/demo/rows?capture=cap-a&count=1000000"));
  std::this_thread::sleep_for(milliseconds(500));
  // What fits the buffers of the system, and not a gigabyte.
  EXPECT_LT(server.pieces, 20'000);
  const int before = server.pieces;
  for (int i = 0; i < 5000 && server.pieces == before; ++i) client.read_some();
  EXPECT_GT(server.pieces, before);
}

TEST(Connection, BeyondTheLimitTheReasonIsTold) {
  tests::TestServerOptions options;
  options.http.max_connections = 4;
  tests::TestServer server(options);
  std::vector<std::unique_ptr<tests::RawClient>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<tests::RawClient>(server.port, 16 * 1024));
    clients.back()->send(get("/data/plugin/demo/rows?capture=cap-a&count=1000000"));
    EXPECT_NE(clients.back()->read_some(1), "");
  }
  const auto refused = tests::ask(server.port, "/data/health", tests::kBearer);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.field("x-content-type-options"), "nosniff");
  clients.clear();
  int status = 0;
  for (int i = 0; i < 100 && status != 200; ++i) {
    status = tests::ask(server.port, "/data/health", tests::kBearer).status;
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_EQ(status, 200);
}

TEST(Connection, WhoeverOnlyWaitsGivesWay) {
  tests::TestServerOptions options;
  options.http.max_connections = 4;
  tests::TestServer server(options);
  tests::RawClient busy(server.port, 16 * 1024);
  busy.send(get("/data/plugin/demo/rows?capture=cap-a&count=1000000"));
  EXPECT_NE(busy.read_some(1), "");
  std::vector<std::unique_ptr<tests::RawClient>> silent;
  for (int i = 0; i < 12; ++i) {
    silent.push_back(std::make_unique<tests::RawClient>(server.port));
    if (i % 2 == 0) silent.back()->send("GET /data/health HTTP/1.1\r\nHo");
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_EQ(tests::ask(server.port, "/data/health", tests::kBearer).status, 200);
  EXPECT_TRUE(silent.front()->is_closed_within(milliseconds(3000)));
  EXPECT_NE(busy.read_some(1), "");
}

TEST(Connection, WithoutTheTokenItIsNotKept) {
  tests::TestServer server;
  for (const char* host : {"localhost", "evil.example"}) {
    tests::RawClient stranger(server.port);
    stranger.send("GET /data/captures HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n");
    const auto answer = stranger.read_answer();
    EXPECT_EQ(answer.status, std::string(host) == "localhost" ? 401 : 403);
    EXPECT_EQ(answer.field("connection"), "close");
    EXPECT_TRUE(stranger.is_closed_within(milliseconds(3000)));
  }
}

TEST(Connection, WhileOneCaptureLoadsTheOthersAreAnswered) {
  tests::TestServer server;
  server.logdir.first_is_stuck = true;
  std::vector<std::unique_ptr<tests::RawClient>> clients;
  for (int i = 0; i < 12; ++i) {  // more than there are workers
    clients.push_back(std::make_unique<tests::RawClient>(server.port));
    clients.back()->send(get("/data/plugin/demo/echo?capture=cap-a"));
  }
  EXPECT_EQ(tests::ask(server.port, "/data/captures", tests::kBearer).status, 200);
  EXPECT_EQ(tests::ask(server.port, "/data/plugin/demo/echo?capture=cap_b", tests::kBearer).status,
            200);
  EXPECT_EQ(tests::ask(server.port, "/data/capture/cap-a/file", tests::kBearer).body, "0123456789");
  server.logdir.first_is_stuck = false;
  for (const auto& client : clients) EXPECT_EQ(client->read_answer().status, 200);
  EXPECT_EQ(server.logdir.loads, 2);
}

TEST(Connection, AQuestionWhoseClientHasGoneIsNotAnswered) {
  tests::TestServer server;
  server.logdir.first_is_stuck = true;
  {
    tests::RawClient gone(server.port);
    gone.send(get("/data/plugin/demo/echo?capture=cap-a"));
    std::this_thread::sleep_for(milliseconds(200));
  }
  std::this_thread::sleep_for(milliseconds(300));
  server.logdir.first_is_stuck = false;
  EXPECT_EQ(tests::ask(server.port, "/data/plugin/demo/echo?capture=cap_b", tests::kBearer).status,
            200);
  EXPECT_EQ(server.answers, 1);
}

TEST(Connection, AnswersWhileTheFirstLookAtTheFolderLasts) {
  tests::TestServerOptions options;
  options.scan_ms = 700;
  const auto begin = std::chrono::steady_clock::now();
  tests::TestServer server(options);
  EXPECT_EQ(tests::ask(server.port, "/data/health", tests::kBearer).status, 200);
  EXPECT_EQ(server.logdir.scans, 0);
  // Who asks what is there gets it as soon as that is known.
  const auto captures = tests::ask(server.port, "/data/captures", tests::kBearer);
  EXPECT_NE(captures.body.find("cap-a"), std::string::npos);
  EXPECT_GT(std::chrono::steady_clock::now() - begin, milliseconds(600));
}

TEST(Connection, AFileIsReadPieceByPieceAndOnlyItsRange) {
  tests::TestServer server;
  server.logdir.file_bytes.assign(1 << 20, 'x');
  server.logdir.file_bytes[700'000] = 'y';
  const auto part = tests::ask(server.port, "/data/capture/cap-a/file",
                               tests::kBearer + "Range: bytes=700000-700002\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "yxx");
  EXPECT_EQ(server.logdir.file_reads, 1);
  const auto head = tests::ask(server.port, "/data/capture/cap-a/file", tests::kBearer, "HEAD");
  EXPECT_EQ(head.field("content-length"), "1048576");
  EXPECT_EQ(server.logdir.file_reads, 1);
  const auto whole = tests::ask(server.port, "/data/capture/cap-a/file", tests::kBearer);
  EXPECT_EQ(whole.body, server.logdir.file_bytes);
  EXPECT_GT(server.logdir.file_reads, 4);
}

TEST(Connection, HalfAHeaderBehindAnAnswerHasNoMoreTimeThanAnother) {
  tests::TestServerOptions options;
  options.http.header_timeout = milliseconds(300);
  tests::TestServer server(options);
  tests::RawClient client(server.port);
  client.send(get("/data/health") + "GET /data/he");
  EXPECT_EQ(client.read_answer().status, 200);
  EXPECT_TRUE(client.is_closed_within(milliseconds(5000)));
}

TEST(Connection, IdleOnesAreClosed) {
  tests::TestServerOptions options;
  options.http.idle_timeout = milliseconds(200);
  tests::TestServer server(options);
  tests::RawClient client(server.port);
  client.send(get("/data/health"));
  EXPECT_EQ(client.read_answer().status, 200);
  EXPECT_TRUE(client.is_closed_within(milliseconds(3000)));
}

TEST(Stop, LetsOpenAnswersEndAndClosesIdleConnections) {
  tests::TestServer server;
  server.logdir.load_ms = 400;
  tests::RawClient idle(server.port);
  idle.send(get("/data/health"));
  EXPECT_EQ(idle.read_answer().status, 200);
  tests::RawClient busy(server.port);
  busy.send(get("/data/plugin/demo/echo?capture=cap-a"));
  std::this_thread::sleep_for(milliseconds(100));
  server.http->begin_stop();
  EXPECT_TRUE(idle.is_closed_within(milliseconds(1000)));
  const auto answer = busy.read_answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{\"slices\":1,\"text_bytes\":4}");
  EXPECT_TRUE(busy.is_closed_within(milliseconds(1000)));
  EXPECT_TRUE(server.http->wait_until_stopped(milliseconds(3000)));
  tests::RawClient late(server.port);
  EXPECT_FALSE(late.send(get("/data/health")) && late.read_answer().status == 200);
}

TEST(Stop, DoesNotWaitForAReaderThatDoesNotRead) {
  tests::TestServer server;
  tests::RawClient client(server.port, 16 * 1024);
  client.send(get("/data/plugin/demo/rows?capture=cap-a&count=1000000"));
  std::this_thread::sleep_for(milliseconds(200));
  server.http->begin_stop();
  EXPECT_FALSE(server.http->wait_until_stopped(milliseconds(100)));
  const auto begin = std::chrono::steady_clock::now();
  server.http.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(2000));
}

TEST(Stop, WhileWorkersAreBusyLeavesNothingBehind) {
  for (int round = 0; round < 20; ++round) {
    tests::TestServer server;
    server.logdir.load_ms = 5;
    std::vector<std::unique_ptr<tests::RawClient>> clients;
    for (int i = 0; i < 8; ++i) {
      clients.push_back(std::make_unique<tests::RawClient>(server.port));
      clients.back()->send(get("/data/plugin/demo/echo?capture=cap_b&text=" + std::to_string(i)));
    }
  }
}

TEST(Listen, ATakenPortIsSaid) {
  tests::TestServer server;
  HttpServerOptions options;
  options.addresses = {"127.0.0.1"};
  options.port = server.port;
  const auto second = HttpServer::start(options, *server.application);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, proto::ErrorCode::unavailable);
}

}  // namespace
}  // namespace tbprof::server
