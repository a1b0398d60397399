#include "analyzer/profile/step_parts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <random>
#include <vector>

#include "tests/analyzer/small_trace.h"

namespace tbprof::analyzer::profile {
namespace {

using tests::Category;
using tests::SmallTrace;

std::map<Category, std::int64_t> parts_of(const trace::Trace& trace, std::size_t step = 0) {
  const StepTable table = step_table(trace);
  const StepParts parts = step_parts(trace, table);
  std::map<Category, std::int64_t> result;
  for (std::size_t key = 0; key < parts.keys.size(); ++key) {
    result[parts.keys[key]] = parts.parts_ns[step][key];
  }
  const auto& values = parts.parts_ns[step];
  EXPECT_EQ(std::accumulate(values.begin(), values.end(), std::int64_t{0}),
            table.steps[step].duration_ns)
      << "parts must add up to the step";
  return result;
}

TEST(StepParts, BySelfTimeTakeTheInnermostRange) {
  SmallTrace small;
  const auto main = small.thread("main");
  small.step(main, 1, 0, 1000);
  small.slice(main, "next batch", Category::input, 0, 100);
  small.slice(main, "forward", Category::forward, 100, 500);
  small.slice(main, "all_reduce", Category::communication, 300, 350);
  small.slice(main, "layer", Category::other, 150, 250);  // counts as forward
  small.slice(main, "backward", Category::backward, 500, 800);
  small.slice(main, "update", Category::optimizer, 850, 900);
  auto parts = parts_of(*small.seal());
  EXPECT_EQ(parts[Category::input], 100);
  EXPECT_EQ(parts[Category::forward], 350);
  EXPECT_EQ(parts[Category::communication], 50);
  EXPECT_EQ(parts[Category::backward], 300);
  EXPECT_EQ(parts[Category::optimizer], 50);
  EXPECT_EQ(parts[Category::checkpoint], 0);
  EXPECT_EQ(parts[Category::other], 150);
}

TEST(StepParts, OperatorsWithinOurPhasesCountForThese) {
  SmallTrace small;
  const auto main = small.thread("main");
  small.step(main, 1, 0, 1000);
  small.slice(main, "forward", Category::forward, 100, 500);
  small.slice(main, "aten::mul", Category::cpu_operator, 150, 250);
  small.slice(main, "aten::zero_", Category::cpu_operator, 600, 700);
  auto parts = parts_of(*small.seal());
  EXPECT_EQ(parts[Category::forward], 400);
  EXPECT_EQ(parts[Category::other], 600);
}

TEST(StepParts, BySelfTimeLookAtTheStepsThreadOnly) {
  SmallTrace small;
  const auto main = small.thread("main", 1);
  const auto loader = small.thread("loader", 2);
  small.step(main, 1, 0, 100);
  small.slice(main, "forward", Category::forward, 20, 60);
  small.slice(loader, "decode", Category::input, 0, 100);
  auto parts = parts_of(*small.seal());
  EXPECT_EQ(parts[Category::input], 0);
  EXPECT_EQ(parts[Category::forward], 40);
  EXPECT_EQ(parts[Category::other], 60);
}

TEST(StepParts, BySelfTimeCutRangesAtTheStep) {
  SmallTrace small;
  const auto main = small.thread("main");
  small.step(main, 1, 100, 200);
  small.step(main, 2, 200, 300);
  small.slice(main, "forward", Category::forward, 50, 250);
  const auto trace = small.seal();
  EXPECT_EQ(parts_of(*trace, 0)[Category::forward], 100);
  EXPECT_EQ(parts_of(*trace, 1)[Category::forward], 50);
  EXPECT_EQ(parts_of(*trace, 1)[Category::other], 50);
}

TEST(StepParts, ByPriorityCountAMomentOnce) {
  SmallTrace small;
  const auto main = small.thread("main");
  const auto compute = small.stream(0, 7);
  const auto copy = small.stream(0, 8);
  small.step(main, 1, 0, 1000);
  small.slice(main, "step 1", Category::step, 0, 1000);  // the marker is no host work
  small.slice(main, "enumerate(DataLoader)#_Iter.__next__", Category::annotation, 0, 200);
  small.slice(main, "aten::mm", Category::cpu_operator, 200, 400);
  small.slice(main, "cudaLaunchKernel", Category::runtime_api, 250, 350);
  small.slice(compute, "gemm", Category::kernel, 300, 500);
  small.slice(copy, "Memcpy HtoD", Category::memcpy, 450, 600);
  small.slice(compute, "Memset", Category::memset, 590, 650);
  small.slice(compute, "ncclDevKernel_AllToAll", Category::kernel, 640, 700);
  small.slice(main, "train.py(3): step", Category::python, 0, 1000);
  auto parts = parts_of(*small.seal());
  EXPECT_EQ(parts[Category::kernel], 200);
  EXPECT_EQ(parts[Category::memcpy], 100);
  EXPECT_EQ(parts[Category::memset], 50);
  EXPECT_EQ(parts[Category::communication], 50);
  EXPECT_EQ(parts[Category::runtime_api], 50);
  EXPECT_EQ(parts[Category::input], 200);
  EXPECT_EQ(parts[Category::cpu_operator], 50);
  EXPECT_EQ(parts[Category::other], 300);
}

TEST(StepParts, AKernelThatTakesTheWholeStepLeavesNothing) {
  SmallTrace small;
  const auto main = small.thread("main");
  const auto stream = small.stream(0, 7);
  small.step(main, 1, 0, 100);
  small.slice(stream, "gemm", Category::kernel, 0, 100);
  small.slice(main, "aten::mm", Category::cpu_operator, 0, 100);
  auto parts = parts_of(*small.seal());
  EXPECT_EQ(parts[Category::kernel], 100);
  EXPECT_EQ(parts[Category::cpu_operator], 0);
}

TEST(StepParts, WithoutADeviceHaveNoDeviceKeys) {
  SmallTrace small;
  const auto main = small.thread("main");
  const auto gloo = small.thread("gloo", 2);
  small.step(main, 1, 0, 100);
  small.slice(main, "aten::mm", Category::cpu_operator, 0, 60);
  small.slice(gloo, "gloo:all_reduce", Category::annotation, 40, 80);
  const auto trace = small.seal();
  auto parts = parts_of(*trace);
  EXPECT_EQ(parts.count(Category::kernel), 0u);
  EXPECT_EQ(parts[Category::communication], 40);
  EXPECT_EQ(parts[Category::cpu_operator], 40);
  EXPECT_EQ(parts[Category::other], 20);
}

TEST(StepParts, NameThePartThatGrew) {
  SmallTrace small;
  const auto main = small.thread("main");
  for (std::int64_t i = 0; i < 5; ++i) {
    const std::int64_t input = i == 3 ? 80 : 10;
    const std::int64_t start = i * 1000;
    small.step(main, i, start, start + 100 + input);
    small.slice(main, "next", Category::input, start, start + input);
    small.slice(main, "forward", Category::forward, start + input, start + input + 100);
  }
  const auto trace = small.seal();
  const StepTable table = step_table(*trace);
  const StepParts parts = step_parts(*trace, table);
  ASSERT_EQ(table.slow.size(), 1u);
  const GrownPart grown = grown_part(parts, table.slow[0].step);
  EXPECT_EQ(parts.keys[grown.key], Category::input);
  EXPECT_EQ(grown.grown_ns, 70);
}

// The definition, moment by moment: the first role in order of priority that anything has then.
class PriorityOracle {
 public:
  static constexpr std::int64_t kEndNs = 120;
  void add(Category key, std::int64_t start_ns, std::int64_t end_ns) {
    const auto rank = std::find(kKeys.begin(), kKeys.end(), key) - kKeys.begin();
    for (std::int64_t ns = start_ns; ns < std::min(end_ns, kEndNs); ++ns) {
      first_[ns] = std::min(first_[ns], static_cast<std::size_t>(rank));
    }
  }
  std::vector<std::int64_t> parts_of(const StepTime& step) const {
    std::vector<std::int64_t> parts(kKeys.size(), 0);
    for (std::int64_t ns = step.start_ns; ns < step.end_ns(); ++ns) {
      ++parts[ns < kEndNs ? first_[ns] : kKeys.size() - 1];
    }
    return parts;
  }

