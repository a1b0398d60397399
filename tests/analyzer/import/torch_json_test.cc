#include "analyzer/import/torch_json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

#include "analyzer/import/foreign_format.h"
#include "analyzer/import/gzip.h"
#include "analyzer/load.h"
#include "tests/analyzer/import/gzip_bytes.h"

namespace tbprof::analyzer::import {
namespace {

using proto::Category;

const std::string kTraces = TBPROF_SHARED_DATA "/traces/";

std::shared_ptr<const trace::Trace> read_text(const std::string& text) {
  const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(text.data()),
                                            text.size());
  auto trace = TorchJsonImporter().import({"sample.pt.trace.json", bytes, false});
  EXPECT_TRUE(trace.ok()) << trace.error().message;
  return trace.ok() ? trace.value() : nullptr;
}

std::map<Category, std::size_t> count_by_category(const trace::Trace& trace) {
  std::map<Category, std::size_t> counts;
  for (trace::SliceId id = 0; id < trace.slice_count(); ++id) ++counts[trace.category_of(id)];
  return counts;
}

// The slice of that name; the test fails if there is none.
trace::Slice slice_named(const trace::Trace& trace, std::string_view name) {
  for (trace::SliceId id = 0; id < trace.slice_count(); ++id) {
    if (trace.names()[trace.slice(id).name].text == name) return trace.slice(id);
  }
  ADD_FAILURE() << "no slice " << name;
  return {};
}

std::string attribute_of(const trace::Trace& trace, trace::SliceId slice, std::string_view key) {
  for (const trace::Attribute& attribute : trace.attributes()) {
    if (attribute.key != key) continue;
    const auto found = std::lower_bound(attribute.slice.begin(), attribute.slice.end(), slice);
    if (found == attribute.slice.end() || *found != slice) continue;
    const auto index = static_cast<std::size_t>(found - attribute.slice.begin());
    return trace.value_text(attribute.value[index]);
  }
  return "";
}

constexpr const char* kSmall = R"json({
  "schemaVersion": 1,
  "deviceProperties": [ { "id": 0, "name": "NVIDIA H100", "numSms": 132 } ],
  "distributedInfo": {"backend": "nccl", "rank": 3, "world_size": 8},
  "traceEvents": [
  { "ph": "X", "cat": "user_annotation", "name": "ProfilerStep#12", "pid": 9, "tid": 9,
    "ts": 4399371050578.414, "dur": 100.001, "args": { "External id": 1 } },
  { "ph": "X", "cat": "cpu_op", "name": "aten::mm", "pid": 9, "tid": "9",
    "ts": 4399371050580, "dur": 50, "args": { "External id": 2, "Input Dims": [[2, 3], [3, 4]] } },
  { "ph": "X", "cat": "cuda_runtime", "name": "cudaLaunchKernel", "pid": 9, "tid": 9,
    "ts": 4399371050590.5, "dur": 5, "args": { "cbid": 211, "correlation": 77 } },
  { "ph": "X", "cat": "kernel", "name": "gemm<\"float\">", "pid": 0, "tid": 7,
    "ts": 4399371050600.0009, "dur": 20.0,
    "args": { "device": 0, "stream": 7, "correlation": 77, "grid": [ 4, 1, 1 ] } },
  { "ph": "X", "cat": "gpu_user_annotation", "name": "ProfilerStep#12", "pid": 0, "tid": 7,
    "ts": 4399371050599, "dur": 30.0, "args": { "External id": 1 } },
  { "ph": "i", "s": "t", "cat": "cpu_instant_event", "name": "[memory]", "pid": 9, "tid": 9,
    "ts": 4399371050581, "args": { "Total Allocated": 512, "Bytes": 512, "Device Id": 0,
    "Device Type": 1, "Total Reserved": 2048 } },
  { "ph": "s", "id": 77, "pid": 9, "tid": 9, "ts": 4399371050590.5, "cat": "ac2g", "name": "ac2g" },
  { "name": "process_name", "ph": "M", "pid": 9, "tid": 0, "args": { "name": "python" } },
  { "name": "thread_name", "ph": "M", "pid": 9, "tid": 9, "args": { "name": "thread 9 (python)"
}
}
  ],
  "baseTimeNanoseconds": 1790857026000000000
  })json";

