// A process's place in a job, as launchers tell it.
#include "collector/job_place.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <initializer_list>
#include <string>
#include <utility>

namespace tbprof::collector {
namespace {

using Variables = std::initializer_list<std::pair<const char*, const char*>>;

class Job : public testing::Test {
 protected:
  void SetUp() override { clearenv(); }

  static JobPlace place(Variables variables) {
    clearenv();
    for (const auto& [name, value] : variables) setenv(name, value, 1);
    return read_job_place();
  }
  static std::string name(JobName kind, Variables variables) {
    place(variables);
    char text[64];
    read_job_name(kind, text, sizeof text);
    return text;
  }
};

void expect(const JobPlace& place, int rank, int world_size, int local_rank) {
  EXPECT_EQ(place.rank, rank);
  EXPECT_EQ(place.world_size, world_size);
  EXPECT_EQ(place.local_rank, local_rank);
}

TEST_F(Job, PlaceIsToldByEveryLauncher) {
  expect(place({{"RANK", "5"}, {"WORLD_SIZE", "16"}, {"LOCAL_RANK", "1"}}), 5, 16, 1);
  expect(place({{"OMPI_COMM_WORLD_RANK", "3"},
                {"OMPI_COMM_WORLD_SIZE", "4"},
                {"OMPI_COMM_WORLD_LOCAL_RANK", "3"}}),
         3, 4, 3);
  expect(place({{"PMI_RANK", "0"}, {"PMI_SIZE", "2"}, {"MPI_LOCALRANKID", "0"}}), 0, 2, 0);
  expect(place({{"SLURM_PROCID", "7"},
                {"SLURM_NTASKS", "8"},
                {"SLURM_LOCALID", "3"},
                {"SLURM_STEP_ID", "0"}}),
         7, 8, 3);
}

TEST_F(Job, PlaceOfTheInnerLauncherCounts) {
  expect(place({{"SLURM_PROCID", "1"},
                {"SLURM_NTASKS", "2"},
                {"SLURM_STEP_ID", "0"},
                {"RANK", "9"},
                {"WORLD_SIZE", "16"},
                {"LOCAL_RANK", "1"}}),
         9, 16, 1);
}

TEST_F(Job, BatchScriptOfSlurmIsNoTask) {
  expect(place({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "8"}, {"SLURM_JOB_ID", "1"}}), -1, -1, -1);
}

TEST_F(Job, NonsenseIsNoPlace) {
  expect(place({}), -1, -1, -1);
  expect(place({{"RANK", "x"}, {"WORLD_SIZE", "2"}}), -1, -1, -1);
  expect(place({{"RANK", "4"}, {"WORLD_SIZE", "4"}}), -1, -1, -1);
  expect(place({{"RANK", "4"}}), 4, -1, -1);
}

TEST_F(Job, NameIsWhatTheLauncherSharesBetweenNodes) {
  EXPECT_EQ(name(JobName::unique, {{"TORCHELASTIC_RUN_ID", "ab12"}}), "torchrun_ab12");
  EXPECT_EQ(name(JobName::unique, {{"SLURM_JOB_ID", "4711"}, {"SLURM_STEP_ID", "2"}}),
            "slurm_4711.2");
  EXPECT_EQ(name(JobName::unique, {{"PMIX_NAMESPACE", "prterun-a@1"}}), "pmix_prterun-a@1");
  EXPECT_EQ(name(JobName::any,
                 {{"MASTER_ADDR", "a"}, {"MASTER_PORT", "9"}, {"RANK", "0"}, {"WORLD_SIZE", "2"}}),
            "job_a_9");
}

TEST_F(Job, NameIsEmptyWhereNothingUniqueIsTold) {
  EXPECT_EQ(name(JobName::any, {}), "");
  EXPECT_EQ(name(JobName::unique, {{"TORCHELASTIC_RUN_ID", "none"}}), "");
  EXPECT_EQ(name(JobName::unique, {{"SLURM_JOB_ID", "4711"}}), "");  // a batch script
  EXPECT_EQ(name(JobName::any, {{"MASTER_ADDR", "a"}, {"MASTER_PORT", "9"}}), "");  // no rank
  EXPECT_EQ(name(JobName::unique,
                 {{"MASTER_ADDR", "a"}, {"MASTER_PORT", "9"}, {"RANK", "0"}, {"WORLD_SIZE", "2"}}),
            "");
  const std::string longer(100, 'x');
  EXPECT_EQ(name(JobName::unique, {{"TORCHELASTIC_RUN_ID", longer.c_str()}}), "");
}

}  // namespace
}  // namespace tbprof::collector
