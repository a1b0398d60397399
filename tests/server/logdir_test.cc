// A real folder: pieces of files, looks at large ones, and folders that cannot be read for a
// moment.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <map>

#include "analyzer/catalogue.h"
#include "analyzer/mapping_guard.h"
#include "server/capture_library.h"
#include "tests/analyzer/import/tbtrace_file.h"

namespace tbprof::server {
namespace {

namespace fs = std::filesystem;

class Logdir : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "tbprof_logdir_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& relative, const std::string& content) {
    fs::create_directories((folder_ / relative).parent_path());
    std::ofstream(folder_ / relative, std::ios::binary) << content;
  }
  fs::path folder_;
};

TEST_F(Logdir, AFileComesInPiecesAndStaysTheOneThatWasOpened) {
  write("a/one.pt.trace.json", "0123456789");
  analyzer::Capture capture;
  capture.path = "a/one.pt.trace.json";
  const auto source = open_logdir(folder_.string()).file(capture);
  ASSERT_TRUE(source.ok());
  EXPECT_EQ(source.value().size_bytes, 10u);
  EXPECT_EQ(source.value().read(3, 4).value(), "3456");
  EXPECT_EQ(source.value().read(8, 100).value(), "89");
  fs::rename(folder_ / "a/one.pt.trace.json", folder_ / "a/two");
  EXPECT_EQ(source.value().read(0, 1).value(), "0");
  capture.path = "../outside";
  EXPECT_FALSE(open_logdir(folder_.string()).file(capture).ok());
}

// Whole records at the front of files that are longer than any disk.
TEST_F(Logdir, EndlessFilesHoldUpNoOther) {
  const auto recording = [](std::uint64_t file_id) {
    tests::TbtraceFile file({}, file_id);
    proto::TraceChunk chunk;
    chunk.strings = {"work"};
    chunk.names = {{0, proto::Category::other}};
    chunk.tracks = {{.id = 0, .tid = 1}};
    chunk.slices.emplace_back();
    chunk.slices[0].start_ns = {100};
    chunk.slices[0].duration_ns = {50};
    chunk.slices[0].name_id = {0};
    file.add(chunk);
    return file.bytes();
  };
  constexpr std::uintmax_t kEndlessBytes = std::uintmax_t{1} << 40;
  const std::vector<std::string> endless = {"a/1.tbtrace", "a/2.tbtrace", "a/3.tbtrace"};
  for (const std::string& path : endless) {
    write(path, recording(path[2]));
    std::error_code error;
    fs::resize_file(folder_ / path, kEndlessBytes, error);
    if (error) GTEST_SKIP() << "The file system keeps no such file: " << error.message();
  }
  write("b/small.tbtrace", recording(9));
  CaptureLibrary library(open_logdir(folder_.string()), std::size_t{8} << 30);
  library.rescan();
  std::map<std::string, std::string> ids;
  for (const auto& capture : library.snapshot()->catalogue.captures) ids[capture.path] = capture.id;
  std::vector<std::promise<std::string>> ended(endless.size());
  for (std::size_t i = 0; i < endless.size(); ++i) {
    library.open_later(
        ids.at(endless[i]),
        [&ended, i](const proto::Result<CaptureLibrary::Opened>& opened) {
          ended[i].set_value(opened.ok() ? opened.value().trace->source().state_detail : "");
        },
        [] { return true; });
  }
  EXPECT_TRUE(library.open(ids.at("b/small.tbtrace")).ok());
  for (auto& one : ended) {
    EXPECT_NE(one.get_future().get().find("no whole record stands"), std::string::npos);
  }
}

// Where no mapping is to be had, a large file is not copied for a look at its first bytes.
TEST_F(Logdir, ALookAtALargeFileCopiesNothing) {
  write("large.json", "{}");
  fs::resize_file(folder_ / "large.json", std::uintmax_t{65} << 20);
  void* page = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int taken = 0;
  while (analyzer::guard_mapping(page, 4096)) ++taken;
  const auto root = analyzer::Root::open(folder_.string());
  const auto view = root.value().peek("large.json");
  for (int i = 0; i < taken; ++i) analyzer::unguard_mapping(page);
  munmap(page, 4096);
  EXPECT_GT(taken, 0);
  ASSERT_FALSE(view.ok());
  EXPECT_EQ(view.error().code, proto::ErrorCode::unavailable);
  EXPECT_TRUE(root.value().peek("large.json").ok());
}

// Walking to a folder two levels down takes two descriptors at once: with one left, it cannot be
// listed, while the log directory itself can.
TEST_F(Logdir, WhatCannotBeListedForAMomentStays) {
  write("a/b/one.pt.trace.json", "{\"traceEvents\":[]}");
  write("a/b/other.json", "nothing");
  const auto root = analyzer::Root::open(folder_.string(), analyzer::Confinement::walk);
  const auto before = analyzer::scan(root.value());
  ASSERT_EQ(before.value().captures.size(), 1u);
  const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(next);
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit one_left{static_cast<rlim_t>(next) + 1, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &one_left), 0);
  analyzer::ScanOptions options;
  options.previous = &before.value();
  const auto after = analyzer::scan(root.value(), options);
  setrlimit(RLIMIT_NOFILE, &limit);
  ASSERT_TRUE(after.ok());
  EXPECT_FALSE(after.value().problems.empty());
  ASSERT_EQ(after.value().captures.size(), 1u);
  EXPECT_EQ(after.value().captures[0].id, before.value().captures[0].id);
  EXPECT_EQ(after.value().runs.size(), 1u);
  fs::remove_all(folder_ / "a");
  EXPECT_TRUE(analyzer::scan(root.value(), options).value().captures.empty());
}

}  // namespace
}  // namespace tbprof::server