TEST(TorchJson, ReadsTheShapeOfTodaysReleases) {
  const auto trace = read_text(kSmall);
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->start_unix_ns(), 1790857026000000000 + 4399371050578414);
  EXPECT_EQ(trace->duration_ns(), 100001);
  ASSERT_EQ(trace->steps().size(), 1u);
  EXPECT_EQ(trace->steps()[0].number, 12);
  EXPECT_EQ(trace->steps()[0].duration_ns, 100001);
  const trace::Slice kernel = slice_named(*trace, "gemm<\"float\">");
  EXPECT_EQ(kernel.start_ns, 4399371050600001 - 4399371050578414);
  const trace::Slice launch = slice_named(*trace, "cudaLaunchKernel");
  ASSERT_EQ(trace->links_from(launch.id).size(), 1u);
  EXPECT_EQ(trace->links_from(launch.id)[0].to, kernel.id);
  EXPECT_EQ(trace->lane_of(launch.id).depth, 2u);
  EXPECT_EQ(attribute_of(*trace, kernel.id, "grid"), "[4,1,1]");
  EXPECT_EQ(attribute_of(*trace, slice_named(*trace, "aten::mm").id, "Input Dims"),
            "[[2,3],[3,4]]");
  EXPECT_EQ(trace->property("gpu0.name"), "NVIDIA H100");
  EXPECT_EQ(trace->property("distributedInfo.rank"), "3");
  ASSERT_EQ(trace->counters().size(), 2u);
  EXPECT_EQ(trace->counters()[0].name, "GPU 0 allocated bytes");
  EXPECT_EQ(trace->counters()[0].value, std::vector<double>{512});
  const trace::Track& thread = trace->tracks()[trace->lane_of(launch.id).track];
  EXPECT_EQ(thread.name, "thread 9 (python)");
  EXPECT_EQ(thread.group, "python 9");
  EXPECT_EQ(trace->tracks()[trace->lane_of(kernel.id).track].name, "stream 7");
  // An annotation around kernels leaves the stream to them.
  trace::SliceId mark = 0;
  while (trace->category_of(mark) != proto::Category::gpu_annotation) ++mark;
  const trace::Track& marks = trace->tracks()[trace->lane_of(mark).track];
  EXPECT_EQ(trace->lane_of(kernel.id).depth, 0u);
  EXPECT_EQ(marks.name, "stream 7, annotations");
  EXPECT_EQ(marks.group, "GPU 0");
  EXPECT_EQ(marks.device, 0);
  EXPECT_TRUE(trace->losses().empty());
}

TEST(TorchJson, GzipOfOneOrManyMembersGivesTheSame) {
  const std::string text = kSmall;
  const std::string one = tbprof::tests::gzip_bytes(text);
  const std::string many = tbprof::tests::gzip_bytes(text.substr(0, 100)) +
                           tbprof::tests::gzip_bytes(text.substr(100, 900)) +
                           tbprof::tests::gzip_bytes(text.substr(1000));
  for (const std::string& packed : {one, many}) {
    const auto trace = read_text(packed);
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace->slice_count(), 5u);
    EXPECT_EQ(trace->source().state, trace::RecordingState::finished);
  }
}

TEST(TorchJson, CutGzipGivesWhatComesBefore) {
  std::string text = "{\"traceEvents\": [";
  for (int i = 0; i < 5000; ++i) {
    text += "{\"ph\": \"X\", \"cat\": \"cpu_op\", \"name\": \"op" +
            std::to_string(i * 7919 % 5000) +
            "\", \"pid\": 1, \"tid\": 1, \"ts\": " + std::to_string(i * 10) + ", \"dur\": 5},\n";
  }
  text += "]}";
  const std::string packed = tbprof::tests::gzip_bytes(text);
  const auto trace = read_text(packed.substr(0, packed.size() / 2));
  ASSERT_TRUE(trace);
  EXPECT_GT(trace->slice_count(), 1000u);
  EXPECT_LT(trace->slice_count(), 5000u);
  EXPECT_EQ(trace->source().state, trace::RecordingState::cut);
  EXPECT_NE(trace->source().state_detail.find("gzip"), std::string::npos);
}

