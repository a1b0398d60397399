// The reference plugin's own small cases: which of its definitions of a step hold here.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "analyzer/load.h"
#include "analyzer/profile/step_parts.h"

namespace tbprof::analyzer::profile {
namespace {

namespace fs = std::filesystem;
using proto::Category;

// Kernel, Memcpy, Memset, Communication, Runtime, DataLoader, CPU Exec, Other, Total in µs.
using Costs = std::array<std::int64_t, 9>;
constexpr Category kKeys[] = {Category::kernel,        Category::memcpy,      Category::memset,
                              Category::communication, Category::runtime_api, Category::input,
                              Category::cpu_operator,  Category::other};

struct SmallCase {
  const char* name;
  std::vector<Costs> steps;  // complete ones
};

TEST(SmallCases, StepsAreDividedAsInTheReferencePlugin) {
  const fs::path folder = fs::path(TBPROF_SHARED_DATA) / "traces/small_cases";
  if (!fs::exists(folder)) GTEST_SKIP() << "no " << folder << ": reference traces are absent";
  const SmallCase cases[] = {
      {"test_all_categories", {{15, 10, 5, 0, 30, 180, 35, 125, 400}}},
      {"test_last_steps_no_kernel", {{180, 0, 0, 0, 5, 0, 5, 30, 220}}},
      {"test_multiple_profilersteps_no_overlap",
       {{0, 40, 0, 0, 5, 0, 55, 120, 220}, {200, 0, 0, 0, 5, 0, 45, 10, 260}}},
      {"test_multiple_profilersteps_with_overlap",
       {{0, 100, 0, 0, 5, 0, 15, 20, 140}, {200, 0, 0, 0, 5, 0, 25, 0, 230}}},
      {"test_pure_cpu", {{0, 0, 0, 0, 0, 0, 10, 190, 200}, {0, 0, 0, 0, 0, 0, 40, 60, 100}}},
      {"test_runtime_called_by_profilerstep", {{8, 0, 0, 0, 20, 0, 0, 272, 300}}},
  };
  for (const SmallCase& reference : cases) {
    SCOPED_TRACE(reference.name);
    const auto loaded =
        load((folder / (std::string(reference.name) + ".worker0.1.trace.json")).string());
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    const StepTable table = step_table(*loaded.value());
    const StepParts parts = step_parts(*loaded.value(), table);
    ASSERT_EQ(table.duration.count, reference.steps.size());
    for (std::size_t step = 0; step < reference.steps.size(); ++step) {
      std::map<Category, std::int64_t> found;
      for (std::size_t key = 0; key < parts.keys.size(); ++key) {
        found[parts.keys[key]] = parts.parts_ns[step][key];
      }
      for (std::size_t key = 0; key < std::size(kKeys); ++key) {
        EXPECT_EQ(found[kKeys[key]], reference.steps[step][key] * 1000)
            << proto::category_name(kKeys[key]) << " of step " << step;
      }
      EXPECT_EQ(table.steps[step].duration_ns, reference.steps[step][8] * 1000);
    }
  }
}

}  // namespace
}  // namespace tbprof::analyzer::profile
