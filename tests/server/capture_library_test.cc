// Loading once, waiting, versions, eviction, and what happens when files change or vanish.
#include "server/capture_library.h"

#include <gtest/gtest.h>

#include <future>
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

TEST(CaptureLibrary, GrowingSamplesAreAChange) {
  tests::FakeLogdir logdir;
  CaptureLibrary library(logdir.access(), kPlenty);
  library.rescan();
  logdir.catalogue.captures[1].samples_stamp.size_bytes = 512;
  EXPECT_EQ(library.rescan(), std::vector<std::string>{"cap_b"});
  EXPECT_TRUE(library.rescan().empty());
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
  access.load = [&](const analyzer::Capture&, analyzer::LiveFile&,
                    analyzer::import::LoadProgress&) -> proto::Result<LoadedTrace> {
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

TEST(CaptureLibrary, ALoadThatThrowsIsAnErrorAndTheNextOneWorks) {
  tests::FakeLogdir logdir;
  CaptureLibrary library(logdir.access(), kPlenty);
  library.rescan();
  logdir.throws = true;
  const auto refused = library.trace("cap-a");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, proto::ErrorCode::unavailable);
  EXPECT_NE(refused.error().message.find("not enough memory"), std::string::npos);
  logdir.throws = false;
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_TRUE(library.trace("cap-a").ok());
}

TEST(CaptureLibrary, AScanThatThrowsIsAProblemAndLosesNothing) {
  tests::FakeLogdir logdir;
  CaptureLibrary library(logdir.access(), kPlenty);
  library.rescan();
  logdir.throws = true;
  library.rescan();
  EXPECT_EQ(library.snapshot()->catalogue.captures.size(), 2u);
  ASSERT_EQ(library.snapshot()->catalogue.problems.size(), 1u);
  EXPECT_NE(library.snapshot()->catalogue.problems[0].find("could not be looked through"),
            std::string::npos);
}

TEST(CaptureLibrary, ALongLoadHoldsUpNoOther) {
  tests::FakeLogdir logdir;
  CaptureLibrary library(logdir.access(), kPlenty);
  library.rescan();
  logdir.first_is_stuck = true;
  std::promise<bool> first;
  library.open_later(
      "cap-a", [&](const auto& opened) { first.set_value(opened.ok()); }, [] { return true; });
  EXPECT_TRUE(library.trace("cap_b").ok());
  logdir.first_is_stuck = false;
  EXPECT_TRUE(first.get_future().get());
}

TEST(CaptureLibrary, WhatNobodyWantsAnyMoreIsNotLoaded) {
  tests::FakeLogdir logdir;
  CaptureLibrary library(logdir.access(), 1);  // what does not fit waits for what runs
  library.rescan();
  logdir.first_is_stuck = true;
  std::promise<bool> first;
  library.open_later(
      "cap-a", [&](const auto& opened) { first.set_value(opened.ok()); }, [] { return true; });
  bool is_told = false;
  std::atomic<bool> is_wanted{true};
  auto held = std::make_shared<int>();  // by the question
  library.open_later(
      "cap_b", [&is_told, held](const auto&) { is_told = true; }, [&] { return is_wanted.load(); });
  is_wanted = false;
  logdir.first_is_stuck = false;
  EXPECT_TRUE(first.get_future().get());
  for (int i = 0; i < 500 && held.use_count() > 1; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(logdir.loads, 1);
  EXPECT_FALSE(is_told);
}

TEST(CaptureLibrary, ALoadThatNobodyWantsAnyMoreIsLeft) {
  tests::FakeLogdir logdir;
  CaptureLibrary library(logdir.access(), kPlenty);
  library.rescan();
  logdir.first_is_stuck = true;
  std::atomic<bool> is_wanted{true};
  auto held = std::make_shared<int>();  // by the question
  library.open_later(
      "cap-a", [held](const auto&) { FAIL() << "nobody waits"; }, [&] { return is_wanted.load(); });
  is_wanted = false;
  for (int i = 0; i < 500 && held.use_count() > 1; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(library.progress("cap-a").value());
  // It is none that failed: whoever asks next gets it.
  logdir.first_is_stuck = false;
  EXPECT_TRUE(library.trace("cap-a").ok());
}

TEST(CaptureLibrary, TellsHowFarALoadIs) {
  tests::FakeLogdir logdir;
  CaptureLibrary library(logdir.access(), kPlenty);
  library.rescan();
  EXPECT_EQ(library.progress("nothing").error().code, proto::ErrorCode::not_found);
  EXPECT_FALSE(library.progress("cap-a").value());
  logdir.first_is_stuck = true;
  std::promise<bool> first;
  library.open_later(
      "cap-a", [&](const auto& opened) { first.set_value(opened.ok()); }, [] { return true; });
  std::optional<CaptureLibrary::Progress> progress;
  for (int i = 0; i < 500 && (!progress || progress->read_bytes == 0); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    progress = library.progress("cap-a").value();
  }
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->phase, analyzer::import::LoadPhase::reading);
  EXPECT_GT(progress->read_bytes, 0u);
  EXPECT_EQ(progress->size_bytes, 300u);
  logdir.first_is_stuck = false;
  EXPECT_TRUE(first.get_future().get());
  EXPECT_FALSE(library.progress("cap-a").value());
}

// As many large loads as there may be at once, none of which ends, and one more that waits.
TEST(LoadQueue, LargeLoadsHoldUpNoSmallOne) {
  constexpr std::uint64_t kBudget = std::uint64_t{8} << 30;
  std::atomic<int> running{0};
  std::atomic<bool> may_end{false};
  std::promise<void> small;
  const auto endless = [&] {
    ++running;
    while (!may_end) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  LoadQueue queue(3, kBudget);  // Ends before what its loads refer to.
  queue.post(kBudget * 100, endless);
  queue.post(kBudget / 4, endless);
  queue.post(kBudget / 4, endless);
  queue.post(1 << 20, [&] { small.set_value(); });
  EXPECT_EQ(small.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  // Beside what is larger than the memory, nothing large runs.
  EXPECT_EQ(running, 1);
  may_end = true;
  for (int i = 0; i < 500 && running < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(running, 3);
}

TEST(LoadQueue, LargeLoadsThatFitRunSideBySide) {
  std::promise<void> both;
  std::atomic<int> running{0};
  LoadQueue queue(3, std::uint64_t{8} << 30);  // Ends before what its loads refer to.
  for (int i = 0; i < 2; ++i) {
    queue.post(std::uint64_t{3} << 30, [&] {
      if (++running == 2) both.set_value();
      while (running < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
  }
  EXPECT_EQ(both.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST(CaptureLibrary, WhoeverWaitsIsToldThatItStops) {
  tests::FakeLogdir logdir;
  CaptureLibrary library(logdir.access(), 1);
  library.rescan();
  logdir.first_is_stuck = true;
  library.open_later(
      "cap-a", [](const auto&) {}, [] { return true; });
  std::promise<proto::ErrorCode> told;
  library.open_later(
      "cap_b", [&](const auto& opened) { told.set_value(opened.error().code); },
      [] { return true; });
  std::thread stop([&] { library.stop(); });
  EXPECT_EQ(told.get_future().get(), proto::ErrorCode::unavailable);
  logdir.first_is_stuck = false;
  stop.join();
}

// Asked for during a load, a newer version gets a load of its own.
TEST(CaptureLibrary, ALoadServesOnlyThoseWhoWantItsVersion) {
  tests::FakeLogdir logdir;
  CaptureLibrary library(logdir.access(), kPlenty);
  library.rescan();
  logdir.first_is_stuck = true;
  std::promise<std::string> first;
  std::promise<std::string> second;
  const auto ask = [&](std::promise<std::string>& version) {
    library.open_later(
        "cap-a", [&](const auto& opened) { version.set_value(opened.value().version); },
        [] { return true; });
  };
  const std::string old_version = library.snapshot()->versions[0];
  ask(first);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // it has begun
  logdir.touch(0, 301);
  EXPECT_EQ(library.rescan(), std::vector<std::string>{"cap-a"});
  ask(second);
  logdir.first_is_stuck = false;
  EXPECT_EQ(first.get_future().get(), old_version);
  EXPECT_EQ(second.get_future().get(), library.snapshot()->versions[0]);
  EXPECT_EQ(logdir.loads, 2);
}

}  // namespace
}  // namespace tbprof::server
