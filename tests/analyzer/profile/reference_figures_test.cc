// Figures that other tools give for real traces, which lie outside the project.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "analyzer/load.h"
#include "analyzer/profile/device_busy.h"
#include "analyzer/profile/ranges.h"
#include "analyzer/profile/step_parts.h"

namespace tbprof::analyzer::profile {
namespace {

using proto::Category;
namespace fs = std::filesystem;

const fs::path kTraces = fs::path(TBPROF_SHARED_DATA) / "traces";

std::shared_ptr<const trace::Trace> load_trace(const fs::path& relative) {
  auto loaded = load((kTraces / relative).string());
  EXPECT_TRUE(loaded.ok()) << (loaded.ok() ? "" : loaded.error().message);
  return loaded.ok() ? loaded.take() : nullptr;
}

#define REQUIRE_TRACES(relative)                                                        \
  if (!fs::exists(kTraces / (relative))) {                                              \
    GTEST_SKIP() << "no " << (kTraces / (relative)) << ": reference traces are absent"; \
  }

struct AverageStep {
  const char* file;
  // Kernel, Memcpy, Memset, Communication, Runtime, DataLoader, CPU Exec, Other, Total in µs.
  std::array<double, 9> parts_us;
  // Collectives are told by kernel name here, by a list of operators in the reference: there they
  // partly stand under Kernel, so only the sum of both is compared.
  bool kernel_with_communication = false;
};

void PrintTo(const AverageStep& reference, std::ostream* out) { *out << reference.file; }

class AverageStepOf : public testing::TestWithParam<AverageStep> {};

TEST_P(AverageStepOf, MatchesTheReferencePlugin) {
  const AverageStep& reference = GetParam();
  REQUIRE_TRACES(reference.file);
  const auto trace = load_trace(reference.file);
  ASSERT_NE(trace, nullptr);
  const StepTable table = step_table(*trace);
  StepParts parts = step_parts(*trace, table);
  ASSERT_EQ(parts.keys.size(), 8u);
  std::array<double, 9> expected = reference.parts_us;
  if (reference.kernel_with_communication) {
    expected[0] += std::exchange(expected[3], 0);
    parts.mean_ns[0] += std::exchange(parts.mean_ns[3], 0);
  }
  // The reference adds up float64 µs since 1970, which are whole multiples of 0.125 or 0.25.
  for (std::size_t key = 0; key < 8; ++key) {
    EXPECT_NEAR(parts.mean_ns[key] / 1e3, expected[key], 0.05)
        << proto::category_name(parts.keys[key]);
  }
  EXPECT_NEAR(table.duration.mean / 1e3, expected[8], 0.0501);
}

INSTANTIATE_TEST_SUITE_P(
    ReferenceFigures, AverageStepOf,
    testing::Values(
        AverageStep{"kineto_2021/num_workers_0/worker0.1623143089861.pt.trace.json.gz",
                    {98588.67, 1915.33, 89, 0, 2907.5, 59261.83, 13674.17, 1155.67, 177592.17}},
        AverageStep{"kineto_2021/num_workers_4/worker0.1623212756351.pt.trace.json.gz",
                    {99144.67, 3159.83, 97.67, 0, 10564, 1186.17, 22664.83, 4250.83, 141068}},
        AverageStep{"h100/Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz",
                    {31760.06, 2.37, 143.05, 0, 589.71, 0, 1413.20, 1274.97, 35183.36}},
        AverageStep{
            "h100/google_owlv2-large-patch14-ensemble__1016001.json.gz",
            {551451.61, 14570.26, 737.60, 0, 9552.80, 619045.01, 7337.57, 8487.41, 1211182.3}},
        AverageStep{"memory/v100_2gpu_rank1_memory.json.gz",
                    {195571.8, 4372.4, 178.4, 8626.2, 18714, 0, 108852.8, 11228.4, 347544},
                    true}));

struct Timeline {
  const char* file;
  double computation_ms;
  double memcpy_exposed_ms;
  double busy_ms;
  double idle_ms;
  double total_ms;
};

TEST(ReferenceFigures, DeviceTimelineMatchesTraceLensToTheMicrosecond) {
  REQUIRE_TRACES("h100");
  const Timeline timelines[] = {{"h100/Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz", 31.903115,
                                 0.002368, 31.905483, 2.986936, 34.892419},
                                {"h100/google_owlv2-large-patch14-ensemble__1016001.json.gz",
                                 552.189214, 14.570259, 566.759473, 511.528906, 1078.288379}};
  for (const Timeline& reference : timelines) {
    const auto trace = load_trace(reference.file);
    ASSERT_NE(trace, nullptr);
    const auto devices = device_busy(*trace);
    ASSERT_EQ(devices.size(), 1u);
    const DeviceBusy& device = devices[0];
    const auto near = [](std::int64_t ns, double ms) {
      EXPECT_NEAR(static_cast<double>(ns) / 1e6, ms, 0.001);
    };
    near(device.computation_ns, reference.computation_ms);
    near(device.memcpy_exposed_ns, reference.memcpy_exposed_ms);
    near(device.busy_ns, reference.busy_ms);
    near(device.idle_ns, reference.idle_ms);
    near(device.span_ns, reference.total_ms);
    EXPECT_EQ(device.communication_ns, 0);
  }
}

TEST(ReferenceFigures, CommunicationOfEightRanksIsToldByKernelName) {
  REQUIRE_TRACES("dlrm_8_ranks");
  double alone_us = 0;
  double overlapped_us = 0;
  int files = 0;
  for (const auto& entry : fs::directory_iterator(kTraces / "dlrm_8_ranks")) {
    const auto trace = load_trace(fs::path("dlrm_8_ranks") / entry.path().filename());
    ASSERT_NE(trace, nullptr);
    for (const DeviceBusy& device : device_busy(*trace)) {
      alone_us += static_cast<double>(device.communication_exposed_ns) / 1e3;
      overlapped_us +=
          static_cast<double>(device.communication_ns - device.communication_exposed_ns) / 1e3;
    }
    ++files;
  }
  EXPECT_EQ(files, 8);
  // The reference rounds each time to whole µs and counts memsets apart.
  EXPECT_NEAR(alone_us, 46880, 0.01 * 46880);
  EXPECT_NEAR(overlapped_us, 1652, 0.03 * 1652);
}

nlohmann::json read_json(const fs::path& path) {
  std::ifstream file(path);
  return nlohmann::json::parse(file);
}

std::int64_t part_ns(const StepParts& parts, std::size_t step, Category category) {
  for (std::size_t key = 0; key < parts.keys.size(); ++key) {
    if (parts.keys[key] == category) return parts.parts_ns[step][key];
  }
  return 0;
}

TEST(ReferenceFigures, StepsAndLoaderTimesOfTodaysTorch) {
  REQUIRE_TRACES("torch_2_15/reference.json");
  std::size_t steps_seen = 0;
  for (const auto& file : read_json(kTraces / "torch_2_15/reference.json")) {
    if (!file.contains("steps") || file["steps"].empty()) continue;
    const std::string name = file["file"];
    SCOPED_TRACE(name);
    const auto trace = load_trace(fs::path("torch_2_15") / name);
    ASSERT_NE(trace, nullptr);
    const StepTable table = step_table(*trace);
    const StepParts parts = step_parts(*trace, table);
    ASSERT_EQ(table.steps.size(), file["steps"].size());
    for (std::size_t i = 0; i < table.steps.size(); ++i) {
      const auto& reference = file["steps"][i];
      const double duration_us = reference["duration_us"];
      const double loader_us = reference["dataloader_us"];
      EXPECT_NEAR(static_cast<double>(table.steps[i].duration_ns) / 1e3, duration_us, 0.0011);
      EXPECT_NEAR(static_cast<double>(part_ns(parts, i, Category::input)) / 1e3, loader_us, 0.0011);
      const std::string step_name = reference["name"];
      EXPECT_EQ("ProfilerStep#" + std::to_string(table.steps[i].number), step_name);
      EXPECT_TRUE(table.steps[i].complete);
      ++steps_seen;
    }
  }
  EXPECT_GE(steps_seen, 30u);
}

// The whole division, against the reference plugin. Its times went through float64 µs since 1970,
// and its list of collectives lacks all-to-all and barrier, which it takes for CPU Exec: only the
// sum of both is compared.
TEST(ReferenceFigures, PartsOfTodaysTorchMatchTheReferencePlugin) {
  REQUIRE_TRACES("torch_2_15/tb_plugin.json");
  std::size_t steps_seen = 0;
  for (const char* name : {"cnn_workers0/gpu-node-1_12689.1795252788780858429.pt.trace.json.gz",
                           "ddp_gloo_2_ranks/rank0.1795252849422152362.pt.trace.json.gz",
                           "ddp_gloo_2_ranks/rank1.1795252849423951196.pt.trace.json.gz"}) {
    SCOPED_TRACE(name);
    const nlohmann::json plugin = read_json(kTraces / "torch_2_15/tb_plugin.json")[name];
    const auto trace = load_trace(fs::path("torch_2_15") / name);
    ASSERT_NE(trace, nullptr);
    const StepTable table = step_table(*trace);
    const StepParts parts = step_parts(*trace, table);
    for (std::size_t i = 0; i < table.steps.size(); ++i) {
      const auto& reference = plugin["steps_us"][std::to_string(table.steps[i].number)];
      const auto part_us = [&](Category category) {
        return static_cast<double>(part_ns(parts, i, category)) / 1e3;
      };
      const double communication_us = reference["Communication"];
      const double host_us = reference["CPU Exec"];
      EXPECT_NEAR(part_us(Category::input), reference["DataLoader"].get<double>(), 0.5);
      EXPECT_NEAR(part_us(Category::other), reference["Other"].get<double>(), 0.5);
      EXPECT_NEAR(part_us(Category::communication) + part_us(Category::cpu_operator),
                  communication_us + host_us, 0.5);
      EXPECT_GE(part_us(Category::communication), communication_us - 0.5);
      ++steps_seen;
    }
  }
  EXPECT_EQ(steps_seen, 9u);
}

// Counts, total and self time of operators, against an oracle in plain Python.
TEST(ReferenceFigures, OperatorsOfTodaysTorch) {
  REQUIRE_TRACES("torch_2_15/reference.json");
  std::size_t rows_seen = 0;
  for (const auto& file : read_json(kTraces / "torch_2_15/reference.json")) {
    const std::string name = file["file"];
    if (!file.contains("operators") || !file["operators"].contains("top_by_total") ||
        name.find("stacks") != std::string::npos) {
      continue;
    }
    SCOPED_TRACE(name);
    const auto trace = load_trace(fs::path("torch_2_15") / name);
    ASSERT_NE(trace, nullptr);
    const RangeTable table = range_table(*trace);
    for (const auto& reference : file["operators"]["top_by_total"]) {
      const std::string operator_name = reference["name"];
      std::uint64_t count = 0;
      std::int64_t total_ns = 0;
      for (const RangeRow& row : table.rows) {
        if (row.name != operator_name) continue;
        count += row.count;
        total_ns += row.total_ns;
      }
      EXPECT_EQ(count, reference["count"].get<std::uint64_t>()) << operator_name;
      EXPECT_NEAR(static_cast<double>(total_ns) / 1e3, reference["total_us"].get<double>(), 0.01)
          << operator_name;
      ++rows_seen;
    }
  }
  EXPECT_GE(rows_seen, 50u);
}

}  // namespace
}  // namespace tbprof::analyzer::profile
