#include "analyzer/catalogue.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "analyzer/load.h"
#include "proto/sample_chunk.h"
#include "proto/wire.h"
#include "tests/analyzer/import/tbtrace_file.h"

namespace tbprof::analyzer {
namespace {

namespace fs = std::filesystem;

// A log directory of its own for each test, gone afterwards.
class CatalogueTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "tbprof_catalogue_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& relative, const std::string& content) {
    fs::create_directories((folder_ / relative).parent_path());
    std::ofstream(folder_ / relative, std::ios::binary) << content;
  }
  std::string recording(bool finished, std::int64_t start_realtime_ns = 0) {
    proto::TraceHeader header;
    header.start_monotonic_ns = 1000;
    header.start_realtime_ns = start_realtime_ns;
    tbprof::tests::TbtraceFile file(header);
    proto::TraceChunk chunk;
    chunk.strings = {"step"};
    chunk.names = {{0, proto::Category::step}};
    chunk.tracks = {{.id = 0}};
    proto::SliceBlock& block = chunk.slices.emplace_back();
    block.start_ns = {1000};
    block.duration_ns = {500};
    block.name_id = {0};
    chunk.steps = {{0, 1, 1000, 500, 0}};
    file.add(chunk);
    proto::TraceIndex index;
    index.start_ns = 1000;
    index.end_ns = 41'000;
    index.slice_count = 1;
    index.step_count = 1;
    index.lost_count = 7;
    if (finished) file.finish(index);
    return file.bytes();
  }
  std::string samples(bool finished) {
    tbprof::tests::TbtraceFile file(proto::TraceHeader{});
    proto::SampleChunk chunk;
    chunk.threads = {{0, 1, proto::kNoId}};
    chunk.is_last = finished;
    proto::SampleChunkEncoder encoder(tbprof::tests::TbtraceFile::kFileId);
    file.append(std::string(proto::text_of(encoder.encode(chunk))));
    return file.bytes();
  }
  Root root() { return Root::open(folder_.string()).take(); }
  Catalogue scan_all(const Catalogue* previous = nullptr) {
    const Root logdir = root();
    ScanOptions options;
    options.previous = previous;
    auto catalogue = scan(logdir, options);
    EXPECT_TRUE(catalogue.ok());
    return catalogue.take();
  }

  fs::path folder_;
};

constexpr const char* kTorch =
    "{\"traceEvents\": [{\"ph\": \"X\", \"name\": \"a\", \"ts\": 1, \"dur\": 2}]}";

