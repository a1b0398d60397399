// Counters in a window, against their definition sample by sample, with values that are no numbers.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "analyzer/timeline/timeline_index.h"
#include "analyzer/timeline/window.h"
#include "analyzer/trace/trace_builder.h"

namespace tbprof::analyzer::timeline {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

class CounterWindow : public testing::Test {
 protected:
  // Sample i is taken at 10 i ns.
  void make(std::vector<double> values, trace::RecordingWindows windows = {}) {
    trace::TraceBuilder builder;
    builder.set_windows(std::move(windows));
    builder.set_start_ns(0);
    trace::Track track;
    track.kind = proto::TrackKind::thread;
    track.name = "main";
    trace::Counter counter;
    counter.track = builder.add_track(track);
    counter.name = "loss";
    for (std::size_t i = 0; i < values.size(); ++i) {
      counter.time_ns.push_back(static_cast<std::int64_t>(i) * 10);
    }
    counter.value = std::move(values);
    builder.add_counter(std::move(counter));
    trace_ = builder.seal();
    index_ = std::make_unique<TimelineIndex>(*trace_);
  }

  WindowAnswer ask(std::int64_t from_ns, std::int64_t to_ns, std::uint32_t width_px) const {
    const PictureTrack* track = index_->find_track("c0");
    EXPECT_NE(track, nullptr);
    auto answer = answer_window(*index_, {from_ns, to_ns, width_px, {track}});
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return answer.take();
  }

