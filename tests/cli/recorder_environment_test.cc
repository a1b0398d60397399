#include "cli/recorder_environment.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

namespace tbprof::cli {
namespace {

namespace fs = std::filesystem;

class RecorderEnvironment : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tbprof_environment_XXXXXX";
    folder_ = mkdtemp(name);
    unsetenv("NVTX_INJECTION64_PATH");
    unsetenv("CUDA_INJECTION64_PATH");
    unsetenv("PYTHONPATH");
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::map<std::string, std::string> environment(
      const RecordingRequest& request, const std::string& library = "/lib/libtbprof.so") const {
    std::map<std::string, std::string> values;
    for (const auto& [name, value] :
         recorder_environment(request, {"/logs", "first", "2026"}, library)) {
      values[name] = value;
    }
    return values;
  }

  std::string folder_;
};

TEST_F(RecorderEnvironment, TellsTheRecorderWhereToWriteAndTheDriverWhomToLoad) {
  const std::map<std::string, std::string> expected = {
      {"TBPROF_LOGDIR", "/logs"},
      {"TBPROF_RUN", "first"},
      {"TBPROF_SESSION", "2026"},
      {"TBPROF_LIBRARY", "/lib/libtbprof.so"},
      {"NVTX_INJECTION64_PATH", "/lib/libtbprof.so"},
      {"CUDA_INJECTION64_PATH", "/lib/libtbprof.so"}};
  EXPECT_EQ(environment({}), expected);
}

TEST_F(RecorderEnvironment, PassesThePatternAndTheSilenceOn) {
  RecordingRequest request;
  request.step_pattern = "batch #";
  request.quiet = true;
  const auto values = environment(request);
  EXPECT_EQ(values.at("TBPROF_STEP_PATTERN"), "batch #");
  EXPECT_EQ(values.at("TBPROF_QUIET"), "1");
}

TEST_F(RecorderEnvironment, PutsTheHookBesideTheLibraryBeforePythonsSearchPath) {
  for (const std::string place : {"lib/tbprof/python/start", "python/start"}) {
    const std::string start = folder_ + "/" + place;
    fs::create_directories(folder_ + "/lib");
    fs::create_directories(start);
    std::ofstream(start + "/sitecustomize.py") << "x";
    const std::string library = folder_ + "/lib/libtbprof.so";
    EXPECT_EQ(environment({}, library).at("PYTHONPATH"), start);
    setenv("PYTHONPATH", "", 1);
    EXPECT_EQ(environment({}, library).at("PYTHONPATH"), start);
    setenv("PYTHONPATH", ":/a::/b", 1);
    EXPECT_EQ(environment({}, library).at("PYTHONPATH"), start + "::/a::/b");
    setenv("PYTHONPATH", (start + ":/a").c_str(), 1);
    EXPECT_EQ(environment({}, library).at("PYTHONPATH"), start + ":/a");
    setenv("PYTHONPATH", start.c_str(), 1);
    EXPECT_EQ(environment({}, library).at("PYTHONPATH"), start);
    unsetenv("PYTHONPATH");
    fs::remove_all(folder_ + "/lib");
  }
}

TEST_F(RecorderEnvironment, LeavesAnotherInjectedLibraryAloneAndSaysSo) {
  setenv("NVTX_INJECTION64_PATH", "/opt/other.so", 1);
  EXPECT_EQ(environment({}).count("NVTX_INJECTION64_PATH"), 0u);
  const auto notes = environment_notes("/lib/libtbprof.so");
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("/opt/other.so"), std::string::npos);
  unsetenv("NVTX_INJECTION64_PATH");
  EXPECT_TRUE(environment_notes("/lib/libtbprof.so").empty());
}