TEST(TorchJson, EveryCutOfATraceIsReadOrRefusedInOneSentence) {
  const std::string text = kSmall;
  for (std::size_t size = 0; size < text.size(); ++size) {
    const std::string part = text.substr(0, size);
    const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(part.data()),
                                              part.size());
    const auto trace = TorchJsonImporter().import({"cut.json", bytes, false});
    if (trace.ok()) {
      EXPECT_LE(trace.value()->slice_count(), 5u);
      if (size + 2 < text.size()) {
        EXPECT_EQ(trace.value()->source().state, trace::RecordingState::cut) << size;
      }
    } else {
      EXPECT_FALSE(trace.error().message.empty());
    }
  }
}

TEST(TorchJson, UnescapedQuotesCostNoEvent) {
  const auto trace = read_text(
      R"([{"name": "say "hi"", "ph": "X", "ts": 293, "dur": 296, "tid": 1, "pid": "CPU functions", "args": {}},
          {"name": "aten::empty", "ph": "X", "ts": 295, "dur": 0, "tid": 1, "pid": "CPU functions", "args": {}}])");
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->slice_count(), 2u);
  EXPECT_EQ(slice_named(*trace, "say \"hi\"").duration_ns, 296000);
  EXPECT_EQ(slice_named(*trace, "aten::empty").duration_ns, 0);
}

TEST(TorchJson, BrokenEventsAreCountedWithTheirOffset) {
  const auto trace = read_text(
      R"({"traceEvents": [{"ph": "X", "name": "a", "pid": 1, "tid": 1, "ts": 1, "dur": 1},
          {"ph": "X", "name": oops "b" 3},
          {"ph": "X", "name": "c", "pid": 1, "tid": 1, "ts": 5, "dur": 1},
          {"ph": "X", "name": "no time", "pid": 1, "tid": 1, "dur": 1},
          {"ph": "X", "name": "years", "pid": 1, "tid": 1, "ts": 5, "dur": 604800000001},
          {"ph": "X", "name": "far", "pid": 1, "tid": 1, "ts": 904800000001, "dur": 1},
          {"ph": "Q", "name": "odd", "pid": 1, "tid": 1, "ts": 5}]})");
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->slice_count(), 2u);
  std::map<std::string, std::uint64_t> losses;
  for (const trace::Loss& loss : trace->losses()) {
    losses[loss.kind] += loss.count;
    EXPECT_NE(loss.detail.find("at byte"), std::string::npos) << loss.detail;
  }
  EXPECT_EQ(losses["broken_event"], 1u);
  EXPECT_EQ(losses["bad_timestamp"], 2u);
  EXPECT_EQ(losses["too_long"], 1u);
  EXPECT_EQ(losses["unknown_event"], 1u);
}

TEST(TorchJson, AMisreadFirstTimeLeavesOutItselfOnly) {
  std::string text = R"([{"ph":"X","name":"bad","pid":1,"tid":1,"ts":0,"dur":1})";
  for (int i = 0; i < 5; ++i) {
    text += R"(,{"ph":"X","name":"good","pid":1,"tid":1,"dur":1,"ts":16000000000000)" +
            std::to_string(10 + i) + "}";
  }
  const auto trace = read_text(text + "]");
  ASSERT_NE(trace, nullptr);
  EXPECT_EQ(trace->slice_count(), 5u);
  ASSERT_EQ(trace->losses().size(), 1u);
  EXPECT_EQ(trace->losses()[0].kind, "bad_timestamp");
  EXPECT_EQ(trace->losses()[0].count, 1u);
}