  std::shared_ptr<const trace::Trace> trace_;
  std::unique_ptr<TimelineIndex> index_;
};

void expect_column(const CounterColumn& column, std::uint32_t pixel, double low, double high,
                   double last) {
  EXPECT_EQ(column.pixel, pixel);
  EXPECT_TRUE(same(column.low, low)) << column.low;
  EXPECT_TRUE(same(column.high, high)) << column.high;
  EXPECT_TRUE(same(column.last, last)) << column.last;
}

TEST_F(CounterWindow, OddValuesAreCountedApartFromTheRange) {
  make({5, kNan, 3, kInfinity, 8, kNan, -kInfinity, 7});
  const WindowAnswer answer = ask(0, 80, 2);
  ASSERT_EQ(answer.counters.size(), 2u);
  expect_column(answer.counters[0], 0, 3, 5, kInfinity);
  expect_column(answer.counters[1], 1, 7, 8, 7);
  ASSERT_EQ(answer.odd_values.size(), 2u);
  EXPECT_EQ(answer.odd_values[0].pixel, 0u);
  EXPECT_EQ(answer.odd_values[0].count, 2u);
  EXPECT_TRUE(std::isnan(answer.odd_values[0].value));
  EXPECT_EQ(answer.odd_values[0].time_ns, 10);
  EXPECT_EQ(answer.odd_values[1].count, 2u);
  EXPECT_TRUE(std::isnan(answer.odd_values[1].value));
  EXPECT_EQ(answer.odd_values[1].time_ns, 50);
}

TEST_F(CounterWindow, InfinityKeepsItsSign) {
  make({kInfinity, 1, -kInfinity, 1});
  const WindowAnswer answer = ask(0, 40, 4);
  ASSERT_EQ(answer.odd_values.size(), 2u);
  EXPECT_EQ(answer.odd_values[0].value, kInfinity);
  EXPECT_EQ(answer.odd_values[1].value, -kInfinity);
  expect_column(answer.counters[0], 0, kNan, kNan, kInfinity);
  expect_column(answer.counters[2], 2, kNan, kNan, -kInfinity);
}

TEST_F(CounterWindow, WithoutAnyNumberThereIsNoRange) {
  make({kNan, kNan, kNan});
  const WindowAnswer answer = ask(0, 30, 1);
  ASSERT_EQ(answer.counters.size(), 1u);
  expect_column(answer.counters[0], 0, kNan, kNan, kNan);
  ASSERT_EQ(answer.odd_values.size(), 1u);
  EXPECT_EQ(answer.odd_values[0].count, 3u);
}

TEST_F(CounterWindow, BringsTheValueBeforeAlong) {
  make({5, kNan, 4, 6});
  WindowAnswer answer = ask(5, 9, 4);
  ASSERT_EQ(answer.counters.size(), 1u);
  expect_column(answer.counters[0], 0, 5, 5, 5);
  answer = ask(15, 35, 2);
  ASSERT_EQ(answer.counters.size(), 2u);
  expect_column(answer.counters[0], 0, 4, 4, 4);
  expect_column(answer.counters[1], 1, 6, 6, 6);
  // The odd value was taken before the window.
  EXPECT_TRUE(answer.odd_values.empty());
}

TEST_F(CounterWindow, NoValueHoldsBeyondTheWindowThatItWasTakenIn) {
  trace::RecordingWindows windows;
  windows.is_windowed = true;
  windows.windows = {{0, 35, proto::WindowCause::steps, ""},
                     {65, 100, proto::WindowCause::steps, ""}};
  make({2, 2, 2, 2, 2, 2, 2, 2, 2, 2}, std::move(windows));
  // What was taken at 40, 50 and 60, outside of windows, stands for itself.
  WindowAnswer answer = ask(0, 100, 10);
  ASSERT_EQ(answer.counters.size(), 5u);
  expect_column(answer.counters[0], 0, 2, 2, 2);
  expect_column(answer.counters[4], 7, 2, 2, 2);
  EXPECT_TRUE(ask(66, 69, 3).counters.empty());
  EXPECT_EQ(ask(76, 79, 3).counters.size(), 1u);
}

TEST_F(CounterWindow, PixelsThatChangeNothingAreLeftOut) {
  make({2, 2, 2, 2, 3, 2, 2, 2});
  const WindowAnswer answer = ask(0, 80, 8);
  ASSERT_EQ(answer.counters.size(), 3u);
  expect_column(answer.counters[0], 0, 2, 2, 2);
  expect_column(answer.counters[1], 4, 3, 3, 3);
  expect_column(answer.counters[2], 5, 2, 2, 2);
}

// Enough samples for nodes of several levels.
TEST_F(CounterWindow, AgreesWithTheDefinitionInEveryPixel) {
  std::mt19937 random(11);
  std::vector<double> values;
  for (int i = 0; i < 50000; ++i) {
    const auto draw = random() % 2000;
    values.push_back(draw == 0   ? kNan
                     : draw == 1 ? kInfinity
                                 : static_cast<double>(random() % 100000) - 50000);
  }
  make(values);
  for (const auto& [from, to, width] :
       {std::tuple{0l, 500000l, 7u}, std::tuple{123l, 400001l, 100u},
        std::tuple{7777l, 9999l, 333u}, std::tuple{1000l, 1040l, 100u}}) {
    const WindowAnswer answer = ask(from, to, width);
    const PixelGrid grid(from, to, width);
    std::size_t at = 0;
    std::size_t odd_at = 0;
    double before = values[static_cast<std::size_t>((from - 1) / 10)];
    for (std::uint32_t pixel = 0; pixel < width; ++pixel) {
      double low = kNan, high = kNan, last = before;
      std::uint32_t odd = 0;
      if (pixel == 0 && from > 0 && std::isfinite(before)) low = high = before;
      for (std::int64_t time = (grid.edge_ns(pixel) + 9) / 10 * 10; time < grid.edge_ns(pixel + 1);
           time += 10) {
        last = values[static_cast<std::size_t>(time / 10)];
        if (!std::isfinite(last)) ++odd;
        if (!std::isfinite(last)) continue;
        low = std::fmin(low, last);
        high = std::fmax(high, last);
      }
      if (at < answer.counters.size() && answer.counters[at].pixel == pixel) {
        expect_column(answer.counters[at++], pixel, low, high, last);
      } else {
        EXPECT_TRUE(std::isnan(low) || (low == before && high == before)) << pixel;
        EXPECT_TRUE(same(last, before)) << pixel;
      }
      if (odd > 0) {
        ASSERT_LT(odd_at, answer.odd_values.size());
        EXPECT_EQ(answer.odd_values[odd_at].pixel, pixel);
        EXPECT_EQ(answer.odd_values[odd_at++].count, odd);
      }
      before = last;
    }
    EXPECT_EQ(at, answer.counters.size());
    EXPECT_EQ(odd_at, answer.odd_values.size());
  }
}

}  // namespace
}  // namespace tbprof::analyzer::timeline
