// A trace file read while it grows gives at every moment what reading it whole gives.
#include "analyzer/live_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "analyzer/import/tbtrace.h"
#include "tests/analyzer/import/tbtrace_file.h"
#include "tests/analyzer/same_trace.h"

namespace tbprof::analyzer {
namespace {

using import::FileBytes;
using import::LoadPhase;
using import::LoadProgress;
using import::TbtraceImporter;
using import::TbtraceReader;
using tests::TbtraceFile;
using TracePointer = std::shared_ptr<const trace::Trace>;

constexpr std::int64_t kStart = 5'000'000'000;

proto::TraceHeader header() {
  proto::TraceHeader header;
  header.host = "node";
  header.pid = 4711;
  header.start_monotonic_ns = kStart;
  header.start_realtime_ns = 1'700'000'000'000'000'000;
  header.command = {"train"};
  return header;
}

// Chunk k holds of everything something: two nested ranges, a launch and its kernel, a step, a
// counter, an instant, a loss, and what is open at its end; every third begins a new track.
proto::TraceChunk chunk(std::uint32_t k) {
  proto::TraceChunk chunk;
  chunk.sequence = k;
  const std::int64_t begin = kStart + k * 1'000'000;
  chunk.covered_until_ns = begin + 1'000'000;
  if (k == 0) {
    chunk.strings = {"step", "launch", "gemm", "epoch", "loss"};
    chunk.names = {{0, proto::Category::step},
                   {1, proto::Category::runtime_api},
                   {2, proto::Category::kernel},
                   {3, proto::Category::other},
                   {4, proto::Category::other}};
    chunk.shapes = {{{8, 1, 1}, {256, 1, 1}, 32, 0, 1024}};
    chunk.tracks = {{.id = 0, .tid = 4711},
                    {.id = 1, .kind = proto::TrackKind::stream, .device = 0, .stream = 7}};
    chunk.properties = {{"clock", "tsc"}};
  } else if (k % 3 == 0) {
    chunk.tracks = {{.id = 1 + k / 3, .tid = 5000 + k}};
    chunk.losses = {{proto::LossKind::buffer_full, k, begin, begin + 10, 0}};
  }
  proto::SliceBlock host;
  host.track_id = k >= 3 && k % 2 == 1 ? 1 + k / 3 : 0;
  host.start_ns = {begin + 100'000, begin + 200'000, begin};
  host.duration_ns = {50'000, 300, 900'000};
  host.name_id = {1, 3, 0};
  host.correlation_id = {k + 1, 0, 0};
  proto::SliceBlock device;
  device.track_id = 1;
  device.start_ns = {begin + 160'000};
  device.duration_ns = {k == 4 ? 6'000'000'000 : 300'000};
  device.name_id = {2};
  device.correlation_id = {k + 1};
  device.shape_id = {0};
  chunk.slices = {host, device};
  chunk.steps = {{0, k, begin, 900'000, 0}};
  chunk.counters = {{0, 4, {begin + 5}, {1.0 / (k + 1)}}};
  chunk.instants = {{0, begin + 7, 3}};
  chunk.open = {{0, kStart - 1, 3, false, 0}, {0, begin + 950'000, 0, true, k + 1}};
  return chunk;
}

TbtraceFile file_of(std::uint32_t chunks, bool finished) {
  TbtraceFile file(header());
  for (std::uint32_t k = 0; k < chunks; ++k) file.add(chunk(k));
  if (finished) file.finish({});
  return file;
}

proto::Result<TracePointer> whole(std::span<const std::uint8_t> bytes, bool may_live = true) {
  return TbtraceImporter().import({"live.tbtrace", bytes, may_live});
}

void expect_equal(const proto::Result<TracePointer>& grown, const proto::Result<TracePointer>& anew,
                  std::size_t size) {
  ASSERT_EQ(grown.ok(), anew.ok()) << "at byte " << size;
  if (!anew.ok()) {
    EXPECT_EQ(grown.error().message, anew.error().message) << "at byte " << size;
  } else {
    EXPECT_EQ(tests::difference(*grown.value(), *anew.value()), "") << "at byte " << size;
  }
}

TEST(GrowingTrace, ByteByByteIsReadAsWhole) {
  const TbtraceFile file = file_of(9, true);
  TbtraceReader reader;
  for (std::size_t size = 0; size <= file.view().size(); ++size) {
    const auto bytes = file.view().first(size);
    ASSERT_TRUE(reader.read({"live.tbtrace", bytes, true}).ok());
    ASSERT_TRUE(reader.can_go_on());
    expect_equal(reader.trace(), whole(bytes), size);
    if (HasFailure()) return;
  }
  EXPECT_TRUE(reader.is_finished());
  EXPECT_EQ(reader.take_trace().value()->source().state, trace::RecordingState::finished);
}

TEST(GrowingTrace, ATraceHandedOutStaysAsItWas) {
  const TbtraceFile file = file_of(6, false);
  const std::size_t half = file.chunk_offsets()[3];
  TbtraceReader reader;
  ASSERT_TRUE(reader.read({"live.tbtrace", file.view().first(half), true}).ok());
  const auto before = reader.trace();
  ASSERT_TRUE(reader.read({"live.tbtrace", file.view(), true}).ok());
  const auto after = reader.take_trace();
  expect_equal(before, whole(file.view().first(half)), half);
  expect_equal(after, whole(file.view()), file.view().size());
}

TEST(GrowingTrace, ACutOneSaysWhereAtEveryByte) {
  const TbtraceFile file = file_of(3, true);
  for (std::size_t size = 1; size < file.view().size(); size += 7) {
    TbtraceReader reader;
    const auto before = file.view().first(size / 2);
    ASSERT_TRUE(reader.read({"live.tbtrace", before, true}).ok());
    ASSERT_TRUE(reader.read({"live.tbtrace", file.view().first(size), false}).ok());
    expect_equal(reader.trace(), whole(file.view().first(size), false), size);
    if (HasFailure()) return;
  }
}

// A file in a folder of its own, locked as the recorder locks its own; locks of this process are
// none to itself, so that the time of the last change tells that the writer lives.
class LiveFileTest : public testing::Test {
 protected:
  LiveFileTest() {
    char folder[] = "/tmp/tbprof_live_XXXXXX";
    folder_ = mkdtemp(folder);
    path_ = folder_ + "/live.tbtrace";
  }
  ~LiveFileTest() override { std::filesystem::remove_all(folder_); }

  void write(std::span<const std::uint8_t> bytes) {
    std::ofstream(path_, std::ios::binary | std::ios::app)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  // A child that holds the recorder's lock until the test's end.
  void lock_from_another_process() {
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    child_ = fork();
    if (child_ == 0) {
      const int fd = open(path_.c_str(), O_RDWR);
      struct flock whole_file = {};
      whole_file.l_type = F_WRLCK;
      whole_file.l_whence = SEEK_SET;
      const char result = fd >= 0 && fcntl(fd, F_SETLK, &whole_file) == 0 ? 'y' : 'n';
      if (::write(ready[1], &result, 1) == 1) pause();
      _exit(0);
    }
    char result = 0;
    ASSERT_EQ(::read(ready[0], &result, 1), 1);
    ASSERT_EQ(result, 'y');
    ::close(ready[0]);
    ::close(ready[1]);
  }
  void unlock() {
    if (child_ <= 0) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
    child_ = 0;
  }
  void TearDown() override { unlock(); }

  bool catch_up() {
    const auto root = Root::open(folder_);
    const auto grows = file_.catch_up(root.value(), "live.tbtrace");
    EXPECT_TRUE(grows.ok());
    return grows.ok() && grows.value();
  }
  proto::Result<TracePointer> load_anew() {
    return load_file(Root::open(folder_).value(), "live.tbtrace");
  }

  std::string folder_;
  std::string path_;
  pid_t child_ = 0;
  LiveFile file_;
};

TEST_F(LiveFileTest, GoesOnWhereItEndedAndLetsGoAtTheEnd) {
  const TbtraceFile file = file_of(6, true);
  const auto& offsets = file.chunk_offsets();
  write(file.view().first(offsets[2]));
  lock_from_another_process();
  ASSERT_TRUE(catch_up());
  expect_equal(file_.trace(), load_anew(), offsets[2]);
  EXPECT_GT(file_.memory_bytes(), 0u);
  write(file.view().subspan(offsets[2], 100));
  ASSERT_TRUE(catch_up());
  expect_equal(file_.trace(), load_anew(), offsets[2] + 100);
  EXPECT_EQ(load_anew().value()->source().state, trace::RecordingState::live);
  write(file.view().subspan(offsets[2] + 100));
  ASSERT_TRUE(catch_up());
  expect_equal(file_.trace(), load_anew(), file.view().size());
  EXPECT_EQ(file_.memory_bytes(), 0u);
}

TEST_F(LiveFileTest, AKilledWriterLeavesACutRecording) {
  const TbtraceFile file = file_of(6, true);
  write(file.view().first(file.chunk_offsets()[4] + 9));
  lock_from_another_process();
  ASSERT_TRUE(catch_up());
  unlock();
  ASSERT_TRUE(catch_up());
  const auto cut = file_.trace();
  EXPECT_EQ(cut.value()->source().state, trace::RecordingState::cut);
  expect_equal(cut, load_anew(), 0);
  EXPECT_EQ(file_.memory_bytes(), 0u);
}

TEST_F(LiveFileTest, AReplacedFileIsReadFromItsStart) {
  write(file_of(6, false).view());
  lock_from_another_process();
  ASSERT_TRUE(catch_up());
  ASSERT_TRUE(file_.trace().ok());
  // The same inode with a longer recording of another run.
  proto::TraceHeader other = header();
  other.pid = 4712;
  TbtraceFile replaced(other, 77);
  for (std::uint32_t k = 0; k < 8; ++k) replaced.add(chunk(k));
  std::filesystem::resize_file(path_, 0);
  write(replaced.view());
  ASSERT_TRUE(catch_up());
  const auto trace = file_.trace();
  EXPECT_EQ(trace.value()->property("pid"), "4712");
  expect_equal(trace, load_anew(), 0);
}

TEST_F(LiveFileTest, AFileThatWasCutBackIsReadFromItsStart) {
  const TbtraceFile file = file_of(6, false);
  write(file.view());
  lock_from_another_process();
  ASSERT_TRUE(catch_up());
  ASSERT_TRUE(file_.trace().ok());
  std::filesystem::resize_file(path_, file.chunk_offsets()[3] + 5);
  ASSERT_TRUE(catch_up());
  expect_equal(file_.trace(), load_anew(), 0);
}

TEST_F(LiveFileTest, WhatIsDamagedIsLeftToTheWholeImport) {
  TbtraceFile file = file_of(6, false);
  file.bytes()[file.chunk_offsets()[1] + 40] ^= 0x55;
  write(file.view().first(file.chunk_offsets()[3]));
  lock_from_another_process();
  EXPECT_FALSE(catch_up());
  EXPECT_EQ(file_.memory_bytes(), 0u);
}

TEST_F(LiveFileTest, KeepsNoMoreThanItMay) {
  write(file_of(6, false).view());
  lock_from_another_process();
  LiveFile small(1);
  const auto root = Root::open(folder_);
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(small.catch_up(root.value(), "live.tbtrace").value());
    expect_equal(small.trace(), load_anew(), 0);
    EXPECT_EQ(small.memory_bytes(), 0u);
  }
}

TEST_F(LiveFileTest, WhatNobodyWritesIsNoneThatGrows) {
  write(file_of(2, false).view());
  EXPECT_FALSE(catch_up());
  EXPECT_EQ(load_anew().value()->source().state, trace::RecordingState::cut);
}

TEST_F(LiveFileTest, AFileLongerThanItsDiskIsReadToItsLastRecord) {
  write(file_of(3, false).view());
  const auto before = load_anew();
  constexpr std::uintmax_t kEndlessBytes = std::uintmax_t{256} << 30;
  std::error_code error;
  std::filesystem::resize_file(path_, kEndlessBytes, error);
  if (error) GTEST_SKIP() << "The file system keeps no such file: " << error.message();
  const auto trace = load_anew();
  ASSERT_TRUE(trace.ok()) << trace.error().message;
  EXPECT_EQ(trace.value()->slice_count(), before.value()->slice_count());
  EXPECT_EQ(trace.value()->source().state, trace::RecordingState::cut);
  EXPECT_NE(trace.value()->source().state_detail.find("no whole record stands in the 256 MiB"),
            std::string::npos)
      << trace.value()->source().state_detail;
}

TEST_F(LiveFileTest, WhatNobodyWaitsForIsLeft) {
  const TbtraceFile file = file_of(3, true);
  write(file.view());
  LoadProgress unwanted([] { return false; });
  const auto left = load_file(Root::open(folder_).value(), "live.tbtrace", {0, &unwanted});
  ASSERT_FALSE(left.ok());
  EXPECT_EQ(left.error().code, proto::ErrorCode::unavailable);
  EXPECT_TRUE(unwanted.was_left());
  LoadProgress wanted([] { return true; });
  ASSERT_TRUE(load_file(Root::open(folder_).value(), "live.tbtrace", {0, &wanted}).ok());
  EXPECT_FALSE(wanted.was_left());
  EXPECT_EQ(wanted.read_bytes(), file.view().size());
  EXPECT_EQ(wanted.phase(), LoadPhase::sorting);
}

}  // namespace
}  // namespace tbprof::analyzer
