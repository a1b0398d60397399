#include "tests/cuda/standin_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "analyzer/load.h"
#include "collector/environment.h"

namespace tbprof::cuda {

using proto::Category;

namespace {

Printed printed_by(const std::string& out) {
  Printed printed;
  std::istringstream lines(out);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    if (kind == "kernel") {
      Printed::Kernel kernel;
      words >> kernel.name >> kernel.stream >> kernel.correlation_id >> kernel.start_ns >>
          kernel.end_ns >> kernel.thread;
      printed.kernels.push_back(kernel);
    } else if (kind == "sum") {
      std::string what;
      words >> what >> printed.sums[what];
    }
  }
  return printed;
}

}  // namespace

Recorded record(const std::string& scenario, int launches, const RecordOptions& asked) {
  const tests::TemporaryFolder folder;
  tests::RunOptions options;
  options.environment = asked.others;
  if (asked.record_it) {
    for (const std::string& variable :
         {std::string(collector::kLogdirVariable) + "=" + folder.path(),
          std::string(collector::kCudaInjectionVariable) + "=" + TBPROF_LIBRARY,
          std::string("TSAN_OPTIONS=die_after_fork=0")}) {
      options.environment.push_back(variable);
    }
  }
  options.environment.push_back("TBPROF_STANDIN=" + asked.standin);
  const std::string folders = TBPROF_STANDIN_FOLDER;
  if (asked.with_folder) {
    options.environment.push_back(
        "LD_LIBRARY_PATH=" + (asked.folder.empty() ? "" : asked.folder + ":") + folders +
        (asked.with_nvml ? ":" + folders + "/nvml" : ""));
  }
  Recorded recorded;
  recorded.outcome =
      tests::run_program({TBPROF_STANDIN_PROGRAM, scenario, std::to_string(launches)}, options);
  recorded.captures = tests::read_captures(folder.path());
  // Who is killed at once may leave a file in which nothing stands yet.
  const bool is_blank = recorded.captures.size() == 1 && recorded.captures[0].header.file_id == 0 &&
                        recorded.outcome.killed_by(SIGKILL);
  if (recorded.captures.size() == 1 && !is_blank) {
    auto loaded = analyzer::load(folder.path());
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    if (loaded.ok()) recorded.trace = loaded.value();
  }
  recorded.printed = printed_by(recorded.outcome.out);
  return recorded;
}

std::map<std::int64_t, std::vector<trace::Slice>> kernels_by_stream(const trace::Trace& trace) {
  std::map<std::int64_t, std::vector<trace::Slice>> kernels;
  for (trace::SliceId id = 0; id < trace.slice_count(); ++id) {
    if (trace.category_of(id) != Category::kernel) continue;
    kernels[trace.tracks()[trace.lane_of(id).track].stream].push_back(trace.slice(id));
  }
  for (auto& [stream, slices] : kernels) {
    std::sort(slices.begin(), slices.end(),
              [](const trace::Slice& a, const trace::Slice& b) { return a.start_ns < b.start_ns; });
  }
  return kernels;
}

void expect_every_kernel(const Recorded& recorded) {
  ASSERT_NE(recorded.trace, nullptr);
  const trace::Trace& trace = *recorded.trace;
  auto found = kernels_by_stream(trace);
  std::map<std::int64_t, std::vector<Printed::Kernel>> wanted;
  for (const auto& kernel : recorded.printed.kernels) wanted[kernel.stream].push_back(kernel);
  ASSERT_EQ(found.size(), wanted.size());
  for (auto& [stream, kernels] : wanted) {
    const std::vector<trace::Slice>& slices = found[stream];
    ASSERT_EQ(slices.size(), kernels.size()) << "stream " << stream;
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      EXPECT_EQ(slices[i].duration_ns, kernels[i].end_ns - kernels[i].start_ns);
      // Times between kernels are the device's; only the two clocks' drift may show.
      EXPECT_NEAR(static_cast<double>(slices[i].start_ns - slices[0].start_ns),
                  static_cast<double>(kernels[i].start_ns - kernels[0].start_ns), 50'000.0);
    }
  }
}

std::string fact_of(const trace::Trace& trace, trace::SliceId slice, std::string_view key) {
  for (const trace::Attribute& attribute : trace.attributes()) {
    if (attribute.key != key) continue;
    for (std::size_t i = 0; i < attribute.slice.size(); ++i) {
      if (attribute.slice[i] == slice) return trace.value_text(attribute.value[i]);
    }
  }
  return "";
}

std::vector<trace::SliceId> slices_named(const trace::Trace& trace, std::string_view name) {
  std::vector<trace::SliceId> found;
  for (trace::SliceId id = 0; id < trace.slice_count(); ++id) {
    if (trace.names()[trace.slice(id).name].text == name) found.push_back(id);
  }
  return found;
}

}  // namespace tbprof::cuda