 private:
  static constexpr std::array kKeys = {
      Category::kernel,      Category::memcpy, Category::memset,       Category::communication,
      Category::runtime_api, Category::input,  Category::cpu_operator, Category::other};
  std::vector<std::size_t> first_ = std::vector<std::size_t>(kEndNs, kKeys.size() - 1);
};

// Slices nest and overlap as they come; Python frames and GPU annotations have no role.
TEST(StepParts, ByPriorityAgreeWithTheDefinitionOnRandomTraces) {
  constexpr std::array kHost = {Category::runtime_api, Category::input, Category::cpu_operator,
                                Category::communication, Category::python};
  constexpr std::array kDevice = {Category::kernel, Category::memcpy, Category::memset,
                                  Category::communication, Category::gpu_annotation};
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::size_t end) {
      return static_cast<std::int64_t>(random() % static_cast<std::uint32_t>(end));
    };
    SmallTrace small;
    PriorityOracle oracle;
    std::vector<trace::TrackId> tracks = {small.thread("main", 1), small.thread("other", 2),
                                          small.stream(0, 7), small.stream(0, 8)};
    // Steps with gaps, or of two threads and overlapping.
    for (std::int64_t i = 0; i < 4; ++i) {
      const std::int64_t start_ns = i * 25 + below(seed % 2 == 0 ? 5 : 25);
      small.step(tracks[0], i, start_ns, start_ns + 20);
    }
    small.slice(tracks[2], "gemm", Category::kernel, 0, 1);
    oracle.add(Category::kernel, 0, 1);
    for (std::int64_t i = below(40); i >= 0; --i) {
      const auto track = static_cast<std::size_t>(below(tracks.size()));
      const Category category = (track < 2 ? kHost : kDevice)[static_cast<std::size_t>(below(5))];
      const std::int64_t start_ns = below(100);
      const std::int64_t end_ns = start_ns + below(random() % 2 == 0 ? 60 : 8);
      small.slice(tracks[track], "x", category, start_ns, end_ns);
      const bool has_role = category != Category::python && category != Category::gpu_annotation;
      if (has_role) oracle.add(category, start_ns, end_ns);
    }
    const auto trace = small.seal();
    const StepTable table = step_table(*trace);
    const StepParts parts = step_parts(*trace, table);
    for (std::size_t i = 0; i < table.steps.size(); ++i) {
      std::vector<std::int64_t> expected = oracle.parts_of(table.steps[i]);
      ASSERT_EQ(parts.parts_ns[i], expected) << "seed " << seed << ", step " << i;
    }
  }
}

