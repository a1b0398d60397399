// What `tbprof run` says about the files of a recording.
#include "cli/recording_report.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/analyzer/import/tbtrace_file.h"

namespace tbprof::cli {
namespace {

namespace fs = std::filesystem;

enum class End { closed, cut };

class RecordingReport : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tbprof_report_XXXXXX";
    place_ = {mkdtemp(name), "r", "s"};
    fs::create_directories(place_.folder());
  }
  void TearDown() override { fs::remove_all(place_.logdir); }

  // A process with `steps` steps of 10 ms, each with one range in it; none: only the header.
  void process(const std::string& name, int steps, End end) {
    proto::TraceHeader header;
    header.start_monotonic_ns = 1000;
    tbprof::tests::TbtraceFile file(header);
    proto::TraceChunk chunk;
    chunk.strings = {"step", "range"};
    chunk.names = {{0, proto::Category::step}, {1, proto::Category::other}};
    chunk.tracks = {{.id = 0}};
    proto::SliceBlock& block = chunk.slices.emplace_back();
    for (int i = 0; i < steps; ++i) {
      const std::int64_t start_ns = 1000 + i * 10'000'000;
      block.start_ns.insert(block.start_ns.end(), {start_ns + 5, start_ns});
      block.duration_ns.insert(block.duration_ns.end(), {1000, 10'000'000});
      block.name_id.insert(block.name_id.end(), {1, 0});
      chunk.steps.push_back({0, i, start_ns, 10'000'000, 0});
    }
    if (steps > 0) file.add(chunk);
    if (end == End::closed) file.finish({});
    std::ofstream(place_.folder() + "/" + name + ".tbtrace", std::ios::binary) << file.bytes();
  }

  std::string said(const ProgramEnd& end = {}, const std::string& logdir = "runs") const {
    return describe_recording(place_, logdir, "./train", end);
  }
  static ProgramEnd killed(int signal) {
    ProgramEnd end;
    end.signal = signal;
    return end;
  }

  RecordingPlace place_;
};

TEST_F(RecordingReport, CountsRangesWithoutSteps) {
  process("a", 4, End::closed);
  EXPECT_NE(said().find("recorded 4 steps (median 10 ms) and 4 ranges, nothing lost\n"),
            std::string::npos)
      << said();
}

TEST_F(RecordingReport, WhatRanBeforeNoWindowOpenedIsNothing) {
  tbprof::tests::TbtraceFile file(proto::TraceHeader{});
  proto::TraceChunk chunk;
  chunk.strings = {"cudaLaunchKernel"};
  chunk.names = {{0, proto::Category::runtime_api}};
  chunk.tracks = {{.id = 0}};
  chunk.slices = {{0, {5}, {100}, {0}, {}, {}, {}}};
  chunk.properties = {{"window.schedule", "range=validation"}};
  chunk.noted_steps = {{0, 10, 100}, {1, 120, 100}};
  file.add(chunk);
  file.finish({});
  std::ofstream(place_.folder() + "/a.tbtrace", std::ios::binary) << file.bytes();
  EXPECT_EQ(said(),
            "tbprof: nothing was recorded: no window was opened in 2 steps that ./train made.\n");
}

TEST_F(RecordingReport, QuotesTheFolderForAShell) {
  process("a", 1, End::closed);
  EXPECT_NE(said({}, "dir with space").find("tbprof serve --logdir 'dir with space'\n"),
            std::string::npos);
  EXPECT_NE(said().find("tbprof serve --logdir runs\n"), std::string::npos);
}

TEST_F(RecordingReport, NothingCalledIsSaidOnlyWhereThereIsNoFile) {
  EXPECT_NE(said().find("called neither tbprof nor NVTX"), std::string::npos) << said();
  EXPECT_NE(said(killed(SIGSEGV)).find("was killed (Segmentation fault) before it called"),
            std::string::npos)
      << said(killed(SIGSEGV));
  process("a", 0, End::cut);
  for (const ProgramEnd& end : {ProgramEnd{}, killed(SIGSEGV)}) {
    EXPECT_EQ(said(end).find("called neither"), std::string::npos) << said(end);
    EXPECT_NE(said(end).find("before its first events were written.\n"), std::string::npos)
        << said(end);
  }
}

TEST_F(RecordingReport, AKillIsClaimedOnlyOfTheProgramItself) {
  process("a", 2, End::closed);
  process("b", 3, End::cut);
  EXPECT_EQ(said().find("was killed"), std::string::npos) << said();
  EXPECT_NE(said().find("; 1 of 2 processes ended without closing its recording (killed, _exit or "
                        "exec), recorded up to 30 ms after its start\n"),
            std::string::npos)
      << said();
  process("a", 2, End::cut);
  EXPECT_NE(said(killed(SIGKILL))
                .find("; the program was killed (Killed); 2 of 2 processes ended "
                      "without closing their recording, recorded up to 20 ms to "
                      "30 ms after their start\n"),
            std::string::npos)
      << said(killed(SIGKILL));
}

}  // namespace
}  // namespace tbprof::cli
