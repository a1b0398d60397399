// Which metrics a chip can sample, and in which unit, asked of the real libcupti: its host side
// needs no GPU.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "cuda/metric_config.h"
#include "tests/collector/capture.h"

namespace tbprof::cuda {
namespace {

class MetricConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    if (tests::kHasShadowMemory) {
      GTEST_SKIP()
          << "libcupti opens libnvperf_host.so with RTLD_DEEPBIND, which sanitizers refuse";
    }
    void* cupti = dlopen(TBPROF_LIBCUPTI, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(cupti, nullptr) << dlerror();
    const char* missing = open_metrics(cupti, library_);
    if (missing != nullptr) GTEST_SKIP() << missing;
    load_counter_library(cupti);
    auto ask = with_size<CUpti_Profiler_Host_GetSupportedChips_Params>(
        CUpti_Profiler_Host_GetSupportedChips_Params_STRUCT_SIZE);
    auto* chips = reinterpret_cast<decltype(&cuptiProfilerHostGetSupportedChips)>(
        dlsym(cupti, "cuptiProfilerHostGetSupportedChips"));
    if (chips == nullptr || chips(&ask) != CUPTI_SUCCESS) {
      GTEST_SKIP() << "libnvperf_host.so is not beside libcupti, or refuses to tell its chips";
    }
    for (std::size_t i = 0; i < ask.numChips; ++i) chips_.insert(ask.ppChipNames[i]);
  }
  MetricsLibrary library_;
  std::set<std::string> chips_;
};

TEST_F(MetricConfigTest, EveryChipSinceTuringHasADefaultSetOfOnePass) {
  std::size_t tried = 0;
  for (const char* chip :
       {"TU102", "TU104", "GA100", "GA102", "AD102", "AD104", "GH100", "GB100", "GB202", "GB203"}) {
    SCOPED_TRACE(chip);
    if (chips_.count(chip) == 0) continue;
    ++tried;
    MetricConfig config;
    ASSERT_TRUE(config.build(library_, chip, "default", nullptr)) << config.reason();
    EXPECT_GE(config.metrics().size(), 6u);
    EXPECT_STREQ(config.metrics()[0].title, "SMs active");
    EXPECT_STREQ(config.metrics()[0].unit, "%");
    EXPECT_FALSE(config.image().empty());
    for (const Metric& metric : config.metrics()) EXPECT_STRNE(metric.unit, "") << metric.name;
  }
  EXPECT_GE(tried, 4u);
}

TEST_F(MetricConfigTest, AHopperHasAllOfTheDefaultSet) {
  MetricConfig config;
  ASSERT_TRUE(config.build(library_, "GH100", "default", nullptr)) << config.reason();
  std::string titles;
  for (const Metric& metric : config.metrics()) titles += std::string(metric.title) + ";";
  EXPECT_EQ(titles,
            "SMs active;tensor cores active;DRAM read;DRAM written;warps in flight;instructions "
            "executed;PCIe read;PCIe written;NVLink received;NVLink sent;");
  EXPECT_STREQ(config.metrics()[2].unit, "bytes/s");
}

TEST_F(MetricConfigTest, NamesComeFirstAndTheSetFillsTheRoomThatTheyLeave) {
  MetricConfig config;
  const char* asked =
      "default,dram__throughput.avg.pct_of_peak_sustained_elapsed,"
      "sm__cycles_active.avg.pct_of_peak_sustained_elapsed";
  ASSERT_TRUE(config.build(library_, "GH100", asked, nullptr)) << config.reason();
  EXPECT_STREQ(config.metrics()[0].title, "dram__throughput.avg.pct_of_peak_sustained_elapsed");
  // Asked for by its name it keeps it, and is not there twice.
  EXPECT_STREQ(config.metrics()[1].title, "sm__cycles_active.avg.pct_of_peak_sustained_elapsed");
  EXPECT_GT(config.metrics().size(), 5u);
  std::set<std::string> names;
  for (const Metric& metric : config.metrics()) names.insert(metric.name);
  EXPECT_EQ(names.size(), config.metrics().size());
}

TEST_F(MetricConfigTest, WhatCannotBeSampledIsSaidWithARemedy) {
  const std::pair<const char*, const char*> cases[] = {
      {"sm__throughput.avg.pct_of_peak_sustained_elapsed", "runs of the same work"},
      {"nosuch__metric.sum", "no metric of the name nosuch__metric.sum"},
      {"sm__cycles_active", "behind each comes .avg"},
  };
  for (const auto& [asked, said] : cases) {
    MetricConfig config;
    EXPECT_FALSE(config.build(library_, "GH100", asked, nullptr)) << asked;
    EXPECT_NE(std::string(config.reason()).find(said), std::string::npos) << config.reason();
  }
  MetricConfig config;
  EXPECT_FALSE(config.build(library_, "ZZ999", "default", nullptr));
  EXPECT_NE(std::string(config.reason()).find("as new as the GPU"), std::string::npos)
      << config.reason();
}

// Before CUDA 12.6 there is no sampling.
TEST(MetricsLibraryTest, AnOlderLibraryIsRefusedWithARemedy) {
  const std::string path =
      std::string(TBPROF_CUPTI_VERSIONS) + "/12.4/nvidia/cuda_cupti/lib/libcupti.so.12";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there: run ./setup.sh";
  void* cupti = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(cupti, nullptr) << dlerror();
  MetricsLibrary library;
  const char* missing = open_metrics(cupti, library);
  ASSERT_NE(missing, nullptr);
  EXPECT_NE(std::string(missing).find("CUDA 12.6"), std::string::npos);
}

using collector::is_metric_list;

TEST(MetricList, IsNamesDividedByCommas) {
  EXPECT_TRUE(is_metric_list("default"));
  EXPECT_TRUE(is_metric_list("a__b.sum,TPC.TriageCompute.sm__cycles_active.avg"));
  EXPECT_FALSE(is_metric_list(""));
  EXPECT_FALSE(is_metric_list("a,,b"));
  EXPECT_FALSE(is_metric_list("a b"));
  EXPECT_FALSE(is_metric_list("a,"));
  EXPECT_FALSE(is_metric_list(std::string(128, 'a')));
  std::string many = "a0";
  for (int i = 1; i < 17; ++i) many += ",a" + std::to_string(i);
  EXPECT_FALSE(is_metric_list(many));
}

}  // namespace
}  // namespace tbprof::cuda
