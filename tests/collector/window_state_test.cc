// The state of windows by itself: who may open and close them, who is told, what the writer hears.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "collector/event_source.h"
#include "collector/window.h"
#include "collector/windowed_events.h"

namespace tbprof::collector {
namespace {

using proto::WindowCause;

void begin(const char* schedule) {
  Schedule parsed;
  ASSERT_EQ(parse_schedule(schedule, parsed), nullptr);
  begin_windows(parsed);
}

std::vector<WindowChange> drain() {
  std::vector<WindowChange> changes;
  for (WindowChange change; next_window_change(change);) changes.push_back(change);
  return changes;
}

TEST(WindowState, OnlyItsCauseClosesAWindow) {
  begin("on-demand");
  EXPECT_FALSE(is_window_open());
  EXPECT_FALSE(close_window(WindowCause::program));
  EXPECT_TRUE(open_window(WindowCause::capture, "x"));
  EXPECT_FALSE(open_window(WindowCause::program));
  EXPECT_FALSE(close_window(WindowCause::program));
  EXPECT_TRUE(is_window_open());
  EXPECT_TRUE(close_window(WindowCause::capture));
  EXPECT_FALSE(is_window_open());
}

TEST(WindowState, WithoutAScheduleThereIsNothingToOpenOrClose) {
  begin("");
  EXPECT_TRUE(is_window_open());
  EXPECT_FALSE(is_windowed());
  EXPECT_FALSE(close_window(WindowCause::steps));
  on_profiler_call(false);
  EXPECT_TRUE(is_window_open());
  EXPECT_TRUE(drain().empty());
}

TEST(WindowState, TheWriterHearsOfEachStartAndEndOnce) {
  begin("on-demand");
  open_window(WindowCause::program, "first");
  auto changes = drain();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].end_ticks, 0u);
  EXPECT_STREQ(changes[0].label, "first");
  EXPECT_TRUE(drain().empty());
  close_window(WindowCause::program);
  open_window(WindowCause::program, "second");
  changes = drain();
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].number, 0u);
  EXPECT_GE(changes[0].end_ticks, changes[0].start_ticks);
  EXPECT_EQ(changes[1].number, 1u);
}

// Of a range that finds no buffer no end is told.
TEST(WindowState, ARangeOfTheProcessThatIsNotRecordedHoldsNoWindowOpen) {
  begin("range=wanted");
  for (std::uint64_t id = 1; id <= 3; ++id) {
    EXPECT_EQ(start_range_windowed(id, "wanted", 0, 0, {}), 0u);
    EXPECT_FALSE(is_window_open());
    EXPECT_EQ(drain().size(), 1u);
  }
}

TEST(WindowState, NoWindowOpensThatTheWriterCouldNotHearOf) {
  begin("on-demand");
  int opened = 0;
  for (int i = 0; i < 1000; ++i) {
    opened += open_window(WindowCause::program) ? 1 : 0;
    close_window(WindowCause::program);
  }
  EXPECT_EQ(opened, 256);
  EXPECT_EQ(drain().size(), 256u);
  EXPECT_TRUE(open_window(WindowCause::program));
}

TEST(WindowState, ALongLabelIsCutAtAWholeCharacter) {
  begin("on-demand");
  open_window(WindowCause::program, (std::string(62, 'x') + "\u00e9\u00e9").c_str());
  EXPECT_EQ(drain()[0].label, std::string(62, 'x'));
}

TEST(WindowState, StepsOfTheFirstKindDecide) {
  begin("steps=3-4");
  EXPECT_TRUE(on_step_begin(11, 1));
  on_step_end(1);
  EXPECT_FALSE(on_step_begin(22, 3));  // of an evaluation, say
  EXPECT_FALSE(is_window_open());
  on_step_begin(11, 2);
  EXPECT_EQ(window_state(), WindowState::warm_up);
  on_step_end(2);
  on_step_begin(11, 3);
  EXPECT_TRUE(is_window_open());
  on_step_end(3);
  EXPECT_TRUE(is_window_open());  // the next is chosen too
  on_step_begin(11, 4);
  on_step_end(4);
  EXPECT_FALSE(is_window_open());
}

