// Targets are decoded once and strictly; every way to say "above" leads nowhere.
#include "server/target.h"

#include <gtest/gtest.h>

#include "tests/server/raw_client.h"
#include "tests/server/test_server.h"

namespace tbprof::server {
namespace {

TEST(Target, DecodesPathAndQueryOnce) {
  const auto target = decode_target("/data/a%20b?x=1+2&y=%2525&x=%C3%A9&flag");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target.value().path, "/data/a b");
  EXPECT_EQ(*target.value().find("x"), "1 2");
  EXPECT_EQ(*target.value().find("y"), "%25");
  EXPECT_EQ(target.value().params().all("x").size(), 2u);
  EXPECT_EQ(target.value().params().all("x")[1], "\xc3\xa9");
  EXPECT_EQ(*target.value().find("flag"), "");
}

TEST(Target, RefusesWhatCouldMeanTwoThings) {
  for (const char* target :
       {"",           "data",          "/%",     "/%4",    "/%zz",    "/%00",    "/a%2fb",
        "/a%2Fb",     "/a%5cb",        "/%252e", "/%0a",   "/%7f",    "/%ff",    "/%c0%af",
        "/%ed%a0%80", "/%f5%80%80%80", "/?a=%",  "/?a=%0", "/?a=%00", "/?%ff=1", "/?a=%c3"}) {
    EXPECT_FALSE(decode_target(target).ok()) << target;
  }
}

TEST(Target, BoundsTheNumberOfParameters) {
  std::string target = "/?";
  for (std::size_t i = 0; i < kMaxParameters; ++i) target += "a&";
  EXPECT_TRUE(decode_target(target).ok());
  EXPECT_FALSE(decode_target(target + "a").ok());
}

TEST(Target, EncodedQueriesDecodeToThemselves) {
  std::string all;
  for (int c = 1; c < 128; ++c) all.push_back(static_cast<char>(c));
  const std::vector<std::pair<std::string, std::string>> query = {{all, "\xe2\x82\xac"},
                                                                  {"b", all}};
  const std::string encoded = encode_query(query);
  EXPECT_EQ(encoded.find_first_of("\"<>\r\n \\#"), std::string::npos);
  const auto decoded = decode_target("/?" + encoded);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded.value().query, query);
}

// Prefixes, encodings and suffixes, combined: none may be answered but by an error.
TEST(Traversal, NoSpellingLeadsAbove) {
  tests::TestServer server;
  const char* starts[] = {"/", "/data/", "/data/capture/", "/data/capture/cap-a/",
                          "/data/plugin/demo/"};
  const char* ups[] = {"..",  "%2e%2e", ".%2e",  "%2e.",     "..%2f",        "..%5c", "%252e%252e",
                       "..;", "....//", "..%00", "..%c0%af", "%c0%ae%c0%ae", "..\\",  "%e2%80%a5",
                       "/..", "//etc",  "~root", "%2fetc",   "..%23",        "..%3f"};
  const char* ends[] = {"/etc/passwd",          "%2fetc%2fpasswd", "/file", "/", "",
                        "/..%2f..%2fetc/passwd"};
  int count = 0;
  for (const char* start : starts) {
    for (const char* up : ups) {
      for (const char* end : ends) {
        const std::string target = std::string(start) + up + end;
        const auto answer = tests::ask(server.port, target, tests::kBearer);
        EXPECT_TRUE(answer.status == 400 || answer.status == 404) << target << answer.status;
        EXPECT_NE(answer.body.find("\"error\""), std::string::npos) << target;
        ++count;
      }
    }
  }
  EXPECT_EQ(count, 600);
}

}  // namespace
}  // namespace tbprof::server
