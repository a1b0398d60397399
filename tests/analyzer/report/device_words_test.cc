// What the terminal and the page say of how the GPU was recorded.
#include "analyzer/report/device_words.h"

#include <gtest/gtest.h>

#include "analyzer/report/capture_report.h"
#include "tests/analyzer/small_trace.h"

namespace tbprof::analyzer::report {
namespace {

using tests::Category;
using tests::SmallTrace;
using Sentences = std::vector<std::string>;

TEST(DeviceWords, NothingIsSaidWhereAllIsAsUsual) {
  SmallTrace small;
  small.slice(small.stream(0, 7), "gemm", Category::kernel, 0, 10);
  small.builder().add_property("cuda.graphs", "by launch");
  small.builder().add_property("cuda.cupti_start_ns", "400000000");
  EXPECT_EQ(device_sentences(*small.seal()), Sentences{});
}

TEST(DeviceWords, WhatIsMissingIsSaidWithItsReason) {
  SmallTrace small;
  small.builder().add_property("cuda.not_recorded", "no libcupti.so.13 or .12 was found");
  small.builder().add_property("cuda.stepped_aside", "torch.profiler");
  small.builder().add_property("cuda.stopped", "the memory was used up");
  small.builder().add_property("cuda.metrics_not_sampled", "the driver forbids it");
  const auto trace = small.seal();
  EXPECT_EQ(device_sentences(*trace),
            (Sentences{"GPU activity was not recorded: no libcupti.so.13 or .12 was found.",
                       "torch.profiler took over CUPTI, which serves one tool at a time: from then "
                       "on GPU activity was not recorded.",
                       "From some time on GPU work was not recorded: the memory was used up.",
                       "Hardware metrics were not sampled: the driver forbids it."}));
  EXPECT_EQ(capture_json(*trace)["device_notes"].size(), 4u);
}

TEST(DeviceWords, GraphsAreSaidToBeRecordedByLaunchOrByNode) {
  SmallTrace by_launch;
  by_launch.slice(by_launch.stream(0, 7), "CUDA graph 3 (contents not recorded)", Category::kernel,
                  0, 10);
  EXPECT_EQ(
      device_sentences(*by_launch.seal()),
      Sentences{"CUDA graphs are recorded by launch; --graph-nodes records what runs in them."});
  SmallTrace by_node;
  const auto row = by_node.slice(by_node.stream(0, 7), "gemm", Category::kernel, 0, 10);
  by_node.builder().add_attribute(row, "graph node", "5");
  EXPECT_EQ(device_sentences(*by_node.seal()), Sentences{"CUDA graphs are recorded by node."});
}

TEST(DeviceWords, ALongStartOfCuptiIsSaid) {
  SmallTrace small;
  small.slice(small.stream(0, 7), "gemm", Category::kernel, 0, 10);
  small.builder().add_property("cuda.cupti_start_ns", "7200000000");
  const Sentences sentences = device_sentences(*small.seal());
  ASSERT_EQ(sentences.size(), 1u);
  EXPECT_TRUE(sentences[0].starts_with("CUPTI took 7")) << sentences[0];
}

}  // namespace
}  // namespace tbprof::analyzer::report