// The definition, moment by moment: the lowest lane with a category of its own decides.
TEST(StepParts, BySelfTimeAgreeWithTheDefinitionOnRandomTraces) {
  constexpr std::array kOwn = {Category::input,     Category::forward,       Category::backward,
                               Category::optimizer, Category::communication, Category::checkpoint};
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t end) { return static_cast<std::int64_t>(random() % end); };
    SmallTrace small;
    const std::array threads = {small.thread("main", 1), small.thread("other", 2)};
    for (std::int64_t i = 0; i < 4; ++i) {
      const std::int64_t start_ns = i * 25 + below(seed % 2 == 0 ? 5 : 25);
      small.step(threads[seed % 3 == 0 ? static_cast<std::size_t>(i % 2) : 0], i, start_ns,
                 start_ns + 20);
    }
    for (std::int64_t i = below(40); i >= 0; --i) {
      const auto kind = static_cast<std::size_t>(below(8));
      const std::int64_t start_ns = below(100);
      small.slice(threads[static_cast<std::size_t>(below(2))], "x",
                  kind < kOwn.size() ? kOwn[kind] : Category::other, start_ns,
                  start_ns + below(random() % 2 == 0 ? 60 : 8));
    }
    const auto trace = small.seal();
    const StepTable table = step_table(*trace);
    const StepParts parts = step_parts(*trace, table);
    for (std::size_t i = 0; i < table.steps.size(); ++i) {
      const StepTime& step = table.steps[i];
      std::vector<std::int64_t> expected(kOwn.size() + 1, 0);
      for (std::int64_t ns = step.start_ns; ns < step.end_ns(); ++ns) {
        std::size_t decides = kOwn.size();
        for (const trace::Lane& lane : trace->lanes_of(trace->tracks()[step.track])) {
          for (trace::SliceId id = lane.first_slice; id < lane.first_slice + lane.slice_count;
               ++id) {
            const trace::Slice slice = trace->slice(id);
            const auto key = static_cast<std::size_t>(
                std::find(kOwn.begin(), kOwn.end(), trace->category_of(id)) - kOwn.begin());
            if (key < kOwn.size() && slice.start_ns <= ns && ns < slice.end_ns()) decides = key;
          }
        }
        ++expected[decides];
      }
      ASSERT_EQ(parts.parts_ns[i], expected) << "seed " << seed << ", step " << i;
    }
  }
}

}  // namespace
}  // namespace tbprof::analyzer::profile