TEST_F(CatalogueTest, AFinishedRecordingTellsItsFactsUnopened) {
  write("a.tbtrace", recording(true));
  write("b.tbtrace", recording(false));
  write("c.pt.trace.json", kTorch);
  const Catalogue found = scan_all();
  ASSERT_EQ(found.captures.size(), 3u);
  for (const Capture& capture : found.captures) {
    ASSERT_EQ(capture.facts.has_value(), capture.path == "a.tbtrace") << capture.path;
    if (!capture.facts) continue;
    EXPECT_EQ(capture.facts->duration_ns, 40'000);
    EXPECT_EQ(capture.facts->slice_count, 1u);
    EXPECT_EQ(capture.facts->step_count, 1u);
    EXPECT_EQ(capture.facts->lost_count, 7u);
  }
}

TEST_F(CatalogueTest, FindsRunsSessionsAndLooseTraces) {
  write("mnist/events.out.tfevents.1.host", "x");
  write("mnist/plugins/profile/2026_01_01/host_1_2.tbtrace", recording(true));
  write("mnist/plugins/profile/2026_01_01/host_1_3.tbtrace", recording(false));
  write("bert/worker0.1.pt.trace.json", kTorch);
  write("plugins/profile/s/x.trace.json", kTorch);
  write("notes.json", "{\"learning_rate\": 3}");
  write("mnist/readme.txt", "hello");
  const Catalogue found = scan_all();
  ASSERT_EQ(found.captures.size(), 4u);
  ASSERT_EQ(found.runs.size(), 3u);
  EXPECT_EQ(found.runs[0].name, ".");
  EXPECT_EQ(found.runs[1].name, "bert");
  EXPECT_EQ(found.runs[2].name, "mnist");
  EXPECT_TRUE(found.runs[2].has_events);
  EXPECT_FALSE(found.runs[1].has_events);
  EXPECT_EQ(found.runs[2].capture_ids.size(), 2u);
  for (const Capture& capture : found.captures) {
    if (capture.path.ends_with("_2.tbtrace")) {
      EXPECT_EQ(capture.state, trace::RecordingState::finished);
      EXPECT_EQ(capture.session, "2026_01_01");
      EXPECT_EQ(capture.run, "mnist");
      EXPECT_EQ(capture.format, "tbtrace");
    }
    if (capture.path.ends_with("_3.tbtrace")) {
      EXPECT_EQ(capture.state, trace::RecordingState::cut);
    }
    if (capture.run == "bert") {
      EXPECT_EQ(capture.session, "");
    }
    EXPECT_EQ(capture.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-"),
              std::string::npos);
  }
  EXPECT_EQ(found.other_files.size(), 1u);
  EXPECT_TRUE(found.problems.empty());
}

TEST_F(CatalogueTest, NewestFirstAndIdsStayTheSame) {
  write("a/one.tbtrace", recording(true));
  write("b/two.tbtrace", recording(true));
  fs::last_write_time(folder_ / "a/one.tbtrace",
                      fs::last_write_time(folder_ / "b/two.tbtrace") - std::chrono::hours(1));
  const Catalogue first = scan_all();
  ASSERT_EQ(first.captures.size(), 2u);
  EXPECT_EQ(first.captures[0].path, "b/two.tbtrace");
  fs::last_write_time(folder_ / "a/one.tbtrace",
                      fs::last_write_time(folder_ / "b/two.tbtrace") + std::chrono::hours(1));
  const Catalogue second = scan_all(&first);
  EXPECT_EQ(second.captures[0].path, "a/one.tbtrace");
  EXPECT_EQ(second.captures[0].id, first.captures[1].id);
  EXPECT_NE(second.captures[0].id, second.captures[1].id);
}

TEST_F(CatalogueTest, NewestIsTheOneThatBeganLastWhateverWasDoneToItsFile) {
  constexpr std::int64_t kBegan = 1'763'000'000'000'000'000;
  write("a/plugins/profile/s/host_1.tbtrace", recording(true, kBegan + 2));
  write("b/plugins/profile/s/host_1.tbtrace", recording(true, kBegan + 1));
  write("b/plugins/profile/s/host_2.tbtrace", recording(true, kBegan + 9));
  write("old.pt.trace.json", kTorch);
  const auto now = fs::last_write_time(folder_ / "old.pt.trace.json");
  const auto set_age = [&](const char* path, int hours) {
    fs::last_write_time(folder_ / path, now - std::chrono::hours(hours));
  };
  set_age("a/plugins/profile/s/host_1.tbtrace", 9);
  set_age("b/plugins/profile/s/host_1.tbtrace", 1);
  set_age("b/plugins/profile/s/host_2.tbtrace", 2);
  fs::last_write_time(
      folder_ / "old.pt.trace.json",
      fs::file_time_type::clock::from_sys(
          std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(kBegan - 5))));
  const Catalogue found = scan_all();
  std::vector<std::string> paths;
  for (const Capture& capture : found.captures) paths.push_back(capture.path);
  // A session began with its first process; of its processes the one that ended last leads.
  EXPECT_EQ(paths, (std::vector<std::string>{
                       "a/plugins/profile/s/host_1.tbtrace", "b/plugins/profile/s/host_1.tbtrace",
                       "b/plugins/profile/s/host_2.tbtrace", "old.pt.trace.json"}));
  EXPECT_EQ(found.captures[0].start_unix_ns, kBegan + 2);
  EXPECT_EQ(found.captures[3].start_unix_ns, 0);
}