// Each of the two would take minutes if it looked at every byte anew for each event or member.
TEST(TorchJson, ManyBrokenEventsAndManyMembersAreReadInOnePass) {
  const std::string good = R"({"ph":"X","ts":1,"dur":1,"pid":1,"tid":1,"name":"a"})";
  std::string broken = "[" + good;
  for (int i = 0; i < 400'000; ++i) broken += R"(,{"a":"b"c)";
  const auto read = read_text(broken + "," + good + "]");
  ASSERT_NE(read, nullptr);
  // One near the end takes the good event behind it, as far as 64 KiB, for a part of its own text.
  EXPECT_EQ(read->slice_count(), 1u);
  ASSERT_FALSE(read->losses().empty());
  EXPECT_GT(read->losses()[0].count, 390'000u);

  const std::string plain(4096, ' ');
  const std::string member = tbprof::tests::gzip_bytes(plain);
  std::string packed;
  for (int i = 0; i < 40'000; ++i) packed += member;
  const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(packed.data()),
                                            packed.size());
  const auto inflated = inflate_gzip(bytes, "spaces.json.gz");
  ASSERT_TRUE(inflated.ok());
  EXPECT_EQ(inflated.value().size_bytes, 40'000 * plain.size());
}

TEST(TorchJson, SaysWhereItIsCut) {
  const std::string events =
      R"({"traceEvents":[{"ph":"X","name":"a","pid":1,"tid":1,"ts":1,"dur":1})";
  const auto inside = read_text(events + ",");
  EXPECT_NE(inside->source().state_detail.find("inside the list of events"), std::string::npos);
  const auto behind = read_text(events + R"(],"traceName":"abc)");
  EXPECT_EQ(behind->source().state, trace::RecordingState::cut);
  EXPECT_NE(behind->source().state_detail.find("behind its events"), std::string::npos);
  EXPECT_EQ(behind->slice_count(), 1u);
}

TEST(TorchJson, ADeviceBeyondAnyOrdinalIsNotTheFirst) {
  const auto trace = read_text(
      R"([{"ph":"X","cat":"kernel","name":"k","pid":0,"tid":7,"ts":1,"dur":1,"args":{"device":0}},)"
      R"({"ph":"X","cat":"kernel","name":"k","pid":0,"tid":7,"ts":9,"dur":1,)"
      R"("args":{"device":4294967296}}])");
  ASSERT_EQ(trace->tracks().size(), 2u);
  EXPECT_EQ(trace->tracks()[0].device, 0);
  EXPECT_EQ(trace->tracks()[1].device, -1);
}

TEST(TorchJson, SaysWhatOtherFilesAre) {
  const std::map<std::string, std::string> files = {
      {R"({"schema": "1.1", "nodes": []})", "execution trace"},
      {"\x80\x04\x95", "pickle"},
      {"hello", "text"},
      {"", "empty"},
      {"{}", "no list of trace events"},
  };
  for (const auto& [content, expected] : files) {
    const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(content.data()),
                                              content.size());
    const auto trace = TorchJsonImporter().import({"file", bytes, false});
    ASSERT_FALSE(trace.ok());
    EXPECT_NE(trace.error().message.find(expected), std::string::npos) << trace.error().message;
  }
}

TEST(ForeignFormat, AnEmptyRecordingIsOneThatHasNotBegun) {
  const std::string said = not_a_trace("vm_1.tbtrace", "").message;
  EXPECT_NE(said.find("only just begun"), std::string::npos) << said;
  EXPECT_EQ(said.find("reads"), std::string::npos) << said;
}

// Counts of an independent reader (Python's json) of the X events by category.
struct RealTrace {
  const char* file;
  std::size_t operators;  // cpu_op or Operator, all meanings
  std::size_t runtime;
  std::size_t kernels;
  std::size_t copies;
  std::size_t memsets;
  std::size_t python;
  std::size_t linked;  // device slices that a host call started
};
void PrintTo(const RealTrace& real, std::ostream* out) { *out << real.file; }

class TorchRealTrace : public testing::TestWithParam<RealTrace> {};

TEST_P(TorchRealTrace, CountsAreThoseOfTheFile) {
  const RealTrace& expected = GetParam();
  if (!std::filesystem::exists(kTraces + expected.file)) GTEST_SKIP() << "no shared data";
  const auto loaded = load(kTraces + expected.file);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  auto counts = count_by_category(*loaded.value());
  EXPECT_EQ(counts[Category::runtime_api], expected.runtime);
  EXPECT_EQ(counts[Category::kernel], expected.kernels);
  EXPECT_EQ(counts[Category::memcpy], expected.copies);
  EXPECT_EQ(counts[Category::memset], expected.memsets);
  EXPECT_EQ(counts[Category::python], expected.python);
  EXPECT_EQ(counts[Category::cpu_operator] + counts[Category::step] + counts[Category::input] +
                counts[Category::optimizer] + counts[Category::backward],
            expected.operators);
  EXPECT_TRUE(loaded.value()->losses().empty());
  EXPECT_EQ(loaded.value()->links_by_to().size(), expected.linked);
}

INSTANTIATE_TEST_SUITE_P(
    Files, TorchRealTrace,
    testing::Values(
        // One step and no other annotation: 4186 cpu_op + 1 user_annotation.
        RealTrace{"h100/Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz", 4187, 1921, 1465, 1, 241, 4262,
                  1198},
        RealTrace{"h100/google_owlv2-large-patch14-ensemble__1016001.json.gz", 24385, 8567, 4330,
                  85, 750, 65313, 5165},
        RealTrace{"kineto_2021/num_workers_0/worker0.1623143089861.pt.trace.json.gz", 23646, 11923,
                  8772, 12, 312, 0, 9096},
        RealTrace{"kineto_2021/num_workers_4/worker0.1623212756351.pt.trace.json.gz", 20562, 12085,
                  8868, 12, 378, 0, 9258},
        RealTrace{"kineto_2020/resnet50_num_workers_0__2d19c634__worker0.pt.trace.json.gz", 42438,
                  10800, 9538, 12, 377, 0, 9162}));

// Sum and count of all kernels, from the reference tool's table of (kernel, stream, parent).
struct KernelSums {
  std::int64_t count = 0;
  double total_us = 0;
};

KernelSums reference_kernels(const std::string& path) {
  std::ifstream stream(path);
  std::string line;
  std::getline(stream, line);
  KernelSums sums;
  while (std::getline(stream, line)) {
    // Sum and count are the 7th and 6th fields from the end; names hold commas and quotes.
    std::vector<std::string> fields;
    std::size_t end = line.size();
    for (int i = 0; i < 7; ++i) {
      const std::size_t comma = line.rfind(',', end - 1);
      fields.push_back(line.substr(comma + 1, end - comma - 1));
      end = comma;
    }
    sums.total_us += std::stod(fields[6]);
    sums.count += std::stoll(fields[5]);
  }
  return sums;
}

TEST(TorchJson, KernelTimesAreThoseOfTheReferenceTool) {
  for (const std::string name :
       {"Qwen_Qwen1.5-0.5B-Chat__1016005", "google_owlv2-large-patch14-ensemble__1016001"}) {
    const std::string stem = kTraces + "h100/" + name;
    if (!std::filesystem::exists(stem + ".json.gz")) GTEST_SKIP() << "no shared data";
    const auto loaded = load(stem + ".json.gz");
    ASSERT_TRUE(loaded.ok());
    const trace::Trace& trace = *loaded.value();
    KernelSums sums;
    for (trace::SliceId id = 0; id < trace.slice_count(); ++id) {
      if (trace.category_of(id) != Category::kernel) continue;
      ++sums.count;
      sums.total_us += static_cast<double>(trace.slice_duration_ns(id)) / 1000;
    }
    const KernelSums expected = reference_kernels(stem + "_perf_report_csvs/kernel_summary.csv");
    EXPECT_EQ(sums.count, expected.count) << name;
    EXPECT_NEAR(sums.total_us, expected.total_us, 0.01) << name;
  }
}

void expect_reference(const trace::Trace& trace, const nlohmann::json& expected) {
  std::size_t slices = 0;
  for (const auto& [key, count] : expected["count_by_phase_and_category"].items()) {
    if (key.starts_with("X/")) slices += count.get<std::size_t>();
  }
  EXPECT_EQ(trace.slice_count(), slices);
  // The profiler's own span over all threads begins earlier.
  std::int64_t first_start_ns = trace.duration_ns();
  for (const trace::Track& track : trace.tracks()) {
    if (track.kind != trace::TrackKind::thread || track.lane_count == 0) continue;
    const trace::SliceId first = trace.lanes_of(track)[0].first_slice;
    first_start_ns = std::min(first_start_ns, trace.slice(first).start_ns);
  }
  EXPECT_EQ(trace.start_unix_ns() + first_start_ns,
            expected["first_start_unix_ns"].get<std::int64_t>());
  ASSERT_EQ(trace.steps().size(), expected["steps"].size());
  for (std::size_t i = 0; i < trace.steps().size(); ++i) {
    const auto& step = expected["steps"][i];
    EXPECT_EQ(step["name"], "ProfilerStep#" + std::to_string(trace.steps()[i].number));
    EXPECT_EQ(trace.steps()[i].duration_ns, std::llround(step["duration_us"].get<double>() * 1000));
  }
  for (const trace::Track& track : trace.tracks()) {
    const std::string thread = std::to_string(track.pid) + "/" + std::to_string(track.tid);
    if (track.kind != trace::TrackKind::thread || !expected["deepest_nesting"].contains(thread)) {
      continue;
    }
    // The oracle keeps slices open behind ones that outlast them, and so never counts fewer.
    EXPECT_LE(track.lane_count, expected["deepest_nesting"][thread].get<std::uint32_t>());
    std::size_t count = 0;
    for (const trace::Lane& lane : trace.lanes_of(track)) count += lane.slice_count;
    EXPECT_EQ(count, expected["slices_by_thread"][thread].get<std::size_t>());
  }
  if (expected.contains("memory")) {
    ASSERT_EQ(trace.counters().size(), 1u);
    EXPECT_EQ(*std::max_element(trace.counters()[0].value.begin(), trace.counters()[0].value.end()),
              expected["memory"]["type 0 id -1"]["peak_total_allocated"].get<double>());
  }
}

TEST(TorchJson, TodaysReleaseGivesTheFiguresOfTheOracle) {
  std::ifstream stream(kTraces + "torch_2_15/reference.json");
  if (!stream) GTEST_SKIP() << "no shared data";
  std::size_t files = 0;
  for (const auto& expected : nlohmann::json::parse(stream)) {
    const auto file = expected["file"].get<std::string>();
    if (!expected.contains("steps") || !file.ends_with("trace.json") == !file.ends_with(".gz")) {
      continue;
    }
    SCOPED_TRACE(file);
    const auto loaded = load(kTraces + "torch_2_15/" + file);
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    expect_reference(*loaded.value(), expected);
    ++files;
  }
  EXPECT_GE(files, 10u);
}

TEST(TorchJson, AFileLongerThanItsDiskIsRefused) {
  char folder[] = "/tmp/tbprof_torch_XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string path = std::string(folder) + "/endless.pt.trace.json";
  std::ofstream(path) << R"({"traceEvents": [{"ph": "X", "name": "a", "ts": 1, "dur": 1},)";
  std::error_code error;
  std::filesystem::resize_file(path, std::uintmax_t{1} << 40, error);
  if (!error) {
    const auto loaded = load(path);
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().code, proto::ErrorCode::unsupported);
    EXPECT_NE(loaded.error().message.find("holds more than"), std::string::npos);
  }
  std::filesystem::remove_all(folder);
  if (error) GTEST_SKIP() << "The file system keeps no such file: " << error.message();
}

TEST(TorchJson, BrokenFilesOfRealReleasesAreSaved) {
  if (!std::filesystem::exists(kTraces + "torch_1_13")) GTEST_SKIP() << "no shared data";
  const auto hooked = load(kTraces + "torch_1_13/others/hooked.pt.trace.json");
  ASSERT_TRUE(hooked.ok()) << hooked.error().message;
  EXPECT_EQ(hooked.value()->slice_count(), 843u);
  const auto metadata = load(kTraces + "torch_2_15/others/broken_metadata.pt.trace.json");
  ASSERT_TRUE(metadata.ok()) << metadata.error().message;
  EXPECT_EQ(metadata.value()->slice_count(), 102u);
  EXPECT_EQ(metadata.value()->property("host_name"), "gpu-node-1");
  EXPECT_EQ(metadata.value()->source().state, trace::RecordingState::finished);
  EXPECT_NE(metadata.value()->source().state_detail.find("not valid JSON"), std::string::npos);
  EXPECT_NE(hooked.value()->source().state_detail.find("not valid JSON"), std::string::npos);
}

TEST(TorchJson, EverySmallCaseLoads) {
  const std::filesystem::path folder = kTraces + "small_cases";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no shared data";
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.path().string().ends_with(".trace.json")) continue;
    const auto loaded = load(entry.path().string());
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    EXPECT_TRUE(loaded.value()->losses().empty()) << entry.path();
    ++count;
  }
  EXPECT_EQ(count, 31u);
}

}  // namespace
}  // namespace tbprof::analyzer::import
