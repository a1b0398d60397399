// The writer's parts one by one: names of steps and files, interned names, overview, trace file.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "collector/chunk_builder.h"
#include "collector/clock.h"
#include "collector/environment.h"
#include "collector/overview.h"
#include "collector/process_facts.h"
#include "collector/step_pattern.h"
#include "collector/trace_file.h"
#include "collector/trace_path.h"
#include "tests/collector/capture.h"

namespace tbprof::collector {
namespace {

TEST(StepPattern, TakesNumberedNamesOnly) {
  const StepPattern pattern(kDefaultStepPattern);
  struct Case {
    const char* name;
    std::int64_t number;  // -1: no step
    const char* stem;
  };
  const Case cases[] = {
      {"step 12", 12, "step"},
      {"STEP 12", 12, "STEP"},
      {"iteration 0", 0, "iteration"},
      {"ProfilerStep#12", 12, "ProfilerStep"},
      {"profilerstep#007", 7, "profilerstep"},
      {"Step#3", 3, "Step"},
      {"step", -1, ""},
      {"step ", -1, ""},
      {"step x", -1, ""},
      {"step 12b", -1, ""},
      {"my step 12", -1, ""},
      {"step -1", -1, ""},
      {"step 1234567890123456789012", -1, ""},
      {"", -1, ""},
  };
  for (const Case& one : cases) {
    const auto found = pattern.match(one.name);
    ASSERT_EQ(found.has_value(), one.number >= 0) << one.name;
    if (!found) continue;
    EXPECT_EQ(found->number, one.number) << one.name;
    EXPECT_EQ(found->stem, one.stem) << one.name;
  }
  EXPECT_TRUE(StepPattern("batch # of 9").match("batch 4 of 9").has_value());
  EXPECT_FALSE(StepPattern("").match("step 1").has_value());
  EXPECT_FALSE(StepPattern("no mark||").match("no mark").has_value());
}

TEST(TracePath, NamesAreSafeAndDistinct) {
  EXPECT_EQ(trace_folder("/logs/", "a/b", "s"), "/logs/a/b/plugins/profile/s");
  EXPECT_EQ(trace_folder("/logs", "", "s"), "/logs/plugins/profile/s");
  EXPECT_EQ(trace_folder("/logs", "../../etc", "../x"), "/logs/etc/plugins/profile/-.-x");
  EXPECT_EQ(trace_file_name("host", 7, 1'500'000'000, 0), "host_7_1500.tbtrace");
  EXPECT_EQ(trace_file_name("host", 7, 1'500'000'000, 2), "host_7_1500-2.tbtrace");
  EXPECT_EQ(file_name_part(".."), "-.");
  EXPECT_EQ(file_name_part(""), "-");
  const struct {
    std::int64_t seconds;
    const char* text;
  } times[] = {{0, "1970_01_01_00_00_00"},
               {951'782'400, "2000_02_29_00_00_00"},
               {1'709'251'199, "2024_02_29_23_59_59"},
               {4'102'444'800, "2100_01_01_00_00_00"}};
  for (const auto& time : times) {
    char text[32];
    format_session(time.seconds * 1'000'000'000, text, sizeof text);
    EXPECT_STREQ(text, time.text);
  }
}

TEST(TraceFile, TheSameNameIsNeverTakenTwice) {
  const tests::TemporaryFolder folder;
  TraceFile first;
  TraceFile second;
  ASSERT_EQ(first.create(folder.path() + "/a/b", "h", 1, 0), 0);
  ASSERT_EQ(second.create(folder.path() + "/a/b", "h", 1, 0), 0);
  EXPECT_NE(first.path(), second.path());
  EXPECT_NE(fcntl(first.descriptor(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(TraceFile, ARefusedRecordLeavesTheFileWhole) {
  const tests::TemporaryFolder folder;
  TraceFile file;
  ASSERT_EQ(file.create(folder.path(), "h", 1, 0), 0);
  ASSERT_EQ(file.append(std::string(1000, 'a')), 0);
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit tight = before;
  tight.rlim_cur = 1500;
  setrlimit(RLIMIT_FSIZE, &tight);
  EXPECT_EQ(file.append(std::string(1000, 'b')), EFBIG);
  setrlimit(RLIMIT_FSIZE, &before);
  struct stat info {};
  stat(file.path().c_str(), &info);
  EXPECT_EQ(info.st_size, 1000);
  EXPECT_EQ(file.append(std::string(500, 'c')), 0);
  EXPECT_EQ(file.size_bytes(), 1500u);
}

TEST(TraceFile, KeepsRoomForTheEndAndGivesItBack) {
  const tests::TemporaryFolder folder;
  TraceFile file;
  ASSERT_EQ(file.create(folder.path(), "h", 1, 0), 0);
  ASSERT_EQ(file.append(std::string(1000, 'a')), 0);
  if (file.reserve_left_bytes() == 0) GTEST_SKIP() << "this file system cannot reserve";
  EXPECT_EQ(file.reserve_left_bytes(), TraceFile::kReserveBytes);
  struct stat info {};
  stat(file.path().c_str(), &info);
  EXPECT_EQ(info.st_size, 1000);
  EXPECT_GE(info.st_blocks * 512, 1000 + static_cast<long>(TraceFile::kReserveBytes));
  ASSERT_EQ(file.append_last(std::string(500, 'b')), 0);
  EXPECT_EQ(file.reserve_left_bytes(), TraceFile::kReserveBytes - 500);
  file.close();
  stat(file.path().c_str(), &info);
  EXPECT_EQ(info.st_size, 1500);
  EXPECT_LT(info.st_blocks * 512, static_cast<long>(TraceFile::kReserveBytes));
}

TEST(TraceFile, IsLockedWhileItLives) {
  const tests::TemporaryFolder folder;
  TraceFile file;
  ASSERT_EQ(file.create(folder.path(), "h", 1, 0), 0);
  const auto locked_for_others = [&] {
    const pid_t child = fork();
    if (child == 0) {
      struct flock probe = {};
      probe.l_type = F_RDLCK;
      const int fd = open(file.path().c_str(), O_RDONLY);
      fcntl(fd, F_GETLK, &probe);
      _exit(probe.l_type == F_WRLCK ? 1 : 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status) == 1;
  };
  EXPECT_TRUE(locked_for_others());
  file.close();
  EXPECT_FALSE(locked_for_others());
}

TEST(ChunkBuilder, IdsAreGivenOnceAndSurviveALostChunk) {
  ChunkBuilder builder;
  const std::uint32_t a = builder.name("a", proto::Category::other);
  EXPECT_EQ(builder.name("a", proto::Category::other), a);
  EXPECT_NE(builder.name("a", proto::Category::input), a);
  proto::TrackDefinition track;
  const std::uint32_t track_id = builder.add_track(track, "t");
  builder.add_slice(track_id, 10, 5, a);
  builder.seal(100);
  builder.drop_events(10, 100);
  const proto::TraceChunk& again = builder.seal(200);
  EXPECT_EQ(again.sequence, 0u);
  EXPECT_EQ(again.names.size(), 3u);
  EXPECT_TRUE(again.slices.empty());
  ASSERT_EQ(again.losses.size(), 1u);
  EXPECT_EQ(again.losses[0].kind, proto::LossKind::write_failed);
  EXPECT_EQ(again.losses[0].count, 1u);
  builder.next_chunk();
  builder.add_slice(track_id, 20, 5, a);
  const proto::TraceChunk& next = builder.seal(300);
  EXPECT_EQ(next.sequence, 1u);
  EXPECT_TRUE(next.names.empty());
  EXPECT_EQ(next.slices.at(0).name_id.at(0), a);
}

TEST(Overview, AWildTimeCostsNoMemory) {
  Overview overview;
  overview.start(0);
  overview.add(0, 100, 300);
  overview.add(0, 400, INT64_MAX / 2);
  proto::TraceChunk chunk;
  chunk.slices.emplace_back().track_id = 0;
  chunk.slices.back().start_ns = {100, 400};
  chunk.slices.back().duration_ns = {200, INT64_MAX / 2 - 400};
  chunk.slices.back().name_id = {0, 0};
  overview.add_chunk(chunk, 64, 100);
  const proto::TraceIndex index = overview.make_index(500, 0);
  ASSERT_EQ(index.overview.size(), 1u);
  EXPECT_LE(index.overview[0].busy_ns.size(), Overview::kBuckets);
}

TEST(Overview, OfManyStepsItKeepsTheLongestOfEachGroup) {
  Overview overview;
  proto::TraceChunk chunk;
  constexpr std::int64_t kSteps = 3 * std::int64_t{Overview::kMaxSteps};
  for (std::int64_t i = 0; i < kSteps; ++i) {
    const std::int64_t duration_ns = i == 77'777 ? 900 : 100;
    chunk.steps.push_back({0, i, 1000 * i, duration_ns, 0});
  }
  overview.add_chunk(chunk, 64, 100);
  const proto::TraceIndex index = overview.make_index(1000 * kSteps, 0);
  EXPECT_EQ(index.step_count, static_cast<std::uint64_t>(kSteps));
  EXPECT_EQ(index.steps_each, 4u);
  ASSERT_EQ(index.steps.size(), static_cast<std::size_t>(kSteps) / 4);
  EXPECT_EQ(index.steps[77'777 / 4].number, 77'777);
  EXPECT_EQ(index.steps[77'777 / 4].duration_ns, 900);
  for (std::size_t i = 0; i < index.steps.size(); ++i) {
    EXPECT_EQ(index.steps[i].number / 4, static_cast<std::int64_t>(i));
  }
}

TEST(Overview, TellsWhatATrackIsByItsLastName) {
  ChunkBuilder builder;
  proto::TrackDefinition definition;
  definition.kind = proto::TrackKind::stream;
  definition.device = 1;
  definition.stream = 7;
  const std::uint32_t track = builder.add_track(definition, "stream 7");
  builder.add_slice(track, 100, 50, builder.name("gemm", proto::Category::kernel));
  builder.rename_track(track, "copies");
  builder.overview().add_chunk(builder.seal(200), 64, 100);
  const proto::TraceIndex index = builder.overview().make_index(200, 0);
  ASSERT_EQ(index.tracks.size(), 1u);
  EXPECT_EQ(index.tracks[0].name, "copies");
  EXPECT_EQ(index.tracks[0].kind, proto::TrackKind::stream);
  EXPECT_EQ(index.tracks[0].device, 1);
  EXPECT_EQ(index.tracks[0].stream, 7);
}

volatile std::sig_atomic_t g_pipe_signals = 0;

TEST(SayOnStderr, RaisesNoSignalWhereNobodyReads) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  const int stderr_before = dup(STDERR_FILENO);
  const auto handler_before = signal(SIGPIPE, [](int) { g_pipe_signals = g_pipe_signals + 1; });
  dup2(ends[1], STDERR_FILENO);
  say_on_stderr("%s", "unheard");
  dup2(stderr_before, STDERR_FILENO);
  signal(SIGPIPE, handler_before);
  close(stderr_before);
  close(ends[1]);
  EXPECT_EQ(g_pipe_signals, 0);
}

TEST(Overview, BucketsHoldTheUnionOfBusyTimesAtAnyLength) {
  Overview overview;
  overview.start(1000);
  std::int64_t busy_ns = 0;
  std::int64_t at = 1000;
  for (int i = 0; i < 20'000; ++i) {
    overview.add(0, at, at + 700'000);
    busy_ns += 700'000;
    at += 1'000'000;
  }
  overview.add(0, at - 500'000, at + 100);  // busy already for 200,000 of it
  overview.add(0, at, at + 100);            // nothing new
  busy_ns += 300'100;
  proto::TraceChunk chunk;
  chunk.slices.emplace_back();
  chunk.slices[0].start_ns = {2000};
  chunk.slices[0].duration_ns = {5};
  chunk.slices[0].name_id = {0};
  overview.add_chunk(chunk, 64, 100);
  const proto::TraceIndex index = overview.make_index(at, 0);
  ASSERT_EQ(index.tracks.size(), 1u);
  EXPECT_EQ(index.tracks[0].busy_ns, busy_ns);
  ASSERT_EQ(index.overview.size(), 1u);
  const auto& level = index.overview[0];
  EXPECT_LE(level.busy_ns.size(), Overview::kBuckets);
  std::int64_t sum_ns = 0;
  for (const std::uint32_t bucket : level.busy_ns) {
    EXPECT_LE(bucket, level.bucket_ns);
    sum_ns += bucket;
  }
  EXPECT_EQ(sum_ns, busy_ns);
}

TEST(TickClock, FollowsTheSystemsClock) {
  choose_clock();
  TickClock clock;
  clock.start(read_both_clocks());
  for (int i = 0; i < 20; ++i) {
    usleep(10'000);
    clock.update();
    const ClockReading now = read_both_clocks();
    EXPECT_NEAR(static_cast<double>(clock.to_ns(now.ticks)), static_cast<double>(now.ns), 20e3);
    EXPECT_EQ(clock.widen(now.ticks & ((std::uint64_t{1} << 56) - 1)), now.ticks);
  }
}

}  // namespace
}  // namespace tbprof::collector