TEST_F(RecorderEnvironment, ChoosesAFreeNameBelowAnAbsoluteFolder) {
  RecordingRequest request;
  request.logdir = folder_ + "/new/./logs/";
  const auto place = choose_place(request, "/usr/bin/train");
  ASSERT_TRUE(place.ok()) << place.error().message;
  EXPECT_EQ(place.value().logdir, folder_ + "/new/logs");
  EXPECT_EQ(place.value().run.rfind("train_20", 0), 0u) << place.value().run;
  EXPECT_TRUE(fs::is_directory(place.value().logdir));
}

TEST_F(RecorderEnvironment, AStepPatternNamesTheNumber) {
  for (const char* good : {"", "batch #", "#", "batch #|iter_#", "ProfilerStep##"}) {
    EXPECT_TRUE(check_step_pattern(good).ok()) << good;
  }
  for (const char* bad : {"batch", "(", "batch #|iter", "|", "batch #|", "batch|iter #"}) {
    const auto checked = check_step_pattern(bad);
    ASSERT_FALSE(checked.ok()) << bad;
    EXPECT_NE(checked.error().message.find("--step-pattern"), std::string::npos);
  }
}

TEST_F(RecorderEnvironment, TwoRecordingsOfOneNameHaveASessionEach) {
  RecordingRequest request;
  request.logdir = folder_;
  request.name = "a/b";
  std::set<std::string> folders;
  for (int i = 0; i < 4; ++i) {
    const auto place = choose_place(request, "train");
    ASSERT_TRUE(place.ok()) << place.error().message;
    EXPECT_TRUE(fs::is_directory(place.value().folder()));
    EXPECT_TRUE(folders.insert(place.value().folder()).second) << place.value().folder();
  }
}

TEST_F(RecorderEnvironment, LeavesNoEmptyFoldersBehindAndNothingElseIsRemoved) {
  RecordingRequest request;
  request.logdir = folder_;
  request.name = "old/run";
  fs::create_directory(folder_ + "/old");
  const auto empty = choose_place(request, "train");
  ASSERT_TRUE(empty.ok());
  remove_if_empty(empty.value());
  EXPECT_TRUE(fs::is_directory(folder_ + "/old"));
  EXPECT_FALSE(fs::exists(folder_ + "/old/run"));

  const auto full = choose_place(request, "train");
  ASSERT_TRUE(full.ok());
  std::ofstream(full.value().folder() + "/x.tbtrace") << "x";
  remove_if_empty(full.value());
  EXPECT_TRUE(fs::exists(full.value().folder() + "/x.tbtrace"));
}

TEST_F(RecorderEnvironment, LeavesNoEmptyLogDirectoryThatItMade) {
  for (const char* logdir : {"/new", "/new/logs/"}) {
    RecordingRequest request;
    request.logdir = folder_ + logdir;
    const auto place = choose_place(request, "train");
    ASSERT_TRUE(place.ok()) << place.error().message;
    remove_if_empty(place.value());
    EXPECT_FALSE(fs::exists(folder_ + "/new")) << logdir;
    EXPECT_TRUE(fs::is_directory(folder_));
  }
}

TEST_F(RecorderEnvironment, RefusesNamesThatLeaveTheFolder) {
  for (const char* name : {"..", "../a", "a/../../b", "/a", ".", "a/./b"}) {
    RecordingRequest request;
    request.logdir = folder_;
    request.name = name;
    EXPECT_FALSE(choose_place(request, "train").ok()) << name;
  }
  for (const char* name : {"a", "a/b", "lr_0.1", "..a"}) {
    RecordingRequest request;
    request.logdir = folder_;
    request.name = name;
    EXPECT_TRUE(choose_place(request, "train").ok()) << name;
  }
}

TEST_F(RecorderEnvironment, AFolderThatCannotBeMadeIsOneSentenceWithTheRemedy) {
  RecordingRequest request;
  request.logdir = "/proc/none";
  const auto place = choose_place(request, "train");
  ASSERT_FALSE(place.ok());
  EXPECT_NE(place.error().message.find("--logdir"), std::string::npos);
}

}  // namespace
}  // namespace tbprof::cli