TEST_F(CatalogueTest, LinksBeneathAreFollowedOnceAndLoopsEnd) {
  write("run/x.tbtrace", recording(true));
  fs::create_directory_symlink("run", folder_ / "latest");
  fs::create_directory_symlink("..", folder_ / "run/up");
  fs::create_directory_symlink("/etc", folder_ / "outside");
  const Catalogue found = scan_all();
  ASSERT_EQ(found.captures.size(), 1u);
  EXPECT_EQ(found.captures[0].path, "run/x.tbtrace");
  ASSERT_EQ(found.problems.size(), 1u);
  EXPECT_NE(found.problems[0].find("outside"), std::string::npos);
}

TEST_F(CatalogueTest, AFolderThatHoldsOnlyALinkToTheOutsideSaysSo) {
  fs::create_directories(folder_ / "logs");
  fs::create_directory_symlink("../elsewhere", folder_ / "logs/linked");
  write("elsewhere/x.tbtrace", recording(true));
  const auto loaded = load((folder_ / "logs").string());
  ASSERT_FALSE(loaded.ok());
  EXPECT_NE(loaded.error().message.find("linked is a link that leads outside"), std::string::npos)
      << loaded.error().message;
}

TEST_F(CatalogueTest, OfManyDeadLinksTheFirstAreNamedAndTheRestCounted) {
  for (int i = 0; i < 4; ++i) {
    fs::create_symlink("/etc/hosts", folder_ / ("link_" + std::to_string(i)));
  }
  EXPECT_EQ(scan_all().problems.size(), 4u);
  for (int i = 4; i < 300; ++i) {
    fs::create_symlink("/etc/hosts", folder_ / ("link_" + std::to_string(i)));
  }
  const std::vector<std::string> problems = scan_all().problems;
  ASSERT_EQ(problems.size(), 4u);
  EXPECT_TRUE(problems[0].starts_with("link_0 is a link that leads outside")) << problems[0];
  EXPECT_EQ(problems[3], "297 more links lead outside the log directory or nowhere.");
}

TEST_F(CatalogueTest, WriterLockMakesItLive) {
  write("run/x.tbtrace", recording(false));
  const std::string path = (folder_ / "run/x.tbtrace").string();
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t writer = fork();
  if (writer == 0) {
    const int file = ::open(path.c_str(), O_RDWR);
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    fcntl(file, F_SETLK, &lock);
    if (::write(ready[1], "r", 1) == 1) pause();
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(scan_all().captures.at(0).state, trace::RecordingState::live);
  const auto live = load(path);
  ASSERT_TRUE(live.ok()) << live.error().message;
  EXPECT_EQ(live.value()->source().state, trace::RecordingState::live);
  kill(writer, SIGKILL);
  waitpid(writer, nullptr, 0);
  EXPECT_EQ(scan_all().captures.at(0).state, trace::RecordingState::cut);
  EXPECT_EQ(load(path).value()->source().state, trace::RecordingState::cut);
}

TEST_F(CatalogueTest, SamplesWithoutATraceAreFinishedOnlyIfTheirLastRecordSaysSo) {
  write("run/node_1_5.tbsamples", samples(true));
  write("run/node_2_5.tbsamples", samples(false));
  const Catalogue found = scan_all();
  ASSERT_EQ(found.captures.size(), 2u);
  for (const Capture& capture : found.captures) {
    const bool is_whole = capture.path == "run/node_1_5.tbsamples";
    EXPECT_EQ(capture.state,
              is_whole ? trace::RecordingState::finished : trace::RecordingState::cut);
    EXPECT_EQ(load((folder_ / capture.path).string()).value()->source().state, capture.state);
  }
}

TEST_F(CatalogueTest, ATraceChangesWithTheSamplesThatBelongToIt) {
  write("run/node_1_5.tbtrace", recording(true));
  const Catalogue before = scan_all();
  EXPECT_EQ(before.captures.at(0).samples_stamp, FileStamp());
  write("run/node_2_5.tbsamples", samples(false));  // of another process
  write("run/node_1_9.tbsamples", samples(false));
  const Catalogue first = scan_all(&before);
  const auto size_bytes = [&](const Catalogue& found) {
    for (const Capture& capture : found.captures) {
      if (capture.format == "tbtrace") return capture.samples_stamp.size_bytes;
    }
    return std::uint64_t{0};
  };
  EXPECT_EQ(size_bytes(first), samples(false).size());
  write("run/node_1_9.tbsamples", samples(false) + samples(true));
  EXPECT_GT(size_bytes(scan_all(&first)), size_bytes(first));
}

TEST_F(CatalogueTest, LoadTakesTheNewestOfAFolder) {
  write("a/old.pt.trace.json", kTorch);
  write("b/new.tbtrace", recording(true));
  fs::last_write_time(folder_ / "a/old.pt.trace.json",
                      fs::last_write_time(folder_ / "b/new.tbtrace") - std::chrono::hours(1));
  const auto loaded = load(folder_.string());
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded.value()->source().format, "tbtrace");
  EXPECT_EQ(loaded.value()->steps().size(), 1u);
}

