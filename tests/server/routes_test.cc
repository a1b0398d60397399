// Every route of the table: asked without a token, and with one; what every answer must carry.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "server/delivery.h"
#include "tests/server/raw_client.h"
#include "tests/server/test_server.h"

namespace tbprof::server {
namespace {

using Json = nlohmann::json;

std::string example_of(std::string path) {
  const std::size_t star = path.find('*');
  if (star != std::string::npos) path.replace(star, 1, "cap-a");
  return path;
}

void expect_security_fields(const tests::RawAnswer& answer, const std::string& what) {
  EXPECT_EQ(answer.field("x-content-type-options"), "nosniff") << what;
  EXPECT_EQ(answer.field("referrer-policy"), "no-referrer") << what;
  EXPECT_EQ(answer.field("cross-origin-resource-policy"), "same-origin") << what;
  const std::string policy = answer.field("content-security-policy");
  EXPECT_TRUE(policy.starts_with("default-src 'none';")) << what;
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos) << what;
  EXPECT_EQ(policy.find("unsafe"), std::string::npos) << what;
  EXPECT_EQ(answer.field("access-control-allow-origin"), "") << what;
  EXPECT_NE(answer.field("cache-control"), "") << what;
}

TEST(Routes, NoneAnswersWithoutTheToken) {
  tests::TestServer server;
  const std::string strangers[] = {"",
                                   "Authorization: Bearer 0123456789abcdef0123456789abcdee\r\n",
                                   "Authorization: Bearer\r\n",
                                   "Authorization: Basic " + tests::kToken + "\r\n",
                                   "Authorization: " + tests::kToken + "\r\n",
                                   "Cookie: " + server.cookie.name + "=" + tests::kToken + "\r\n",
                                   "Cookie: " + server.cookie.name + "=\r\n",
                                   "Cookie: other=" + server.cookie.value + "\r\n"};
  ASSERT_GE(server.application->router().endpoints().size(), 15u);
  for (const Endpoint& endpoint : server.application->router().endpoints()) {
    for (const std::string& fields : strangers) {
      for (const char* method : {"GET", "HEAD", "POST", "DELETE"}) {
        const auto answer = tests::ask(server.port, example_of(endpoint.path), fields, method);
        EXPECT_EQ(answer.status, 401) << method << " " << endpoint.path << " " << fields;
        EXPECT_EQ(answer.body.find("capture"), std::string::npos) << endpoint.path;
        expect_security_fields(answer, endpoint.path);
      }
    }
    const auto with_token =
        tests::ask(server.port, example_of(endpoint.path) + "?token=" + tests::kToken);
    EXPECT_EQ(with_token.status,
              endpoint.path == "/" || endpoint.path == "/index.html" ? 303 : 401);
  }
  EXPECT_EQ(tests::ask(server.port, "/data/nothing").status, 401);
}

TEST(Routes, SayWhatAnAnswerTookUnlessItWasKept) {
  tests::TestServer server;
  const std::string path = "/data/plugin/demo/echo?capture=cap-a";
  const auto first = tests::ask(server.port, path, tests::kBearer);
  ASSERT_EQ(first.status, 200);
  EXPECT_TRUE(std::regex_match(std::string(first.field("server-timing")),
                               std::regex(R"(answer;dur=\d+\.\d+, pack;dur=\d+\.\d+)")))
      << first.field("server-timing");
  const auto again = tests::ask(server.port, path, tests::kBearer);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.field("server-timing"), "");
}

TEST(Routes, AllCarryTheSecurityFieldsAndOneOfThreeVerdicts) {
  tests::TestServer server;
  for (const Endpoint& endpoint : server.application->router().endpoints()) {
    const std::string path = example_of(endpoint.path);
    for (const char* method : {"GET", "HEAD"}) {
      const auto answer =
          tests::ask(server.port, path + "?capture=cap-a&count=1&code=1", tests::kBearer, method);
      expect_security_fields(answer, path);
      const bool is_expected = answer.status == 200 ||
                               (path == kLivePath && answer.status == 426) ||
                               (path.ends_with("/fails") && answer.status == 400) ||
                               (path.ends_with("/throws") && answer.status == 500);
      EXPECT_TRUE(is_expected) << path << answer.status;
    }
    for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
      const auto answer = tests::ask(server.port, path, tests::kBearer, method);
      EXPECT_EQ(answer.status, 405) << path;
      EXPECT_EQ(answer.field("allow"), "GET, HEAD") << path;
      expect_security_fields(answer, path);
      EXPECT_TRUE(Json::parse(answer.body).contains("error"));
    }
  }
}

