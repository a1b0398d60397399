// What the trace format costs: nanoseconds and bytes on disk a slice when encoding, beside a bare
// copy of the same columns, and slices a second when decoding.
//   bench_trace_format --benchmark_counters_tabular=true
#include <benchmark/benchmark.h>

#include <cstring>

#include "proto/record_frame.h"
#include "proto/record_reader.h"
#include "proto/trace_decoder.h"
#include "proto/trace_encoder.h"
#include "tests/proto/sample_trace.h"

namespace tbprof::tests::bench {
namespace {

using namespace tbprof::proto;

// About what a chunk of 200 ms holds.
constexpr std::size_t kSlicesPerChunk = 20'000;
enum Kind : std::int64_t { kNestedRanges, kKernels };

TraceChunk chunk_of(std::int64_t kind) {
  TraceChunk chunk;
  chunk.slices.push_back(kind == kNestedRanges ? tests::proto::nested_ranges(kSlicesPerChunk, 1)
                                               : tests::proto::kernels(kSlicesPerChunk, 1));
  return chunk;
}

void count_slices(benchmark::State& state) {
  using benchmark::Counter;
  const auto slices = static_cast<double>(state.iterations() * kSlicesPerChunk);
  state.counters["slices/s"] = Counter(slices, Counter::kIsRate);
  state.counters["s/slice"] = Counter(slices, Counter::kIsRate | Counter::kInvert);
}

template <typename T>
std::size_t append_bytes(const std::vector<T>& column, std::uint8_t* out) {
  if (!column.empty()) std::memcpy(out, column.data(), column.size() * sizeof(T));
  return column.size() * sizeof(T);
}

void copy_columns(benchmark::State& state) {
  const TraceChunk chunk = chunk_of(state.range(0));
  const SliceBlock& block = chunk.slices[0];
  std::vector<std::uint8_t> out(kSlicesPerChunk * 64);
  std::size_t size = 0;
  for (auto _ : state) {
    size = append_bytes(block.start_ns, out.data());
    size += append_bytes(block.duration_ns, out.data() + size);
    size += append_bytes(block.name_id, out.data() + size);
    size += append_bytes(block.correlation_id, out.data() + size);
    size += append_bytes(block.shape_id, out.data() + size);
    benchmark::ClobberMemory();
  }
  count_slices(state);
  state.counters["bytes/slice"] = static_cast<double>(size) / kSlicesPerChunk;
}
BENCHMARK(copy_columns)->Arg(kNestedRanges)->Arg(kKernels);

void encode_record(benchmark::State& state) {
  const TraceChunk chunk = chunk_of(state.range(0));
  ChunkEncoder encoder(1, static_cast<Codec>(state.range(1)));
  std::string record;
  for (auto _ : state) {
    record.clear();
    append_record(encoder.encode(chunk), record);
  }
  count_slices(state);
  state.counters["bytes/slice"] = static_cast<double>(record.size()) / kSlicesPerChunk;
}
BENCHMARK(encode_record)->ArgsProduct({{kNestedRanges, kKernels}, {0, 1}});

void decode_record(benchmark::State& state) {
  ChunkEncoder encoder(1, static_cast<Codec>(state.range(1)));
  std::string record;
  append_record(encoder.encode(chunk_of(state.range(0))), record);
  ChunkDecoder decoder;
  TraceChunk chunk;
  for (auto _ : state) {
    RecordReader reader({reinterpret_cast<const std::uint8_t*>(record.data()), record.size()});
    RecordView view;
    if (reader.next(view) != ReadStatus::record || !decoder.decode(view.payload, chunk).ok()) {
      state.SkipWithError("the record was not read");
      break;
    }
    benchmark::DoNotOptimize(chunk.slices[0].start_ns.data());
  }
  count_slices(state);
}
BENCHMARK(decode_record)->ArgsProduct({{kNestedRanges, kKernels}, {0, 1}});

void checksum(benchmark::State& state) {
  const std::vector<std::uint8_t> bytes(static_cast<std::size_t>(state.range(0)), 0x5a);
  for (auto _ : state) benchmark::DoNotOptimize(crc32c(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(checksum)->Arg(64)->Arg(4096)->Arg(1 << 20);

void checksum_by_table(benchmark::State& state) {
  const std::vector<std::uint8_t> bytes(static_cast<std::size_t>(state.range(0)), 0x5a);
  for (auto _ : state) benchmark::DoNotOptimize(crc32c_by_table(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(checksum_by_table)->Arg(4096);

void find_header_in_garbage(benchmark::State& state) {
  const std::vector<std::uint8_t> bytes(1 << 20, 0x5a);
  for (auto _ : state) benchmark::DoNotOptimize(find_frame_header(bytes, 0));
  state.SetBytesProcessed(state.iterations() * (1 << 20));
}
BENCHMARK(find_header_in_garbage);

}  // namespace
}  // namespace tbprof::tests::bench

BENCHMARK_MAIN();
