// The flags for GPUs: which variables they set, and what is refused.
#include "cli/gpu_flags.h"

#include <gtest/gtest.h>

#include "collector/environment.h"

namespace tbprof::cli {
namespace {

std::string variables(const GpuFlags& flags) {
  const auto environment = gpu_environment(flags);
  if (!environment.ok()) return environment.error().message;
  std::string text;
  for (const auto& [name, value] : environment.value()) text += name + "=" + value + ";";
  return text;
}

TEST(GpuFlags, SetTheirVariablesWhereTheyAreGiven) {
  EXPECT_EQ(variables({}), "");
  EXPECT_EQ(variables({.metrics = "default,a__b.sum"}), "TBPROF_METRICS=default,a__b.sum;");
  EXPECT_EQ(variables({.graph_nodes = true, .finalize = true}),
            "TBPROF_GRAPH_NODES=1;TBPROF_FINALIZE=1;");
}

TEST(GpuFlags, AnIntervalIsATimeWithOrWithoutAUnit) {
  const std::pair<const char*, const char*> times[] = {
      {"1ms", "1000"}, {"500us", "500"}, {"20", "20"}, {"1s", "1000000"}};
  for (const auto& [text, us] : times) {
    EXPECT_EQ(variables({.metrics = "default", .metrics_interval = text}),
              std::string("TBPROF_METRICS=default;TBPROF_METRICS_INTERVAL_US=") + us + ";");
  }
  for (const char* text : {"0", "19us", "2s", "ms", "1 ms", "-1ms", "1m", "4294967295s"}) {
    EXPECT_NE(variables({.metrics = "default", .metrics_interval = text}).find("from 20us to 1s"),
              std::string::npos)
        << text;
  }
}

TEST(GpuFlags, WhatIsNoListOfNamesIsRefused) {
  for (const char* names : {"a b", ",", "a,,b", "a;b"}) {
    EXPECT_NE(variables({.metrics = names}).find("--metrics takes"), std::string::npos) << names;
  }
  EXPECT_NE(variables({.metrics_interval = "1ms"}).find("needs --metrics"), std::string::npos);
}

}  // namespace
}  // namespace tbprof::cli
