// The clock: how soon a change is seen, and what a look that fails leaves.
#include "server/logdir_watch.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/server/raw_client.h"
#include "tests/server/test_server.h"

namespace tbprof::server {
namespace {

using std::chrono::milliseconds;

// Waiting costs nothing, so it makes no look rarer.
TEST(LogdirWatch, AFolderThatAnswersSlowlyIsLookedAtAsOften) {
  tests::TestServerOptions options;
  options.reload_interval = milliseconds(10);
  options.scan_ms = 300;
  tests::TestServer server(options);
  for (int i = 0; i < 300 && server.logdir.scans < 3; ++i) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_GE(server.logdir.scans, 3);
}

TEST(LogdirWatch, ALookThatThrowsEndsNothing) {
  tests::TestServerOptions options;
  options.reload_interval = milliseconds(10);
  tests::TestServer server(options);
  EXPECT_EQ(tests::ask(server.port, "/data/captures", tests::kBearer).status, 200);
  server.logdir.throws = true;
  const int before = server.logdir.scans;
  while (server.logdir.scans < before + 3) std::this_thread::sleep_for(milliseconds(1));
  const auto listing = tests::ask(server.port, "/data/captures", tests::kBearer);
  EXPECT_EQ(listing.status, 200);
  EXPECT_NE(listing.body.find("could not be looked through"), std::string::npos);
  EXPECT_NE(listing.body.find("cap-a"), std::string::npos);
  EXPECT_EQ(tests::ask(server.port, "/data/plugin/demo/echo?capture=cap-a", tests::kBearer).status,
            503);
}

}  // namespace
}  // namespace tbprof::server
