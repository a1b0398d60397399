// The printed URL: a cookie once, then an address without the token, never another site.
#include <gtest/gtest.h>

#include "tests/server/raw_client.h"
#include "tests/server/test_server.h"

namespace tbprof::server {
namespace {

std::string cookie_field(const tests::RawAnswer& answer) {
  const std::string cookie = answer.field("set-cookie");
  return "Cookie: " + cookie.substr(0, cookie.find(';')) + "\r\n";
}

TEST(TokenUrl, GivesACookieAndLeadsToTheCleanAddress) {
  tests::TestServer server;
  const auto entry = tests::ask(server.port, "/?a=1+2&token=" + tests::kToken + "&b=%26");
  EXPECT_EQ(entry.status, 303);
  EXPECT_EQ(entry.field("location"), "/?a=1%202&b=%26");
  const std::string cookie = entry.field("set-cookie");
  EXPECT_NE(cookie.find("; HttpOnly"), std::string::npos);
  EXPECT_NE(cookie.find("; SameSite=Strict"), std::string::npos);
  EXPECT_NE(cookie.find("; Path=/;"), std::string::npos);
  EXPECT_EQ(cookie.find(tests::kToken), std::string::npos);
  EXPECT_EQ(tests::ask(server.port, "/", cookie_field(entry)).status, 200);
  EXPECT_EQ(tests::ask(server.port, "/data/captures", cookie_field(entry)).status, 200);
}

TEST(TokenUrl, WorksThroughAnyForwardedPort) {
  tests::TestServer server;
  const std::string host = "Host: localhost:17006\r\n";
  const auto entry = tests::ask(server.port, "/?token=" + tests::kToken, host);
  EXPECT_EQ(entry.status, 303);
  EXPECT_EQ(entry.field("location"), "/");
  EXPECT_EQ(tests::ask(server.port, "/data/runs", host + cookie_field(entry)).status, 200);
}

TEST(TokenUrl, AWrongTokenGetsThePageThatSaysHow) {
  tests::TestServer server;
  for (const char* target :
       {"/", "/?token=", "/?token=wrong", "/index.html?token=0123456789abcdef"}) {
    const auto answer = tests::ask(server.port, target);
    EXPECT_EQ(answer.status, 401) << target;
    EXPECT_EQ(answer.field("content-type"), "text/html; charset=utf-8");
    EXPECT_NE(answer.body.find("tbprof/token"), std::string::npos);
    EXPECT_EQ(answer.field("set-cookie"), "");
  }
  EXPECT_EQ(tests::ask(server.port, "/data/runs").field("content-type"), "application/json");
}

TEST(TokenUrl, NeverLeadsToAnotherSite) {
  tests::TestServer server;
  const std::string token = "token=" + tests::kToken;
  for (const std::string& target :
       {"//evil.example/?" + token, "//evil.example/%2e%2e?" + token, "/\\evil.example?" + token,
        "/%5cevil.example?" + token, "/%2f/evil.example?" + token, "/;/evil.example?" + token,
        "/@evil.example?" + token, "/.evil.example/?" + token, "///?" + token,
        "/data/runs?" + token + "&next=//evil.example"}) {
    const auto answer = tests::ask(server.port, target);
    EXPECT_TRUE(answer.status == 400 || answer.status == 401) << target;
    EXPECT_EQ(answer.field("location"), "") << target;
  }
  for (const char* more :
       {"next=//evil.example", "url=http://evil.example", "a=%0d%0aLocation:%20http://evil.example",
        "%0d%0aX-Evil:1", "redirect=%5c%5cevil.example"}) {
    const auto answer = tests::ask(server.port, "/?" + token + "&" + std::string(more));
    EXPECT_EQ(answer.status, 303) << more;
    const std::string location = answer.field("location");
    EXPECT_TRUE(location.starts_with("/?")) << location;
    EXPECT_EQ(location.find_first_of(":\\\r\n", 0), std::string::npos) << location;
    EXPECT_EQ(answer.field("x-evil"), "");
  }
}

TEST(TokenUrl, FromAnotherSiteThePageLeadsOnItself) {
  tests::TestServer server;
  const auto answer = tests::ask(server.port, "/?x=%22%3E%3Cscript%3E&token=" + tests::kToken,
                                 "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n"
                                 "Sec-Fetch-Dest: document\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.field("set-cookie"), "");
  EXPECT_NE(answer.body.find("0;url=/?x=%22%3E%3Cscript%3E\""), std::string::npos) << answer.body;
}

TEST(TokenUrl, TwoServersOfOneBrowserKeepTheirCookies) {
  tests::TestServerOptions first;
  first.server_name = "machine:6006:/logs";
  tests::TestServerOptions second;
  second.server_name = "machine:6007:/logs";
  tests::TestServer one(first);
  tests::TestServer two(second);
  const auto cookie_of = [](tests::TestServer& server) {
    const std::string cookie =
        tests::ask(server.port, "/?token=" + tests::kToken).field("set-cookie");
    return cookie.substr(0, cookie.find(';'));
  };
  const std::string a = cookie_of(one);
  const std::string b = cookie_of(two);
  EXPECT_NE(a.substr(0, a.find('=')), b.substr(0, b.find('=')));
  // A browser sends both to both.
  const std::string both = "Cookie: " + a + "; " + b + "\r\n";
  EXPECT_EQ(tests::ask(one.port, "/data/runs", both).status, 200);
  EXPECT_EQ(tests::ask(two.port, "/data/runs", both).status, 200);
  EXPECT_EQ(tests::ask(two.port, "/data/runs", "Cookie: " + a + "\r\n").status, 401);
}

TEST(TokenUrl, WithoutAuthEverybodyReadsButNoStrangePage) {
  tests::TestServerOptions options;
  options.token = "";
  tests::TestServer server(options);
  EXPECT_EQ(tests::ask(server.port, "/").status, 200);
  EXPECT_EQ(tests::ask(server.port, "/data/runs").status, 200);
  const auto clean = tests::ask(server.port, "/?token=left-over");
  EXPECT_EQ(clean.status, 303);
  EXPECT_EQ(clean.field("set-cookie"), "");
  EXPECT_EQ(tests::ask(server.port, "/data/runs", "Host: evil.example\r\n").status, 403);
  EXPECT_EQ(tests::ask(server.port, "/data/runs", "Origin: http://evil.example\r\n").status, 403);
}

}  // namespace
}  // namespace tbprof::server
