// Which Host and Origin pass, as a table and through every method and the WebSocket upgrade.
#include "server/host_rules.h"

#include <gtest/gtest.h>

#include "server/ascii.h"
#include "tests/server/raw_client.h"
#include "tests/server/test_server.h"

namespace tbprof::server {
namespace {

const char* kGoodHosts[] = {"localhost",  "localhost:1",     "LOCALHOST:6006", "127.0.0.1:65535",
                            "[::1]:6006", "tb.localhost:80", "proxy.example",  "exact.example:99",
                            "127.0.0.2",  "127.255.0.1:80",  "localhost:",     "behind.example",
                            "[::1]:"};
const char* kBadHosts[] = {"evil.example",
                           "localhost.evil.example:6006",
                           "evil-localhost",
                           "localhost:6006.evil.example",
                           "127.0.0.1.evil.example",
                           "128.0.0.1",
                           "127.1",
                           "2130706433",
                           "0x7f.1",
                           "0.0.0.0",
                           "[::]",
                           "[::2]",
                           "[::ffff:127.0.0.1]",
                           "10.0.0.1",
                           "localhost::",
                           "localhost:abc",
                           "localhost:123456",
                           "localhost@evil.example",
                           "user:pw@localhost",
                           "localhost/evil",
                           "localhost, evil.example",
                           "localhost evil",
                           ".localhost.evil",
                           "localhost.",
                           "proxy.example.evil",
                           "xproxy.example",
                           "exact.example",
                           "exact.example:98",
                           "[::1",
                           "::1",
                           "[localhost]",
                           "%6cocalhost"};

HostRules rules() { return {{"proxy.example", "exact.example:99", "behind.example:443"}, false}; }

TEST(HostRules, OnlyLoopbackNamesAndTheAllowedPass) {
  for (const char* host : kGoodHosts) EXPECT_TRUE(host_is_allowed(host, rules())) << host;
  for (const char* host : kBadHosts) EXPECT_FALSE(host_is_allowed(host, rules())) << host;
  EXPECT_FALSE(host_is_allowed("", rules()));
}

TEST(HostRules, AddressesPassWhereTheServerListensBeyondLoopback) {
  HostRules open = rules();
  open.addresses_allowed = true;
  EXPECT_TRUE(host_is_allowed("10.0.0.1:6006", open));
  EXPECT_TRUE(host_is_allowed("[2001:db8::1]:6006", open));
  EXPECT_FALSE(host_is_allowed("10.0.0.1.evil.example:6006", open));
  EXPECT_FALSE(host_is_allowed("10.0.0", open));
}

TEST(HostRules, OnlyTheOwnOriginPasses) {
  EXPECT_TRUE(origin_is_own("http://localhost:6006", "localhost:6006"));
  EXPECT_TRUE(origin_is_own("https://proxy.example", "proxy.example"));
  for (const char* origin :
       {"null", "", "http://localhost", "http://localhost:6007", "http://localhost:60066",
        "http://localhost:6006.evil.example", "http://evil.example", "http://127.0.0.1:6006",
        "ftp://localhost:6006", "http://localhost:6006/", "http://evil@localhost:6006",
        "http://xlocalhost:6006", "http://localhost:6006 http://evil.example", "file://"}) {
    EXPECT_FALSE(origin_is_own(origin, "localhost:6006")) << origin;
  }
}

const char* kMethods[] = {"GET",    "HEAD",    "POST",  "PUT", "PATCH",
                          "DELETE", "OPTIONS", "TRACE", "BREW"};
const std::string kUpgrade =
    "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n";

int status_of_upgrade(std::uint16_t port, const std::string& fields) {
  tests::RawClient client(port);
  const bool names_host = fields.find("Host:") != std::string::npos;
  client.send("GET /data/live HTTP/1.1\r\nConnection: Upgrade\r\n" + kUpgrade +
              (names_host ? "" : "Host: localhost:" + std::to_string(port) + "\r\n") + fields +
              "\r\n");
  return client.read_answer().status;
}

TEST(HostMatrix, BadHostsAreRefusedByEveryMethodAndTheWebSocket) {
  tests::TestServerOptions options;
  options.hosts = rules();
  tests::TestServer server(options);
  for (const char* host : kBadHosts) {
    const std::string fields = "Host: " + std::string(host) + "\r\n" + tests::kBearer;
    for (const char* method : kMethods) {
      EXPECT_EQ(tests::ask(server.port, "/data/health", fields, method).status, 403)
          << host << " " << method;
    }
    EXPECT_EQ(status_of_upgrade(server.port, fields), 403) << host;
  }
}

TEST(HostMatrix, GoodHostsPass) {
  tests::TestServerOptions options;
  options.hosts = rules();
  tests::TestServer server(options);
  for (const char* host : kGoodHosts) {
    const std::string fields = "Host: " + std::string(host) + "\r\n" + tests::kBearer;
    EXPECT_EQ(tests::ask(server.port, "/data/health", fields).status, 200) << host;
    EXPECT_EQ(tests::ask(server.port, "/data/health", fields, "HEAD").status, 200) << host;
    EXPECT_EQ(status_of_upgrade(server.port, fields), 101) << host;
    const std::string own = fields + "Origin: http://" + lower_case(host) + "\r\n";
    EXPECT_EQ(tests::ask(server.port, "/data/health", own).status, 200) << host;
    EXPECT_EQ(status_of_upgrade(server.port, own), 101) << host;
  }
}

TEST(HostMatrix, StrangeOriginsAreRefusedByEveryMethodAndTheWebSocket) {
  tests::TestServer server;
  const std::string port = std::to_string(server.port);
  for (const std::string& origin :
       {std::string("null"), std::string("http://evil.example"), std::string("http://localhost"),
        "http://localhost:" + port + "0", "http://localhost:" + port + ".evil.example",
        "http://127.0.0.1:" + port, "http://evil.localhost:" + port, std::string("")}) {
    const std::string fields = tests::kBearer + "Origin: " + origin + "\r\n";
    for (const char* method : kMethods) {
      EXPECT_EQ(tests::ask(server.port, "/data/health", fields, method).status, 403)
          << origin << " " << method;
    }
    EXPECT_EQ(status_of_upgrade(server.port, fields), 403) << origin;
  }
}

TEST(HostMatrix, PagesOfOtherSitesMayOnlyLeadHere) {
  tests::TestServer server;
  for (const char* site : {"cross-site", "same-site"}) {
    const std::string from = tests::kBearer + "Sec-Fetch-Site: " + site + "\r\n";
    EXPECT_EQ(tests::ask(server.port, "/data/captures", from).status, 403);
    EXPECT_EQ(tests::ask(server.port, "/main-ABCD1234.js", from).status, 403);
    EXPECT_EQ(tests::ask(server.port, "/", from + "Sec-Fetch-Mode: no-cors\r\n").status, 403);
    const std::string navigation = from + "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: ";
    EXPECT_EQ(tests::ask(server.port, "/", navigation + "document\r\n").status, 200);
    EXPECT_EQ(tests::ask(server.port, "/", navigation + "iframe\r\n").status, 403);
    EXPECT_EQ(tests::ask(server.port, "/data/runs", navigation + "document\r\n").status, 403);
  }
  const std::string own = tests::kBearer + "Sec-Fetch-Site: same-origin\r\n";
  EXPECT_EQ(tests::ask(server.port, "/data/captures", own).status, 200);
}

}  // namespace
}  // namespace tbprof::server
