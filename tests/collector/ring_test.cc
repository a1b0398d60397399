// One thread's buffer and what the decoder makes of it, without a file.
#include "collector/ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "collector/event_decoder.h"
#include "collector/name_table.h"

namespace tbprof::collector {
namespace {

constexpr std::size_t kCapacity = std::size_t{64} << 10;

struct Fixture {
  Fixture() : memory(new std::uint8_t[kCapacity + kMaxEventBytes]) {
    choose_clock();
    set_steps_of_rings("step #");
    clock.start(read_both_clocks());
    ring.set_memory(memory.get(), kCapacity);
    ring.attach(1, 4711, "worker");
  }
  void drain() {
    clock.update();
    decoder.drain(ring, 0);
  }
  const proto::TraceChunk& seal() { return builder.seal(0); }
  std::size_t slice_count() {
    std::size_t count = 0;
    for (const proto::SliceBlock& block : seal().slices) count += block.start_ns.size();
    return count;
  }
  std::uint64_t lost() const { return builder.lost_count(); }

  std::unique_ptr<std::uint8_t[]> memory;
  Ring ring;
  TickClock clock;
  ChunkBuilder builder;
  StepPattern steps{"step #"};
  EventDecoder decoder{builder, clock, steps};
};

TEST(Ring, NestedRangesComeOutInTheOrderOfTheirEnds) {
  Fixture f;
  f.ring.begin_text(0, "outer", 0);
  f.ring.begin_text(0, "inner", 3);
  f.ring.end(0);
  f.ring.end(0);
  f.drain();
  const proto::TraceChunk& chunk = f.seal();
  ASSERT_EQ(chunk.slices.size(), 1u);
  const proto::SliceBlock& block = chunk.slices[0];
  ASSERT_EQ(block.start_ns.size(), 2u);
  EXPECT_EQ(chunk.strings[chunk.names[block.name_id[0]].string_id], "inner");
  EXPECT_EQ(chunk.names[block.name_id[0]].category, proto::Category::forward);
  EXPECT_EQ(chunk.strings[chunk.names[block.name_id[1]].string_id], "outer");
  EXPECT_LE(block.start_ns[1], block.start_ns[0]);
  EXPECT_GE(block.start_ns[1] + block.duration_ns[1], block.start_ns[0] + block.duration_ns[0]);
}

TEST(Ring, AFullBufferLosesWholeSlicesAndCountsThem) {
  Fixture f;
  constexpr std::uint64_t kPairs = 100'000;
  std::uint64_t made = 0;
  f.ring.begin_text(0, "around everything", 0);
  for (std::uint64_t i = 0; i < kPairs; ++i) {
    f.ring.begin_named(0, 0);
    f.ring.begin_text(0, "text of some length", 0);
    f.ring.end(0);
    f.ring.end(0);
    made += 2;
    if (i % 3000 == 0) f.drain();
  }
  f.ring.end(0);
  f.drain();
  f.decoder.add_loss(proto::LossKind::buffer_full, f.ring.residual_loss(), 0);
  EXPECT_GT(f.lost(), 0u);
  EXPECT_EQ(f.slice_count() + f.lost(), made + 1);
  std::vector<proto::OpenSlice> open;
  f.decoder.list_open(open);
  EXPECT_TRUE(open.empty());
  const proto::SliceBlock& block = f.seal().slices[0];
  const proto::TraceChunk& chunk = f.seal();
  EXPECT_EQ(chunk.strings[chunk.names[block.name_id.back()].string_id], "around everything");
  for (const proto::LossRecord& loss : chunk.losses) EXPECT_LE(loss.from_ns, loss.until_ns);
}

TEST(Ring, DomainsNestEachForItself) {
  Fixture f;
  f.ring.begin_text(1, "a", 0);
  f.ring.begin_text(2, "b", 0);
  f.ring.end(1);
  f.ring.end(2);
  f.drain();
  EXPECT_EQ(f.slice_count(), 2u);
  EXPECT_EQ(f.lost(), 0u);
}

TEST(Ring, AnEndWithoutBeginIsRefusedAndCounted) {
  Fixture f;
  EXPECT_FALSE(f.ring.end(0));
  f.drain();
  ASSERT_EQ(f.seal().losses.size(), 1u);
  EXPECT_EQ(f.seal().losses[0].kind, proto::LossKind::unmatched_end);
}

TEST(Ring, AStepEndsWhatIsOpenInIt) {
  Fixture f;
  f.ring.begin_step(0, 12);
  f.ring.begin_text(0, "left open", 0);
  f.ring.end_step();
  f.drain();
  EXPECT_EQ(f.slice_count(), 2u);
  ASSERT_EQ(f.seal().steps.size(), 1u);
  EXPECT_EQ(f.seal().steps[0].number, 12);
  EXPECT_EQ(f.ring.depth(0), 0u);
}

TEST(Ring, AFullBufferStillTakesSteps) {
  Fixture f;
  constexpr std::int64_t kSteps = 60;
  constexpr int kRanges = 5000;
  for (std::int64_t number = 0; number < kSteps; ++number) {
    ASSERT_TRUE(f.ring.begin_step(0, number)) << number;
    for (int i = 0; i < kRanges; ++i) {
      f.ring.begin_named(0, 0);
      f.ring.end(0);
    }
    f.ring.end_step();
  }
  f.drain();
  f.decoder.add_loss(proto::LossKind::buffer_full, f.ring.residual_loss(), 0);
  EXPECT_GT(f.lost(), 0u);
  EXPECT_EQ(f.slice_count() + f.lost(), static_cast<std::uint64_t>(kSteps * (kRanges + 1)));
  ASSERT_EQ(f.seal().steps.size(), static_cast<std::size_t>(kSteps));
  for (std::int64_t i = 0; i < kSteps; ++i) {
    EXPECT_EQ(f.seal().steps[static_cast<std::size_t>(i)].number, i);
  }
}

// What NVTX gives: steps are ranges like the others, but for their names.
TEST(Ring, AFullBufferStillTakesStepsThatAreSoByTheirName) {
  Fixture f;
  constexpr auto kAnnotation = static_cast<std::uint8_t>(proto::Category::annotation);
  constexpr std::int64_t kSteps = 60;
  constexpr int kRanges = 5000;
  for (std::int64_t number = 0; number < kSteps; ++number) {
    const std::string text = "step " + std::to_string(number);
    if (number % 2 == 0) {
      ASSERT_TRUE(f.ring.begin_text(0, text.c_str(), kAnnotation)) << number;
    } else {
      ASSERT_TRUE(f.ring.begin_named(0, name_handle(text.c_str(), kAnnotation))) << number;
    }
    for (int i = 0; i < kRanges; ++i) {
      f.ring.begin_text(0, "stepping 1", kAnnotation);
      f.ring.end(0);
    }
    f.ring.end(0);
  }
  f.drain();
  f.decoder.add_loss(proto::LossKind::buffer_full, f.ring.residual_loss(), 0);
  EXPECT_EQ(f.slice_count() + f.lost(), static_cast<std::uint64_t>(kSteps * (kRanges + 1)));
  ASSERT_EQ(f.seal().steps.size(), static_cast<std::size_t>(kSteps));
  for (std::int64_t i = 0; i < kSteps; ++i) {
    EXPECT_EQ(f.seal().steps[static_cast<std::size_t>(i)].number, i);
  }
}

TEST(Ring, AFullBufferStillTakesStepsAcrossThreadsAndTheEndsOfProcessRanges) {
  Fixture f;
  constexpr auto kAnnotation = static_cast<std::uint32_t>(proto::Category::annotation);
  f.ring.put(EventKind::range_start_named, EventKind::range_start_text, 0, "outer", 0, 1);
  while (f.ring.begin_named(0, 0)) f.ring.end(0);
  f.ring.end(0);
  EXPECT_FALSE(f.ring.put(EventKind::range_start_named, EventKind::range_start_text, 0, "late",
                          kAnnotation, 2));
  EXPECT_TRUE(f.ring.put(EventKind::range_start_named, EventKind::range_start_text, 0, "step 4",
                         kAnnotation, 3));
  EXPECT_TRUE(f.ring.put(EventKind::range_end, EventKind::range_end, 0, nullptr, 0, 3));
  EXPECT_TRUE(f.ring.put(EventKind::range_end, EventKind::range_end, 0, nullptr, 0, 1));
  f.drain();
  ASSERT_EQ(f.seal().steps.size(), 1u);
  EXPECT_EQ(f.seal().steps[0].number, 4);
  std::vector<proto::OpenSlice> open;
  f.decoder.list_open(open);
  EXPECT_TRUE(open.empty());
}

TEST(Ring, ProcessRangesThatAreOpenAreListed) {
  Fixture f;
  f.ring.put(EventKind::range_start_named, EventKind::range_start_text, 0, "prefetch", 0, 1);
  f.ring.put(EventKind::range_start_named, EventKind::range_start_text, 0, "step 9", 0, 2);
  f.ring.put(EventKind::range_start_named, EventKind::range_start_text, 0, "ends", 0, 3);
  f.ring.put(EventKind::range_end, EventKind::range_end, 0, nullptr, 0, 3);
  f.ring.put(EventKind::range_end, EventKind::range_end, 0, nullptr, 0, 77);
  f.drain();
  std::vector<proto::OpenSlice> open;
  f.decoder.list_open(open);
  ASSERT_EQ(open.size(), 2u);
  EXPECT_FALSE(open[0].is_step);
  EXPECT_TRUE(open[1].is_step);
  EXPECT_EQ(open[1].step_number, 9);
  const proto::TraceChunk& chunk = f.seal();
  EXPECT_EQ(chunk.strings[chunk.names[open[0].name_id].string_id], "prefetch");
  const auto track = std::find_if(chunk.tracks.begin(), chunk.tracks.end(),
                                  [&](const auto& one) { return one.id == open[0].track_id; });
  ASSERT_NE(track, chunk.tracks.end());
  EXPECT_EQ(track->kind, proto::TrackKind::process);
}

TEST(Ring, NumberedRangesAreSteps) {
  Fixture f;
  f.ring.begin_text(0, "Step 7", static_cast<std::uint32_t>(proto::Category::annotation));
  f.ring.end(0);
  f.ring.begin_text(0, "Step 8", static_cast<std::uint32_t>(proto::Category::forward));
  f.ring.end(0);
  f.drain();
  const proto::TraceChunk& chunk = f.seal();
  ASSERT_EQ(chunk.steps.size(), 1u);
  EXPECT_EQ(chunk.steps[0].number, 7);
  EXPECT_EQ(chunk.strings[chunk.names[chunk.steps[0].name_id].string_id], "Step");
}

TEST(Ring, OpenSlicesAreListedAndEndWithTheirThread) {
  Fixture f;
  f.ring.begin_step(0, 3);
  f.ring.begin_text(0, "open", 0);
  f.drain();
  std::vector<proto::OpenSlice> open;
  f.decoder.list_open(open);
  ASSERT_EQ(open.size(), 2u);
  EXPECT_TRUE(open[0].is_step);
  EXPECT_EQ(open[0].step_number, 3);
  f.ring.leave();
  f.decoder.finish_thread(f.ring, 0);
  EXPECT_EQ(f.slice_count(), 2u);
}

TEST(Ring, ProcessRangesPairAcrossBuffersInEitherOrder) {
  Fixture f;
  f.ring.put(EventKind::range_end, EventKind::range_end, 0, nullptr, 0, 5);
  f.ring.put(EventKind::range_start_named, EventKind::range_start_text, 0, "across", 0, 5);
  f.drain();
  EXPECT_EQ(f.slice_count(), 1u);
}

TEST(Ring, TimesOfAThreadAreTheProducersAndNeverGoBack) {
  Fixture f;
  for (int i = 0; i < 1000; ++i) {
    f.ring.begin_named(0, 0);
    f.ring.end(0);
    if (i % 100 == 0) f.drain();
  }
  const std::int64_t before_ns = monotonic_ns();
  f.ring.begin_named(0, 0);
  f.ring.end(0);
  const std::int64_t after_ns = monotonic_ns();
  f.drain();
  const proto::SliceBlock& block = f.seal().slices[0];
  std::int64_t last_end_ns = 0;
  for (std::size_t i = 0; i < block.start_ns.size(); ++i) {
    EXPECT_GE(block.start_ns[i], last_end_ns);
    EXPECT_GE(block.duration_ns[i], 0);
    last_end_ns = block.start_ns[i] + block.duration_ns[i];
  }
  EXPECT_NEAR(static_cast<double>(block.start_ns.back()), static_cast<double>(before_ns), 200e3);
  EXPECT_NEAR(static_cast<double>(last_end_ns), static_cast<double>(after_ns), 200e3);
}

TEST(Ring, ProducerAndConsumerAtTheSameTime) {
  Fixture f;
  constexpr std::uint64_t kRounds = 200'000;
  std::atomic<bool> done{false};
  std::thread producer([&] {
    for (std::uint64_t i = 0; i < kRounds; ++i) {
      f.ring.begin_text(0, i % 2 == 0 ? "even" : "odd number", 0);
      f.ring.put(EventKind::counter_named, EventKind::counter_text, 0, "c", 0, i);
      f.ring.end(0);
    }
    done.store(true, std::memory_order_release);
  });
  while (!done.load(std::memory_order_acquire)) f.drain();
  producer.join();
  f.drain();
  f.decoder.add_loss(proto::LossKind::buffer_full, f.ring.residual_loss(), 0);
  std::size_t values = 0;
  for (const proto::CounterBlock& block : f.seal().counters) values += block.value.size();
  EXPECT_EQ(f.slice_count() + values + f.lost(), 2 * kRounds);
}

TEST(NameTable, HandlesAreStableAndSharedByThreads) {
  std::vector<std::uint32_t> handles(8);
  std::vector<std::thread> threads;
  for (std::uint32_t& handle : handles) {
    threads.emplace_back([&handle] {
      for (int i = 0; i < 500; ++i) name_handle(("name " + std::to_string(i)).c_str(), 2);
      handle = name_handle("name 77", 2);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::uint32_t handle : handles) EXPECT_EQ(handle, handles[0]);
  EXPECT_STREQ(named_text(handles[0])->text(), "name 77");
  EXPECT_NE(name_handle("name 77", 3), handles[0]);
  EXPECT_EQ(named_text(0), nullptr);
}

}  // namespace
}  // namespace tbprof::collector