TEST(Routes, ErrorsAreJsonWithTheirStatus) {
  tests::TestServer server;
  const int statuses[] = {404, 400, 422, 415, 503, 500};
  for (int code = 0; code < 6; ++code) {
    const auto answer = tests::ask(
        server.port, "/data/plugin/demo/fails?code=" + std::to_string(code), tests::kBearer);
    EXPECT_EQ(answer.status, statuses[code]);
    EXPECT_EQ(Json::parse(answer.body)["error"], "It failed.");
    EXPECT_EQ(answer.field("cache-control"), "no-store");
  }
  for (const char* target :
       {"/nothing", "/data", "/data/plugin/demo", "/data/plugin/none/echo",
        "/data/capture/none/file", "/main.js", "/index.html/x", "//", "/data//runs",
        "/data/plugin/demo/echo?capture=none", "/data/capture/a%20b/file"}) {
    const auto answer = tests::ask(server.port, target, tests::kBearer);
    EXPECT_EQ(answer.status, 404) << target;
    EXPECT_TRUE(Json::parse(answer.body)["error"].is_string()) << target;
  }
  const auto thrown = tests::ask(server.port, "/data/plugin/demo/throws", tests::kBearer);
  EXPECT_EQ(thrown.status, 500);
  EXPECT_NE(thrown.body.find("out of luck"), std::string::npos);
}

TEST(Routes, SayWhatIsThere) {
  tests::TestServer server;
  const auto get = [&](const char* target) {
    return Json::parse(tests::ask(server.port, target, tests::kBearer).body);
  };
  EXPECT_EQ(get("/data/runs"), Json({"eval", "train"}));
  EXPECT_EQ(get("/data/runs/"), Json({"eval", "train"}));
  EXPECT_EQ(get("/data/environment")["version"], "1.2.3");
  EXPECT_EQ(get("/data/environment")["data_location"], "/logs");
  const Json loading = get("/data/capture/cap-a/loading");
  EXPECT_EQ(loading, (Json{{"loading", false}}));
  const Json preview = get("/data/capture/cap-a/preview");
  EXPECT_EQ(preview["counts"]["steps"], 0);
  EXPECT_TRUE(preview["tracks"].empty());
  const Json captures = get("/data/captures");
  EXPECT_EQ(captures["runs"][1]["name"], "train");
  const Json& capture = captures["captures"][0];
  EXPECT_EQ(capture["id"], "cap-a");
  EXPECT_EQ(capture["file"], "host_1_2.tbtrace");
  EXPECT_EQ(capture["state"], "finished");
  EXPECT_EQ(capture["size_bytes"], 300);
  EXPECT_EQ(capture["modified_ms"], 1'700'000'000'000);
  EXPECT_EQ(capture["start_unix_ms"], 1'699'999'000'000);
  // The time of the last change is no start.
  EXPECT_TRUE(captures["captures"][1]["start_unix_ms"].is_null());
  for (const char* key : {"run", "session", "format", "state_detail", "version", "start_unix_ms"}) {
    EXPECT_TRUE(capture.contains(key)) << key;
  }
  EXPECT_TRUE(captures["problems"].empty());
  EXPECT_EQ(get("/data/plugins_listing")["demo"]["tab_name"], "Demo");
  EXPECT_EQ(get("/data/plugins_listing")["demo"]["enabled"], true);
  EXPECT_EQ(get("/data/plugins")[0]["id"], "demo");
}

TEST(Routes, NamesThatAreNoUtf8StayJson) {
  tests::TestServerOptions options;
  options.reload_interval = std::chrono::milliseconds(10);
  tests::TestServer server(options);
  {
    const std::lock_guard lock(server.logdir.mutex);
    server.logdir.catalogue.runs[0].name = "bad\xff<script>";
  }
  std::string name;
  for (int i = 0; i < 500 && name.find("script") == std::string::npos; ++i) {
    name = Json::parse(tests::ask(server.port, "/data/runs", tests::kBearer).body)[0];
  }
  EXPECT_EQ(name, "bad\xef\xbf\xbd<script>");
}

TEST(Prefix, HoldsForPageDataAndCookie) {
  tests::TestServerOptions options;
  options.path_prefix = "/a/b";
  tests::TestServer server(options);
  const auto ask = [&](const std::string& target) {
    return tests::ask(server.port, target, tests::kBearer);
  };
  EXPECT_EQ(ask("/a/b/").status, 200);
  EXPECT_EQ(ask("/a/b/main-ABCD1234.js").status, 200);
  EXPECT_EQ(ask("/a/b/data/health").status, 200);
  const auto redirect = ask("/a/b?x=1");
  EXPECT_EQ(redirect.status, 308);
  EXPECT_EQ(redirect.field("location"), "/a/b/?x=1");
  for (const char* target :
       {"/", "/data/health", "/a/bc/", "/a/bdata/health", "/a", "/b/", "//a/b/"}) {
    EXPECT_EQ(ask(target).status, 404) << target;
    EXPECT_EQ(tests::ask(server.port, target).status, 401) << target;
  }
  for (const char* path : {"/a/b", "/a/b/"}) {
    const auto entry = tests::ask(server.port, std::string(path) + "?token=" + tests::kToken);
    EXPECT_EQ(entry.status, 303);
    EXPECT_EQ(entry.field("location"), "/a/b/");
    EXPECT_NE(entry.field("set-cookie").find("; Path=/a/b/;"), std::string::npos);
  }
}

}  // namespace
}  // namespace tbprof::server
