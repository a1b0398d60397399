// Loading once, waiting, versions, eviction, and what happens when files change or vanish.
#include "server/capture_library.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/server/test_server.h"

namespace tbprof::server {
namespace {

constexpr std::size_t kPlenty = std::size_t{1} << 30;

TEST(CaptureLibrary, LoadsOnceForAllWhoAskAtOnce) {
  tests::FakeLogdir logdir;
  logdir.load_ms = 50;
  CaptureLibrary library(logdir.access(), kPlenty);
  EXPECT_EQ(library.rescan().size(), 2u);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { EXPECT_TRUE(library.trace("cap-a").ok()); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(logdir.loads, 1);
  EXPECT_EQ(library.trace("nothing").error().code, proto::ErrorCode::not_found);
}

TEST(CaptureLibrary, ReloadsWhenTheFileChangesAndOnlyThen) {
  tests::FakeLogdir logdir;
  CaptureLibrary library(logdir.access(), kPlenty);
  library.rescan();
  const auto before = library.open("cap-a");
  EXPECT_TRUE(library.rescan().empty());
  EXPECT_EQ(library.open("cap-a").value().trace, before.value().trace);
  logdir.touch(0, 301);
  EXPECT_EQ(library.rescan(), std::vector<std::string>{"cap-a"});
  const auto after = library.open("cap-a");
  EXPECT_NE(after.value().version, before.value().version);
  EXPECT_EQ(logdir.loads, 2);
  // Whoever has the old one keeps it.
  EXPECT_EQ(before.value().trace->slice_count(), 1u);
  EXPECT_EQ(after.value().trace->slice_count(), 2u);
}

TEST(CaptureLibrary, AChangeOfStateAloneIsAChange) {
  tests::FakeLogdir logdir;
  CaptureLibrary library(logdir.access(), kPlenty);
  library.rescan();
  logdir.catalogue.captures[1].state = analyzer::trace::RecordingState::cut;
  EXPECT_EQ(library.rescan(), std::vector<std::string>{"cap_b"});
}

TEST(CaptureLibrary, DropsTheLeastUsedBeyondItsBudget) {
  tests::FakeLogdir logdir;
  CaptureLibrary library(logdir.access(), 1);
  library.rescan();
  ASSERT_TRUE(library.trace("cap-a").ok());
  EXPECT_NE(library.loaded("cap-a"), nullptr);
  ASSERT_TRUE(library.trace("cap_b").ok());
  EXPECT_EQ(library.loaded("cap-a"), nullptr);
  EXPECT_NE(library.loaded("cap_b"), nullptr);
}

TEST(CaptureLibrary, TheVersionOfALiveCaptureWaitsForTwentyTimesItsCost) {
  tests::FakeLogdir logdir;
  logdir.catalogue.captures[0].state = analyzer::trace::RecordingState::live;
  logdir.load_ms = 30;
  CaptureLibrary library(logdir.access(), kPlenty);
  library.rescan();
  const auto first = library.open("cap-a");
  logdir.touch(0, 301);
  EXPECT_TRUE(library.rescan().empty());
  EXPECT_EQ(library.open("cap-a").value().version, first.value().version);
  // It comes by itself, although the file changes no more.
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  EXPECT_EQ(library.rescan(), std::vector<std::string>{"cap-a"});
  EXPECT_NE(library.open("cap-a").value().version, first.value().version);
  EXPECT_EQ(logdir.loads, 2);
}

TEST(CaptureLibrary, AnswersCountForThePaceOfALiveCapture) {
  tests::FakeLogdir logdir;
  logdir.catalogue.captures[0].state = analyzer::trace::RecordingState::live;
  CaptureLibrary library(logdir.access(), kPlenty);
  library.rescan();
  const auto first = library.open("cap-a");
  library.note_answer("cap-a", "another version", "report", std::chrono::hours(1));
  library.note_answer("cap-a", first.value().version, "report", std::chrono::milliseconds(1));
  library.note_answer("cap-a", first.value().version, "report", std::chrono::hours(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  logdir.touch(0, 301);
  EXPECT_EQ(library.rescan(), std::vector<std::string>{"cap-a"});
  const auto second = library.open("cap-a");
  library.note_answer("cap-a", second.value().version, "report", std::chrono::hours(1));
  logdir.touch(0, 302);
  EXPECT_TRUE(library.rescan().empty());
}

TEST(CaptureLibrary, ACaptureThatIsLiveNoMoreIsNeverHeldBack) {
  tests::FakeLogdir logdir;
  logdir.catalogue.captures[0].state = analyzer::trace::RecordingState::live;
  logdir.load_ms = 100;
  CaptureLibrary library(logdir.access(), kPlenty);
  library.rescan();
  const auto first = library.open("cap-a");
  logdir.catalogue.captures[0].state = analyzer::trace::RecordingState::finished;
  EXPECT_EQ(library.rescan(), std::vector<std::string>{"cap-a"});
  EXPECT_NE(library.open("cap-a").value().version, first.value().version);
}

TEST(CaptureLibrary, AFolderThatVanishesIsEmptyAndSaysSo) {
  tests::FakeLogdir logdir;
  CaptureLibrary library(logdir.access(), kPlenty);
  library.rescan();
  logdir.scan_error = {proto::ErrorCode::io, "Too many open files."};
  library.rescan();
  EXPECT_EQ(library.snapshot()->catalogue.captures.size(), 2u);
  EXPECT_EQ(library.snapshot()->catalogue.problems.size(), 1u);
  logdir.scan_error = {proto::ErrorCode::not_found, "There is no folder /logs."};
  library.rescan();
  EXPECT_TRUE(library.snapshot()->catalogue.captures.empty());
  EXPECT_EQ(library.snapshot()->catalogue.problems[0], "There is no folder /logs.");
  logdir.scan_error = {};
  EXPECT_EQ(library.rescan().size(), 2u);
  EXPECT_TRUE(library.snapshot()->catalogue.problems.empty());
}

TEST(CaptureLibrary, FailuresAreToldAndThoseOfTheSystemTriedAgain) {
  tests::FakeLogdir logdir;
  LogdirAccess access = logdir.access();
  int tries = 0;
  proto::Error error{proto::ErrorCode::corrupt, "Bad byte at 12."};
  access.load = [&](const analyzer::Capture&, analyzer::LiveFile&) -> proto::Result<LoadedTrace> {
    ++tries;
    return error;
  };
  CaptureLibrary library(access, kPlenty);
  library.rescan();
  EXPECT_EQ(library.trace("cap-a").error().message, "Bad byte at 12.");
  EXPECT_FALSE(library.trace("cap-a").ok());
  EXPECT_EQ(tries, 1);
  error = {proto::ErrorCode::io, "Too many open files."};
  EXPECT_FALSE(library.trace("cap_b").ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_FALSE(library.trace("cap_b").ok());
  EXPECT_EQ(tries, 3);
}

}  // namespace
}  // namespace tbprof::server
