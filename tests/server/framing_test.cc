// Requests whose borders could be read in two ways are refused, on the parser and over a socket.
#include "server/framing.h"

#include <gtest/gtest.h>

#include <ostream>

#include "tests/server/raw_client.h"
#include "tests/server/test_server.h"

namespace tbprof::server {
namespace {

using namespace std::string_literals;

struct Case {
  const char* name;
  std::string request;
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

const Case kRefused[] = {
    {"transfer_encoding",
     "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"te_and_length",
     "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: "
     "chunked\r\n\r\n"},
    {"te_identity", "GET / HTTP/1.1\r\nHost: localhost\r\ntransfer-encoding:identity\r\n\r\n"},
    {"two_hosts", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"},
    {"no_host", "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n"},
    {"empty_host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
    {"two_origins",
     "GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nOrigin: http://a\r\n\r\n"},
    {"two_authorizations",
     "GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: a\r\nauthorization: a\r\n\r\n"},
    {"two_sites",
     "GET / HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: none\r\nSec-Fetch-Site: none\r\n\r\n"},
    {"folded_field", "GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n c\r\n\r\n"},
    {"folded_first", "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n"},
    {"bare_lf", "GET / HTTP/1.1\nHost: localhost\n\n"},
    {"bare_lf_inside", "GET / HTTP/1.1\r\nHost: localhost\nX-A: b\r\n\r\n"},
    {"bare_cr", "GET / HTTP/1.1\r\nHost: localhost\rX-A: b\r\n\r\n"},
    {"two_lengths",
     "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n"},
    {"length_list", "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0, 0\r\n\r\n"},
    {"length_sign", "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: +0\r\n\r\n"},
    {"body", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"},
    {"space_before_colon", "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n"},
    {"no_colon", "GET / HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n"},
    {"nul_in_target", "GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n"s},
    {"control_in_target", "GET /\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"byte_beyond_ascii", "GET /\xc3\xa9 HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"nul_in_field", "GET / HTTP/1.1\r\nHost: localhost\r\nX: \0\r\n\r\n"s},
    {"another_authority", "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"no_authority", "GET http:/// HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"no_path", "GET http://localhost HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"another_scheme", "GET ftp://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"fragment", "GET /#a HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"two_spaces", "GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"tab", "GET\t/ HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"version_0_9", "GET /\r\n\r\n"},
    {"version_2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {"version_1_2", "GET / HTTP/1.2\r\nHost: localhost\r\n\r\n"},
    {"two_empty_lines_first", "\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"tls", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"s},
};

class Refused : public testing::TestWithParam<Case> {};

TEST_P(Refused, ByTheParser) {
  const std::string& request = GetParam().request;
  const std::size_t end = request.find("\r\n\r\n");
  const std::string head = end == std::string::npos ? request : request.substr(0, end + 4);
  EXPECT_TRUE(is_hopeless_head(head) || !check_request_head(head).ok());
}

TEST_P(Refused, OverASocketWith400AndClose) {
  tests::TestServer server;
  tests::RawClient client(server.port);
  // A second request must never be answered: its border is not certain.
  client.send(GetParam().request + "GET /data/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const tests::RawAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.field("connection"), "close");
  EXPECT_NE(answer.body.find("\"error\""), std::string::npos);
  EXPECT_EQ(client.read_some(), "");
}

INSTANTIATE_TEST_SUITE_P(Framing, Refused, testing::ValuesIn(kRefused),
                         [](const auto& test) { return test.param.name; });

TEST(Framing, TakesWhatBrowsersSend) {
  const std::string head =
      "GET /data/plugin/a/b?x=%20y HTTP/1.1\r\nHost: localhost:6006\r\nAccept: */*\r\n"
      "Cookie: a=b; c=d\r\nX-Empty:\r\nContent-Length: 0\r\n\r\n";
  const auto checked = check_request_head(head);
  EXPECT_TRUE(checked.ok()) << checked.error().message;
}

TEST(Framing, TakesTheUrlThatClientsOfAProxySend) {
  tests::TestServer server;
  const auto status = [&](const std::string& request) {
    tests::RawClient client(server.port);
    client.send(request + tests::kBearer + "\r\n");
    return client.read_answer().status;
  };
  const std::string host = " HTTP/1.1\r\nHost: localhost\r\n";
  EXPECT_EQ(status("GET http://localhost/data/health" + host), 200);
  EXPECT_EQ(status("GET HTTP://LocalHost/data/health?a=b" + host), 200);
  EXPECT_EQ(status("GET http://localhost:1/data/health" + host), 400);
  EXPECT_EQ(status("GET http://localhost/data/nothing" + host), 404);
}

TEST(Framing, OneEmptyLineBeforeARequestIsPassedOver) {
  tests::TestServer server;
  tests::RawClient client(server.port);
  const std::string request =
      "GET /data/health HTTP/1.1\r\nHost: localhost\r\n" + tests::kBearer + "\r\n";
  client.send("\r\n" + request);
  EXPECT_EQ(client.read_answer().status, 200);
  client.send("\r");
  client.send("\n" + request);
  EXPECT_EQ(client.read_answer().status, 200);
}

TEST(Framing, LongHeadersAreRefused) {
  tests::TestServer server;
  tests::RawClient client(server.port);
  client.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(kMaxHeadBytes, 'a'));
  EXPECT_EQ(client.read_answer().status, 431);
  tests::RawClient many(server.port);
  std::string fields;
  for (int i = 0; i < 101; ++i) fields += "A: b\r\n";
  many.send("GET / HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
  EXPECT_EQ(many.read_answer().status, 400);
}

TEST(Framing, AHeaderThatDripsIsCutOff) {
  tests::TestServerOptions options;
  options.http.header_timeout = std::chrono::milliseconds(300);
  tests::TestServer server(options);
  tests::RawClient client(server.port);
  const auto begin = std::chrono::steady_clock::now();
  client.send("GET / HT");
  for (int i = 0; i < 40 && !client.is_closed_within(std::chrono::milliseconds(50)); ++i) {
    client.send("T");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

}  // namespace
}  // namespace tbprof::server
