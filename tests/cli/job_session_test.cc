// Several recordings of one job share a session; those of the next do not.
#include "cli/job_session.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "cli/recorder_environment.h"

namespace tbprof::cli {
namespace {

namespace fs = std::filesystem;

class JobSessions : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tbprof_job_XXXXXX";
    logdir_ = mkdtemp(name);
    unset();
  }
  void TearDown() override {
    unset();
    fs::remove_all(logdir_);
  }
  static void unset() {
    for (const char* variable :
         {"SLURM_JOB_ID", "SLURM_STEP_ID", "SLURM_PROCID", "SLURM_NTASKS", "RANK", "WORLD_SIZE",
          "TORCHELASTIC_RUN_ID", "PMIX_NAMESPACE", "MASTER_ADDR", "MASTER_PORT"}) {
      unsetenv(variable);
    }
  }
  static void be_task(const char* job, const char* rank) {
    setenv("SLURM_JOB_ID", job, 1);
    setenv("SLURM_STEP_ID", "0", 1);
    setenv("SLURM_PROCID", rank, 1);
    setenv("SLURM_NTASKS", "2", 1);
  }
  RecordingPlace place(const std::string& session = "") const {
    RecordingRequest request;
    request.logdir = logdir_;
    request.session = session;
    auto place = choose_place(request, "/usr/bin/train");
    EXPECT_TRUE(place.ok());
    return place.value();
  }

  std::string logdir_;
};

TEST_F(JobSessions, RanksOfAJobWriteIntoOneFolder) {
  be_task("4711", "0");
  const RecordingPlace first = place();
  be_task("4711", "1");
  const RecordingPlace second = place();
  EXPECT_EQ(first.folder(), second.folder());
  EXPECT_EQ(first.run, "train_slurm_4711.0");
  EXPECT_EQ(first.session, "slurm_4711.0");
  be_task("4712", "0");
  EXPECT_NE(place().folder(), first.folder());
}

TEST_F(JobSessions, NextRecordingOfTheSameJobIsAnother) {
  be_task("4711", "0");
  const RecordingPlace first = place();
  const RecordingPlace again = place();
  EXPECT_NE(again.folder(), first.folder());
  be_task("4711", "1");
  EXPECT_EQ(place().folder(), first.folder());
  EXPECT_EQ(place().folder(), again.folder());
}

TEST_F(JobSessions, EverybodyJoinsTheSessionThatTheUserNames) {
  EXPECT_EQ(place("night").folder(), place("night").folder());
  EXPECT_EQ(place("night").session, "night");
  EXPECT_EQ(place("night").run, "train_night");
}

TEST_F(JobSessions, NameThatIsNoFolderIsRefused) {
  for (const char* name : {"a/b", "..", ".hidden", "with space"}) {
    EXPECT_FALSE(job_session(name).ok()) << name;
  }
}

TEST_F(JobSessions, EmptySessionLeavesNothingBehind) {
  be_task("4711", "0");
  const RecordingPlace mine = place();
  remove_if_empty(mine);
  EXPECT_FALSE(fs::exists(mine.folder()));
  be_task("4711", "1");
  const RecordingPlace other = place();
  std::ofstream(other.folder() + "/node1_1_1.tbtrace") << "x";
  remove_if_empty(other);
  EXPECT_TRUE(fs::exists(other.mark));
}

TEST_F(JobSessions, WithoutAJobEveryRecordingIsItsOwn) {
  EXPECT_EQ(job_session("").value().name, "");
  EXPECT_NE(place().folder(), place().folder());
}

}  // namespace
}  // namespace tbprof::cli
