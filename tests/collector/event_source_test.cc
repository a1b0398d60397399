// A source of events beside the program's threads, as CUDA's collector is one: started by the
// injection, drained into the same file, read back through the analyzer.
#include "collector/event_source.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "analyzer/load.h"
#include "collector/clock.h"
#include "collector/environment.h"
#include "collector/tbprof.h"
#include "tests/collector/capture.h"

extern "C" int InitializeInjection(void);

namespace tbprof::collector {
namespace {

namespace trace = analyzer::trace;
using proto::Category;

long thread_id() { return syscall(SYS_gettid); }

// Launches on one thread, their kernels on one stream of GPU 0. Filled by the test's thread,
// drained by the writer thread.
class MadeDevice {
 public:
  void launch(std::uint64_t correlation_id, std::uint32_t blocks) {
    const std::lock_guard lock(mutex_);
    pending_.push_back({correlation_id, blocks, monotonic_ns()});
  }
  void cover_until(std::int64_t time_ns) { covered_until_ns_ = time_ns; }

  static constexpr std::int64_t kLaunchNs = 1'000;
  static constexpr std::int64_t kKernelDelayNs = 5'000;
  static constexpr std::int64_t kKernelNs = 20'000;

  std::atomic<bool> has_nothing = false;  // what start() finds

  // What was called, and by which thread.
  long start_thread = 0;
  std::atomic<long> drain_thread = 0;
  std::atomic<int> first_count = 0;
  std::atomic<int> stop_count = 0;
  std::atomic<bool> drained_after_stop = false;

  EventSource source() {
    return {"made device",
            this,
            [](void* self) { return device(self).start(); },
            [](void*) -> const char* { return nullptr; },
            [](void* self, ChunkBuilder& to, bool first) {
              device(self).drain(to, first);
              return false;
            },
            [](void* self) { return device(self).covered_until_ns_.load(); },
            [](void* self) {
              ++device(self).stop_count;
              device(self).drained_after_stop = false;
            }};
  }

 private:
  struct Launch {
    std::uint64_t correlation_id;
    std::uint32_t blocks;
    std::int64_t start_ns;
  };
  static MadeDevice& device(void* self) { return *static_cast<MadeDevice*>(self); }
  bool start() {
    start_thread = thread_id();
    return !has_nothing;
  }

  void drain(ChunkBuilder& to, bool first) {
    drain_thread = thread_id();
    drained_after_stop = true;
    if (first) define(to);
    const std::lock_guard lock(mutex_);
    for (const Launch& one : pending_) add(to, one);
    pending_.clear();
  }

  void define(ChunkBuilder& to) {
    ++first_count;
    proto::TrackDefinition host;
    host.kind = proto::TrackKind::thread;
    host.pid = getpid();
    host.tid = 4711;
    host_track_ = to.add_track(host, "launcher");
    proto::TrackDefinition stream;
    stream.kind = proto::TrackKind::stream;
    stream.pid = getpid();
    stream.device = 0;
    stream.stream = 7;
    stream_track_ = to.add_track(stream, "stream 7");
    call_name_ = to.name("cudaLaunchKernel", Category::runtime_api);
    kernel_name_ = to.name("gemm", Category::kernel);
  }

  void add(ChunkBuilder& to, const Launch& one) {
    to.add_slice(host_track_, one.start_ns, kLaunchNs, call_name_);
    to.block(host_track_).correlation_id.push_back(one.correlation_id);
    proto::LaunchShape shape;
    shape.grid[0] = one.blocks;
    shape.grid[1] = shape.grid[2] = 1;
    shape.block[0] = 256;
    shape.block[1] = shape.block[2] = 1;
    shape.registers_per_thread = 40;
    const std::uint32_t shape_id = to.shape(shape);
    to.add_slice(stream_track_, one.start_ns + kKernelDelayNs, kKernelNs, kernel_name_);
    to.block(stream_track_).correlation_id.push_back(one.correlation_id);
    to.block(stream_track_).shape_id.push_back(shape_id);
  }

