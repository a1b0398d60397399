// Which range opens the page of ranges, and what is only a wait.
#include "analyzer/report/ranges_headline.h"

#include <gtest/gtest.h>

#include <string>

#include "analyzer/report/wait_names.h"
#include "analyzer/report/words.h"
#include "tests/analyzer/small_trace.h"

namespace tbprof::analyzer::report {
namespace {

using tests::Category;
using tests::SmallTrace;

TEST(WaitNames, AWaitIsKnownByItsName) {
  for (const char* name :
       {"threading.py(359): wait", "/usr/lib/python3.11/threading.py(1118): _wait_for_tstate_lock",
        "selectors.py(468): select", "queue.py(171): get", "multiprocessing/queues.py(103): get",
        "multiprocessing/connection.py(421): _recv",
        "<built-in method acquire of _thread.lock object at 0x7f0>",
        "<method 'acquire' of '_thread.lock' objects>", "<built-in method sleep>",
        "<method 'poll' of 'select.poll' objects>", "epoll_wait", "pthread_cond_wait",
        "cudaStreamSynchronize", "wait for room", "Idle"}) {
    EXPECT_TRUE(is_wait(name, Category::other)) << name;
  }
  EXPECT_TRUE(is_wait("Context Sync", Category::synchronization));
}

TEST(WaitNames, WorkIsNoWait) {
  for (const char* name :
       {"model.py(12): get", "collections.py(40): join", "aten::mm", "waiter.py(3): serve",
        "cudaLaunchKernel", "<built-in method mm of type object at 0x7f0>", "select_best", "get",
        "awaited", "sleepless", ""}) {
    EXPECT_FALSE(is_wait(name, Category::other)) << name;
  }
  EXPECT_FALSE(is_wait("wait for batch", Category::input)) << "waiting for input is a finding";
}

Headline said(SmallTrace& small) {
  Headline words = ranges_headline(profile::range_table(*small.seal()));
  words.finding = with_plain_spaces(words.finding);
  words.advice = with_plain_spaces(words.advice);
  return words;
}

TEST(RangesHeadline, NamesWhatItselfTakesMost) {
  SmallTrace small;
  const auto main = small.thread("main");
  small.step(main, 1, 0, 1000);
  small.slice(main, "forward", Category::forward, 0, 400);
  small.slice(main, "layer", Category::other, 0, 300);
  small.slice(main, "backward", Category::backward, 400, 900);
  const Headline words = said(small);
  EXPECT_EQ(words.finding, "backward itself takes 55.6 % of the time in ranges of steps.");
  EXPECT_EQ(words.advice, "");
}

TEST(RangesHeadline, WhatLiesAroundTheStepsIsNotTheFinding) {
  SmallTrace small;
  const auto main = small.thread("main");
  small.slice(main, "main.py(1): run", Category::python, 0, 90'000);
  small.step(main, 1, 50'000, 51'000);
  small.slice(main, "forward", Category::forward, 50'000, 50'900);
  EXPECT_EQ(said(small).finding, "forward itself takes 100.0 % of the time in ranges of steps.");
}

TEST(RangesHeadline, AWaitIsNotTheFindingButIsSaid) {
  SmallTrace small;
  small.slice(small.thread("loader"), "threading.py(359): wait", Category::python, 0, 9000);
  const auto main = small.thread("main");
  std::int64_t at = 0;
  for (const char* name : {"a", "b", "c", "d"}) {
    small.slice(main, name, Category::other, at, at + 250);
    at += 250;
  }
  const Headline words = said(small);
  EXPECT_EQ(words.finding, "a itself takes 25.0 % of the work in ranges.");
  EXPECT_EQ(words.advice,
            "The three greatest of 4 take 75.0 %. Not counted are waits, 90.0 % of the time: "
            "most in threading.py(359): wait.");
}

TEST(RangesHeadline, OnlyWaitsAreSaidToBeWaits) {
  SmallTrace small;
  small.slice(small.thread("main"), "epoll_wait", Category::other, 0, 1000);
  const Headline words = said(small);
  EXPECT_EQ(words.finding, "The ranges only wait: epoll_wait takes 100.0 % of the time in them.");
  EXPECT_EQ(words.advice, "Add ranges around the work to see what it consists of.");
}

TEST(RangesHeadline, ALongNameIsCutBetweenCharacters) {
  SmallTrace small;
  std::string name;
  for (int i = 0; i < 100; ++i) name += "学";
  small.slice(small.thread("main"), name, Category::other, 0, 1000);
  EXPECT_EQ(said(small).finding,
            name.substr(0, 60) + "\u2026 itself takes 100.0 % of the time in ranges.");
}

TEST(RangesHeadline, WithoutRangesSaysSo) {
  EXPECT_EQ(ranges_headline({}).finding, "No time was spent in ranges.");
}

}  // namespace
}  // namespace tbprof::analyzer::report
