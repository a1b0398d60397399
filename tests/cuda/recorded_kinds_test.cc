// Everything but kernels as it reaches the trace: who waits for what, memory and its pools, copies
// between devices, graphs, contexts, host functions, and the GPU memory that recording takes.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/cuda/standin_run.h"

namespace tbprof::cuda {
namespace {

using proto::Category;

// The only slice of the name; none fails the test.
trace::SliceId only(const trace::Trace& trace, std::string_view name) {
  const auto found = slices_named(trace, name);
  EXPECT_EQ(found.size(), 1u) << name;
  return found.empty() ? trace::kNone : found[0];
}

class RecordedKinds : public testing::Test {
 protected:
  void run(const std::string& scenario, const RecordOptions& options = {}) {
    recorded_ = record(scenario, 3, options);
    ASSERT_NE(recorded_.trace, nullptr);
  }
  const trace::Trace& trace() const { return *recorded_.trace; }
  std::string fact(std::string_view name, std::string_view key) const {
    return fact_of(trace(), only(trace(), name), key);
  }
  Recorded recorded_;
};

TEST_F(RecordedKinds, AWaitSaysForWhatItWaits) {
  run("one_of_each");
  const std::string_view wait = "Stream waits for event";
  EXPECT_EQ(fact(wait, "waits for"), "event 5 on stream 7 of GPU 0");
  EXPECT_EQ(fact(wait, "waiting stream"), "13");
  EXPECT_EQ(fact(wait, "event sync id"), "");
  EXPECT_NE(fact(wait, "event recorded by call"), "");
  EXPECT_NE(fact(wait, "call"), "");
}

TEST_F(RecordedKinds, CopiesAndMemsetsSayWhereTo) {
  run("one_of_each");
  const std::string_view peer = "Memcpy PtoP (Device -> Device)";
  EXPECT_EQ(fact(peer, "to GPU"), "1");
  EXPECT_EQ(fact(peer, "bytes"), "8192");
  EXPECT_EQ(fact(peer, "the host"), "");
  EXPECT_EQ(fact("Memset (Device)", "value"), "90");
  EXPECT_EQ(fact("Memcpy HtoD (Pageable -> Device)", "the host"), "waits for it");
}

TEST_F(RecordedKinds, GraphsAreRecordedByLaunchAndTheTraceSaysSo) {
  run("one_of_each");
  EXPECT_EQ(trace().property("cuda.graphs"), "by launch");
  const std::string_view graph = "CUDA graph 31 (contents not recorded)";
  EXPECT_EQ(fact(graph, "graph"), "31");
  const auto links = trace().links_to(only(trace(), graph));
  ASSERT_EQ(links.size(), 1u);
  EXPECT_EQ(trace().category_of(links[0].from), Category::runtime_api);
}

TEST_F(RecordedKinds, GraphsByNodeAreAskedFor) {
  run("one_of_each", {.others = {"TBPROF_GRAPH_NODES=1"}});
  EXPECT_EQ(trace().property("cuda.graphs"), "by node");
  // The stand-in makes a launch's record only if its kind is enabled, as CUPTI does.
  EXPECT_TRUE(slices_named(trace(), "CUDA graph 31 (contents not recorded)").empty());
}

TEST_F(RecordedKinds, MemoryHasAddressesSizesAndPools) {
  run("one_of_each");
  EXPECT_EQ(fact("Create memory pool", "memory pool"), "0xab00");
  EXPECT_EQ(fact("Create memory pool", "bytes"), "33554432");
  EXPECT_EQ(fact("Free (Device)", "address"), "0x1000");
  EXPECT_EQ(fact("Free (Device)", "bytes"), "1048576");
  EXPECT_EQ(slices_named(trace(), "Allocate (Device)").size(), 2u);
}

TEST_F(RecordedKinds, OverheadIsNamedByItsKind) {
  run("one_of_each");
  EXPECT_EQ(trace().category_of(only(trace(), "Launch queue full")), Category::overhead);
}

TEST_F(RecordedKinds, HostFunctionsAreThereWhereCuptiHasThem) {
  run("one_of_each", {.standin = "v131"});
  EXPECT_EQ(fact("Host function", "waiting stream"), "7");
  run("one_of_each");
  EXPECT_TRUE(slices_named(trace(), "Host function").empty());
}

TEST_F(RecordedKinds, LongerKernelsOfALaterVersionAreRead) {
  run("plain", {.standin = "v131"});
  expect_every_kernel(recorded_);
}

TEST_F(RecordedKinds, AContextOfLaterHasItsDeviceStreamAndClusters) {
  run("late_context");
  expect_every_kernel(recorded_);
  EXPECT_EQ(trace().property("cuda.context2"), "GPU 1, null stream 20, 66 multiprocessors");
  EXPECT_EQ(trace().property("cuda.context2.stream21"),
            "priority -5, does not wait for the null stream");
  const auto late = slices_named(trace(), "late()");
  ASSERT_EQ(late.size(), 3u);
  EXPECT_EQ(trace().tracks()[trace().lane_of(late[0]).track].device, 1);
  EXPECT_EQ(fact_of(trace(), late[0], "cluster"), "[2,1,1]");
}

TEST_F(RecordedKinds, TheGpuMemoryThatRecordingTakesIsTold) {
  run("plain");
  EXPECT_EQ(trace().property("cuda.gpu_memory_limit_bytes_per_context"), "134217728");
  // Four buffers of 4 MiB are there from the beginning.
  EXPECT_EQ(trace().property("gpu0.profiler_memory_bytes"), "16777216");
  run("plain", {.others = {"TBPROF_GPU_MEMORY_MB=8"}});
  EXPECT_EQ(trace().property("cuda.gpu_memory_limit_bytes_per_context"), "8388608");
  EXPECT_EQ(trace().property("gpu0.profiler_memory_bytes"), "8388608");
}

}  // namespace
}  // namespace tbprof::cuda
