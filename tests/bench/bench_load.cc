// How fast traces are read: slices per second of our own format with checksum, inflation, decoding
// and sealing; bytes per second of torch.profiler's JSON; and how much memory a sealed slice takes.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>

#include "analyzer/import/gzip.h"
#include "analyzer/import/tbtrace.h"
#include "analyzer/import/tbtrace_reader.h"
#include "analyzer/import/torch_json.h"
#include "analyzer/report/preview_report.h"
#include "proto/trace_decoder.h"
#include "tests/analyzer/import/tbtrace_file.h"

namespace {

using tbprof::analyzer::import::FileBytes;

constexpr std::size_t kChunkSlices = 100'000;

// Ranges as a training loop has them: a step of 20 operators of 3 calls each, in the order in
// which they end, on two threads.
tbprof::tests::TbtraceFile make_recording(std::size_t slice_count) {
  tbprof::proto::TraceHeader header;
  header.start_monotonic_ns = 1'000'000'000'000;
  header.start_realtime_ns = 1'700'000'000'000'000'000;
  header.pid = 4711;
  header.command = {"/usr/bin/python3", "train.py"};
  tbprof::tests::TbtraceFile file(header);
  std::mt19937 random(1);
  std::int64_t now[2] = {header.start_monotonic_ns, header.start_monotonic_ns};
  std::size_t made = 0;
  for (std::uint64_t sequence = 0; made < slice_count; ++sequence) {
    tbprof::proto::TraceChunk chunk;
    chunk.sequence = sequence;
    if (sequence == 0) {
      for (std::uint32_t i = 0; i < 64; ++i) {
        chunk.strings.push_back("operator_" + std::to_string(i));
        chunk.names.push_back({i, tbprof::proto::Category::cpu_operator});
      }
      for (std::uint32_t id = 0; id < 2; ++id) chunk.tracks.push_back({.id = id, .tid = 100 + id});
    }
    for (std::uint32_t track = 0; track < 2; ++track) {
      tbprof::proto::SliceBlock& block = chunk.slices.emplace_back();
      block.track_id = track;
      const auto add = [&](std::int64_t start, std::uint32_t name) {
        block.start_ns.push_back(start);
        block.duration_ns.push_back(now[track] - start);
        block.name_id.push_back(name);
        ++made;
      };
      while (block.start_ns.size() < kChunkSlices / 2) {
        const std::int64_t step = now[track];
        for (int i = 0; i < 20; ++i) {
          const std::int64_t start = now[track] += 50 + static_cast<std::int64_t>(random() % 200);
          for (int k = 0; k < 3; ++k) {
            const std::int64_t call = now[track] += 20 + static_cast<std::int64_t>(random() % 100);
            now[track] += 300 + static_cast<std::int64_t>(random() % 3000);
            add(call, static_cast<std::uint32_t>(random() % 60));
          }
          now[track] += 40;
          add(start, static_cast<std::uint32_t>(20 + i));
        }
        now[track] += 100;
        add(step, 63);
      }
    }
    chunk.covered_until_ns = std::min(now[0], now[1]);
    file.add(chunk);
  }
  file.finish({});
  return file;
}

void import_tbtrace(benchmark::State& state) {
  const auto file = make_recording(static_cast<std::size_t>(state.range(0)));
  const tbprof::analyzer::import::TbtraceImporter importer;
  std::size_t slices = 0;
  std::size_t memory_bytes = 0;
  for (auto _ : state) {
    const auto trace = importer.import(FileBytes{"bench.tbtrace", file.view(), false});
    if (!trace.ok()) return state.SkipWithError(trace.error().message.c_str());
    slices = trace.value()->slice_count();
    memory_bytes = trace.value()->memory_bytes();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(slices));
  state.counters["file_bytes_per_slice"] =
      static_cast<double>(file.view().size()) / static_cast<double>(slices);
  state.counters["memory_bytes_per_slice"] =
      static_cast<double>(memory_bytes) / static_cast<double>(slices);
}
BENCHMARK(import_tbtrace)->Arg(1'000'000)->Arg(5'000'000)->Unit(benchmark::kMillisecond);

// What a page shows of a recording before it is read: from the bytes of an index as long as indexes
// get to the JSON.
void preview_of_index(benchmark::State& state) {
  tbprof::proto::TraceIndex index;
  index.end_ns = 3'600'000'000'000;
  for (std::int64_t i = 0; i < 32'768; ++i) index.steps.push_back({i, 100'000'000 * i, 99'000'000});
  for (std::uint32_t track = 0; track < 500; ++track) {
    index.tracks.push_back({track, 1000, 0, {0}});
    index.overview.push_back({track, 0, 3'600'000'000, std::vector<std::uint32_t>(1000, track)});
  }
  const std::string record = tbprof::proto::encode_index(1, index);
  const std::span<const std::uint8_t> payload(reinterpret_cast<const std::uint8_t*>(record.data()),
                                              record.size());
  for (auto _ : state) {
    const auto decoded = tbprof::proto::decode_index(payload);
    if (!decoded.ok()) return state.SkipWithError(decoded.error().message.c_str());
    using namespace tbprof::analyzer::report;
    benchmark::DoNotOptimize(json_text(preview_report({}, decoded.value())));
  }
  state.counters["index_bytes"] = static_cast<double>(record.size());
}
BENCHMARK(preview_of_index)->Unit(benchmark::kMillisecond);

// A look at a recording that goes on: a hundredth was appended since the last. The first number is
// what reading it whole again costs, the second what going on costs, the third the part of that
// which does not depend on what was appended: a sealed trace.
constexpr std::size_t kFollowedSlices = 100 * kChunkSlices;
constexpr int kLooks = 10;

void look_again_whole(benchmark::State& state) {
  const auto file = make_recording(kFollowedSlices);
  const tbprof::analyzer::import::TbtraceImporter importer;
  for (auto _ : state) {
    const auto trace = importer.import(FileBytes{"bench.tbtrace", file.view(), true});
    if (!trace.ok()) return state.SkipWithError(trace.error().message.c_str());
  }
}
BENCHMARK(look_again_whole)->Iterations(3)->Unit(benchmark::kMillisecond);

void look_again_going_on(benchmark::State& state) {
  const auto file = make_recording(kFollowedSlices);
  const auto& offsets = file.chunk_offsets();
  tbprof::analyzer::import::TbtraceReader reader;
  std::size_t chunk = offsets.size() - kLooks - 1;
  if (!reader.read({"bench.tbtrace", file.view().first(offsets[chunk]), true}).ok()) {
    return state.SkipWithError("the recording cannot be read");
  }
  std::shared_ptr<const tbprof::analyzer::trace::Trace> last;
  for (auto _ : state) {
    if (state.range(0) == 0) {
      const auto bytes = file.view().first(offsets[++chunk]);
      benchmark::DoNotOptimize(reader.read({"bench.tbtrace", bytes, true}).ok());
    }
    last = reader.trace().take();
  }
  state.counters["slices"] = static_cast<double>(last->slice_count());
}
BENCHMARK(look_again_going_on)
    ->ArgName("only_seal")
    ->Arg(0)
    ->Arg(1)
    ->Iterations(kLooks)
    ->Unit(benchmark::kMillisecond);

void open_index_of_tbtrace(benchmark::State& state) {
  const auto file = make_recording(5'000'000);
  for (auto _ : state) {
    const auto index =
        tbprof::analyzer::import::open_index(FileBytes{"bench.tbtrace", file.view(), false});
    benchmark::DoNotOptimize(index.ok());
  }
}
BENCHMARK(open_index_of_tbtrace)->Unit(benchmark::kMicrosecond);

void run_torch_import(benchmark::State& state, const std::string& text) {
  const tbprof::analyzer::import::TorchJsonImporter importer;
  const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(text.data()),
                                            text.size());
  std::size_t slices = 0;
  std::size_t memory_bytes = 0;
  for (auto _ : state) {
    const auto trace = importer.import(FileBytes{"bench.json", bytes, false});
    if (!trace.ok()) return state.SkipWithError(trace.error().message.c_str());
    slices = trace.value()->slice_count();
    memory_bytes = trace.value()->memory_bytes();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
  state.counters["slices"] = static_cast<double>(slices);
  state.counters["memory_bytes_per_slice"] =
      static_cast<double>(memory_bytes) / static_cast<double>(slices);
}

void import_torch_h100(benchmark::State& state) {
  std::ifstream stream(TBPROF_SHARED_DATA "/traces/h100/Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz",
                       std::ios::binary);
  if (!stream) return state.SkipWithError("shared data is missing");
  const std::vector<std::uint8_t> packed((std::istreambuf_iterator<char>(stream)), {});
  const auto inflated = tbprof::analyzer::import::inflate_gzip(packed, "Qwen");
  run_torch_import(state, std::string(inflated.value().data.get(), inflated.value().size_bytes));
}
BENCHMARK(import_torch_h100)->Unit(benchmark::kMillisecond);

// Operators, launches and kernels in today's layout.
std::string make_torch_json(int launches) {
  std::string text = "{\"schemaVersion\": 1, \"baseTimeNanoseconds\": 1790857026000000000,\n";
  text += "\"traceEvents\": [\n";
  char line[1024];
  for (int i = 0; i < launches; ++i) {
    const int us = i * 20;
    std::snprintf(line, sizeof(line),
                  "  {\n    \"ph\": \"X\", \"cat\": \"cpu_op\", \"name\": \"aten::op%d\", \"pid\": "
                  "77, \"tid\": 77,\n    \"ts\": %d.125, \"dur\": 15.500,\n    \"args\": {\n      "
                  "\"External id\": %d, \"Record function id\": 0, \"Input Dims\": [[%d, 1024], "
                  "[1024, 1024]], \"Ev Idx\": %d\n    }\n  },\n",
                  i % 50, us, i, i % 8, i);
    text += line;
    std::snprintf(line, sizeof(line),
                  "  {\n    \"ph\": \"X\", \"cat\": \"cuda_runtime\", \"name\": "
                  "\"cudaLaunchKernel\", \"pid\": 77, \"tid\": 77,\n    \"ts\": %d.625, \"dur\": "
                  "4.250,\n    \"args\": {\n      \"External id\": %d, \"cbid\": 211, "
                  "\"correlation\": %d\n    }\n  },\n",
                  us + 5, i, i + 1);
    text += line;
    std::snprintf(line, sizeof(line),
                  "  {\n    \"ph\": \"X\", \"cat\": \"kernel\", \"name\": \"void gemm_%d<float>()\""
                  ", \"pid\": 0, \"tid\": 7,\n    \"ts\": %d.001, \"dur\": 9.984,\n    \"args\": "
                  "{\n      \"queued\": 0, \"device\": 0, \"context\": 1, \"stream\": 7, "
                  "\"correlation\": %d, \"registers per thread\": 64, \"grid\": [%d, 1, 1], "
                  "\"block\": [256, 1, 1]\n    }\n  },\n",
                  i % 30, us + 12, i + 1, i % 40 + 1);
    text += line;
  }
  text +=
      "  {\"ph\": \"M\", \"name\": \"process_name\", \"pid\": 77, \"tid\": 0, \"args\": "
      "{\"name\": \"python\"}}\n]}\n";
  return text;
}

void import_torch_generated(benchmark::State& state) {
  run_torch_import(state, make_torch_json(100'000));
}
BENCHMARK(import_torch_generated)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