TEST_F(CatalogueTest, WhatCannotBeLoadedIsSaid) {
  EXPECT_EQ(load((folder_ / "missing").string()).error().code, proto::ErrorCode::not_found);
  EXPECT_EQ(load(folder_.string()).error().code, proto::ErrorCode::not_found);
  ASSERT_EQ(mkfifo((folder_ / "pipe.tbtrace").c_str(), 0600), 0);
  const auto pipe_load = load((folder_ / "pipe.tbtrace").string());
  ASSERT_FALSE(pipe_load.ok());
  EXPECT_NE(pipe_load.error().message.find("not a regular file"), std::string::npos);
}

TEST_F(CatalogueTest, NothingOutsideTheRootOpens) {
  write("in/x.txt", "inside");
  fs::create_symlink("/etc/passwd", folder_ / "absolute");
  fs::create_symlink("../../../../../../etc/passwd", folder_ / "climbing");
  fs::create_symlink("in/x.txt", folder_ / "good");
  for (const Confinement confinement : {Confinement::automatic, Confinement::walk}) {
    const Root logdir = Root::open(folder_.string(), confinement).take();
    for (const char* path :
         {"absolute", "climbing", "../etc/passwd", "/etc/passwd", "in/../../x"}) {
      EXPECT_FALSE(logdir.view(path).ok()) << path;
    }
    EXPECT_FALSE(logdir.view(std::string("in/x.txt\0y", 10)).ok());
    const auto good = logdir.view("good");
    ASSERT_TRUE(good.ok()) << good.error().message;
    EXPECT_EQ(good.value().bytes().size(), 6u);
    EXPECT_TRUE(logdir.view("in/../in/./x.txt").ok());
  }
}

TEST_F(CatalogueTest, MappedFileThatShrinksReadsAsZeros) {
  write("big.bin", "");
  const std::string path = (folder_ / "big.bin").string();
  ASSERT_EQ(truncate(path.c_str(), 80 << 20), 0);
  std::ofstream(path, std::ios::binary | std::ios::in).write("abc", 3);
  const Root logdir = root();
  const auto view = logdir.view("big.bin");
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view.value().bytes()[1], 'b');
  EXPECT_FALSE(view.value().shrank());
  ASSERT_EQ(truncate(path.c_str(), 4096), 0);
  EXPECT_TRUE(view.value().shrank());
  EXPECT_EQ(view.value().bytes()[50 << 20], 0);
}

}  // namespace
}  // namespace tbprof::analyzer