  std::mutex mutex_;
  std::vector<Launch> pending_;
  std::atomic<std::int64_t> covered_until_ns_ = INT64_MAX;
  std::uint32_t host_track_ = 0;
  std::uint32_t stream_track_ = 0;
  std::uint32_t call_name_ = 0;
  std::uint32_t kernel_name_ = 0;
};

MadeDevice g_device;

}  // namespace
}  // namespace tbprof::collector

extern "C" const tbprof::collector::EventSource* tbprof_cuda_event_source() {
  static const tbprof::collector::EventSource source = tbprof::collector::g_device.source();
  return &source;
}

namespace tbprof::collector {
namespace {

// A value of a slice, "" if it has none.
std::string attribute_of(const trace::Trace& trace, trace::SliceId id, const std::string& key) {
  for (const trace::Attribute& attribute : trace.attributes()) {
    if (attribute.key != key) continue;
    const auto at = std::lower_bound(attribute.slice.begin(), attribute.slice.end(), id);
    if (at == attribute.slice.end() || *at != id) continue;
    const auto index = static_cast<std::size_t>(at - attribute.slice.begin());
    return trace.value_text(attribute.value[index]);
  }
  return "";
}

// The grids of the kernels, each linked with the launch it belongs to: by the times it was given.
std::multiset<std::string> linked_grids(const trace::Trace& trace) {
  std::multiset<std::string> grids;
  for (const trace::Link& link : trace.links_by_from()) {
    const trace::Slice call = trace.slice(link.from);
    const trace::Slice kernel = trace.slice(link.to);
    EXPECT_EQ(trace.names()[call.name].text, "cudaLaunchKernel");
    EXPECT_EQ(trace.names()[kernel.name].text, "gemm");
    EXPECT_EQ(trace.category_of(link.to), Category::kernel);
    EXPECT_EQ(kernel.start_ns, call.start_ns + MadeDevice::kKernelDelayNs);
    EXPECT_EQ(kernel.duration_ns, MadeDevice::kKernelNs);
    const trace::Track& stream = trace.tracks()[trace.lane_of(link.to).track];
    EXPECT_EQ(stream.kind, trace::TrackKind::stream);
    EXPECT_EQ(stream.device, 0);
    EXPECT_EQ(stream.stream, 7);
    grids.insert(attribute_of(trace, link.to, "grid"));
  }
  return grids;
}

void launch_far_apart(std::uint64_t correlation_id, std::uint32_t blocks) {
  g_device.launch(correlation_id, blocks);
  usleep(50);  // longer than a kernel takes, so that none overlaps the next
}

// What a process of its own says at its end: the injection starts its source once in a process.
template <typename Body>
int in_child(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void record_into(const tests::TemporaryFolder& folder) {
  setenv(kLogdirVariable, folder.path().c_str(), 1);
  setenv(kQuietVariable, "1", 1);
}

TEST(EventSource, OneThatHasNothingToRecordIsNotAskedAgain) {
  const tests::TemporaryFolder folder;
  const int status = in_child([&] {
    record_into(folder);
    g_device.has_nothing = true;
    if (InitializeInjection() != 1 || g_device.start_thread == 0) return 1;
    if (event_source_count() != 0) return 2;
    tbprof_range_begin("host", TBPROF_OTHER);
    tbprof_range_end();
    if (tbprof_stop() != TBPROF_OK) return 3;
    return g_device.drain_thread == 0 && g_device.stop_count == 0 ? 0 : 4;
  });
  EXPECT_EQ(status, 0);
  const std::vector<tests::Capture> captures = tests::read_captures(folder.path());
  ASSERT_EQ(captures.size(), 1u);
  EXPECT_TRUE(captures[0].finished);
  EXPECT_EQ(captures[0].count("host"), 1u);
}

TEST(EventSource, StaysWithTheParentOfAFork) {
  if (tests::kForkMayHang) GTEST_SKIP() << tests::kForkMayHangReason;
  const tests::TemporaryFolder folder;
  const int status = in_child([&] {
    record_into(folder);
    if (InitializeInjection() != 1 || event_source_count() != 1) return 1;
    g_device.launch(1, 1);
    const int of_grandchild = in_child([] {
      if (event_source_count() != 0) return 5;
      g_device.drain_thread = 0;
      tbprof_range_begin("in the fork", TBPROF_OTHER);
      tbprof_range_end();
      if (tbprof_stop() != TBPROF_OK) return 6;
      return g_device.drain_thread == 0 ? 0 : 7;
    });
    if (of_grandchild != 0) return of_grandchild;
    g_device.launch(2, 1);
    return tbprof_stop() == TBPROF_OK ? 0 : 2;
  });
  EXPECT_EQ(status, 0);
  const std::vector<tests::Capture> captures = tests::read_captures(folder.path());
  ASSERT_EQ(captures.size(), 2u);
  for (const tests::Capture& capture : captures) {
    EXPECT_TRUE(capture.finished);
    const bool is_fork = capture.count("in the fork") == 1;
    EXPECT_EQ(capture.count("gemm"), is_fork ? 0u : 2u);
    EXPECT_EQ(capture.slices.size(), is_fork ? 1u : 4u);
  }
}

// The whole life of one that has something.
TEST(EventSource, IsDrainedIntoTheFilesOfEachRecording) {
  const tests::TemporaryFolder folder;
  record_into(folder);
  ASSERT_EQ(InitializeInjection(), 1);
  EXPECT_EQ(g_device.start_thread, thread_id());

  // In the first chunk, in a later one with the same names and shapes, and in the last.
  for (std::uint32_t i = 1; i <= 20; ++i) launch_far_apart(i, 100 + i % 2);
  ASSERT_EQ(tbprof_flush(5000), TBPROF_OK);
  for (std::uint32_t i = 21; i <= 30; ++i) launch_far_apart(i, 100 + i % 2);
  const std::int64_t covered_ns = monotonic_ns();
  g_device.cover_until(covered_ns);
  ASSERT_EQ(tbprof_flush(5000), TBPROF_OK);
  std::vector<tests::Capture> live = tests::read_captures(folder.path());
  ASSERT_EQ(live.size(), 1u);
  EXPECT_LE(live[0].covered_until_ns, covered_ns) << "more than the source has handed over";
  launch_far_apart(31, 7);
  g_device.cover_until(INT64_MAX);
  ASSERT_EQ(tbprof_stop(), TBPROF_OK);
  EXPECT_NE(g_device.drain_thread, thread_id());
  EXPECT_EQ(g_device.stop_count, 1);
  EXPECT_TRUE(g_device.drained_after_stop);
  EXPECT_EQ(g_device.first_count, 1);

  const auto loaded = analyzer::load(live[0].path);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  const trace::Trace& first = *loaded.value();
  EXPECT_EQ(first.source().state, trace::RecordingState::finished);
  EXPECT_TRUE(first.losses().empty());
  const std::multiset<std::string> grids = linked_grids(first);
  EXPECT_EQ(grids.size(), 31u);
  EXPECT_EQ(grids.count("[100,1,1]"), 15u);
  EXPECT_EQ(grids.count("[101,1,1]"), 15u);
  EXPECT_EQ(grids.count("[7,1,1]"), 1u);

  // The second recording's file has definitions of its own.
  ASSERT_EQ(tbprof_start(folder.path().c_str(), "again"), TBPROF_OK);
  launch_far_apart(32, 9);
  ASSERT_EQ(tbprof_stop(), TBPROF_OK);
  EXPECT_EQ(g_device.first_count, 2);
  const std::vector<tests::Capture> both = tests::read_captures(folder.path());
  ASSERT_EQ(both.size(), 2u);
  const auto other = both[0].path == live[0].path ? both[1].path : both[0].path;
  const auto again = analyzer::load(other);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(linked_grids(*again.value()).size(), 1u);
  EXPECT_EQ(again.value()->slice_count(), 2u);
}

TEST(EventSource, FifthIsRefused) {
  const std::size_t before = event_source_count();
  for (std::size_t i = before; i < kMaxEventSources; ++i) {
    EXPECT_TRUE(add_event_source(g_device.source()));
  }
  EXPECT_FALSE(add_event_source(g_device.source()));
  EXPECT_EQ(event_source_count(), kMaxEventSources);
  forget_event_sources();
  EXPECT_EQ(event_source_count(), 0u);
}

}  // namespace
}  // namespace tbprof::collector