TEST(WindowState, WindowsAreOverAfterTheLastStepOrTheDurationOnly) {
  begin("steps=3-4");
  on_step_begin(11, 3);
  EXPECT_FALSE(are_windows_over());
  on_step_end(3);
  EXPECT_FALSE(are_windows_over());
  on_step_begin(11, 4);
  on_step_end(4);
  EXPECT_TRUE(are_windows_over());
  open_window(WindowCause::program);
  EXPECT_FALSE(are_windows_over());
  begin("delay=0;duration=1");
  EXPECT_FALSE(are_windows_over());
  run_window_timer(0, 2'000'000'000);
  EXPECT_TRUE(are_windows_over());
  begin("on-demand");
  EXPECT_FALSE(are_windows_over());
}

TEST(WindowState, CapturedStepsDoNotEndAScheduledWindow) {
  begin("steps=5-8");
  capture_steps(2, "asked");
  EXPECT_EQ(window_state(), WindowState::warm_up);
  on_step_begin(1, 4);
  EXPECT_TRUE(is_window_open());
  on_step_end(4);
  on_step_begin(1, 5);
  on_step_end(5);
  EXPECT_EQ(g_capture_steps_left.load(), 0u);
  EXPECT_FALSE(is_window_open());  // closed by what opened it
  on_step_begin(1, 6);
  EXPECT_TRUE(is_window_open());  // the schedule's own
}

TEST(WindowState, TheProfilersCallsCountOnlyWhereAskedFor) {
  begin("profiler");
  on_profiler_call(true);
  EXPECT_TRUE(is_window_open());
  on_profiler_call(true);
  on_profiler_call(false);
  EXPECT_FALSE(is_window_open());
  begin("on-demand");
  on_profiler_call(true);
  EXPECT_FALSE(is_window_open());
}

TEST(WindowState, ATimerOpensWarmsUpAndCloses) {
  begin("delay=2;duration=1");
  constexpr std::int64_t kSecond = 1'000'000'000;
  EXPECT_EQ(run_window_timer(0, 0), 1'500'000'000);
  EXPECT_EQ(window_state(), WindowState::closed);
  EXPECT_EQ(run_window_timer(0, 1'500'000'000), 2 * kSecond);
  EXPECT_EQ(window_state(), WindowState::warm_up);
  EXPECT_EQ(run_window_timer(0, 2 * kSecond), 3 * kSecond);
  EXPECT_TRUE(is_window_open());
  EXPECT_EQ(run_window_timer(0, 3 * kSecond), INT64_MAX);
  EXPECT_EQ(window_state(), WindowState::closed);
}

TEST(WindowState, ThePageShowsIt) {
  WindowPage page;
  begin("on-demand");
  set_window_page(&page);
  EXPECT_FALSE(collector::is_window_open(page));
  open_window(WindowCause::program);
  EXPECT_TRUE(collector::is_window_open(page));
  EXPECT_EQ(page.windows.load(), 1u);
  end_windows();
  EXPECT_EQ(page.state.load(), static_cast<std::uint32_t>(WindowState::ended));
  set_window_page(nullptr);
  EXPECT_NE(drain().back().end_ticks, 0u);
}

std::atomic<int> g_calls{0};
std::atomic<bool> g_is_wanted{true};

// One source for all tests of the process.
void have_source() {
  if (event_source_count() > 0) return;
  EventSource source;
  source.set_recording = [](void*, bool is_wanted) {
    ++g_calls;
    g_is_wanted = is_wanted;
  };
  ASSERT_TRUE(add_event_source(source));
}

TEST(WindowState, SourcesAreToldWhetherTheyAreWanted) {
  begin("on-demand");
  have_source();
  EXPECT_GE(g_calls, 1);
  EXPECT_FALSE(g_is_wanted);
  capture_steps(1, "");
  EXPECT_TRUE(g_is_wanted);  // for the warm-up
  capture_steps(0, "");
  EXPECT_FALSE(g_is_wanted);
  open_window(WindowCause::program);
  EXPECT_TRUE(g_is_wanted);
  close_window(WindowCause::program);
  EXPECT_FALSE(g_is_wanted);
}

TEST(WindowState, ManyThreadsAndTheWriterAgree) {
  begin("on-demand");
  have_source();
  std::atomic<bool> is_over{false};
  std::atomic<std::uint64_t> opened{0};
  std::vector<std::thread> threads;
  for (const WindowCause cause :
       {WindowCause::program, WindowCause::capture, WindowCause::range, WindowCause::profiler}) {
    threads.emplace_back([&, cause] {
      for (int i = 0; i < 20'000; ++i) {
        opened += open_window(cause, "label") ? 1 : 0;
        close_window(cause);
      }
    });
  }
  std::uint64_t heard = 0;
  std::uint32_t next = 0;
  std::thread writer([&] {
    for (bool is_last = false; !is_last;) {
      is_last = is_over;
      for (const WindowChange& change : drain()) {
        if (change.end_ticks == 0) continue;
        EXPECT_EQ(change.number, next++);
        EXPECT_STREQ(change.label, "label");
        ++heard;
      }
    }
  });
  for (std::thread& thread : threads) thread.join();
  is_over = true;
  writer.join();
  EXPECT_EQ(heard, opened);
  EXPECT_FALSE(is_window_open());
  EXPECT_FALSE(g_is_wanted);
}

}  // namespace
}  // namespace tbprof::collector
