// How long the figures of a large trace take: 10 M slices on 4 threads and a stream, 1000 steps.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "analyzer/profile/device_busy.h"
#include "analyzer/profile/range_tree.h"
#include "analyzer/profile/ranges.h"
#include "analyzer/profile/step_parts.h"
#include "analyzer/trace/trace_builder.h"

namespace tbprof::analyzer::profile {
namespace {

using proto::Category;

constexpr std::int64_t kSteps = 1000;
constexpr std::int64_t kThreads = 4;
constexpr std::int64_t kStepNs = 100'000'000;

trace::TrackId add_track(trace::TraceBuilder& builder, trace::TrackKind kind, std::int64_t id) {
  trace::Track track;
  track.kind = kind;
  track.tid = id;
  track.device = kind == trace::TrackKind::stream ? 0 : -1;
  return builder.add_track(std::move(track));
}

// Operators three deep, as a framework nests them.
void add_operators(trace::TraceBuilder& builder, trace::TrackId track, std::int64_t start_ns,
                   std::int64_t count, const std::vector<trace::NameId>& names) {
  const std::int64_t each_ns = kStepNs / (count / 3 + 1);
  for (std::int64_t i = 0; i < count / 3; ++i) {
    const std::int64_t at_ns = start_ns + i * each_ns;
    const auto name = static_cast<std::size_t>(i * 7);
    builder.add_slice(track, at_ns, each_ns * 9 / 10, names[name % names.size()]);
    builder.add_slice(track, at_ns + 10, each_ns * 7 / 10, names[(name + 1) % names.size()]);
    builder.add_slice(track, at_ns + 20, each_ns * 3 / 10, names[(name + 5) % names.size()]);
  }
}

std::shared_ptr<const trace::Trace> make_trace(std::int64_t slices) {
  trace::TraceBuilder builder;
  std::vector<trace::NameId> names;
  for (int i = 0; i < 200; ++i) {
    names.push_back(builder.intern_name("aten::op" + std::to_string(i), Category::cpu_operator));
  }
  const trace::NameId kernel = builder.intern_name("gemm", Category::kernel);
  std::vector<trace::TrackId> threads;
  for (std::int64_t i = 0; i < kThreads; ++i) {
    threads.push_back(add_track(builder, trace::TrackKind::thread, i));
  }
  const trace::TrackId stream = add_track(builder, trace::TrackKind::stream, 7);
  const std::int64_t each = slices / kSteps / (kThreads + 1);
  for (std::int64_t step = 0; step < kSteps; ++step) {
    const std::int64_t start_ns = step * kStepNs;
    builder.add_step({step, start_ns, kStepNs, threads[0], trace::kNone, true});
    for (const trace::TrackId thread : threads) {
      add_operators(builder, thread, start_ns, each, names);
    }
    for (std::int64_t i = 0; i < each; ++i) {
      builder.add_slice(stream, start_ns + i * (kStepNs / each), kStepNs / each / 2, kernel);
    }
  }
  return builder.seal();
}

// Ranges of a program of ours, three deep on the thread of the steps, and no device.
const trace::Trace& large_trace_of_ranges() {
  static const std::shared_ptr<const trace::Trace> trace = [] {
    trace::TraceBuilder builder;
    const std::vector<trace::NameId> names = {builder.intern_name("forward", Category::forward),
                                              builder.intern_name("layer", Category::other),
                                              builder.intern_name("next batch", Category::input),
                                              builder.intern_name("backward", Category::backward),
                                              builder.intern_name("update", Category::optimizer)};
    const trace::TrackId thread = add_track(builder, trace::TrackKind::thread, 1);
    for (std::int64_t step = 0; step < kSteps; ++step) {
      builder.add_step({step, step * kStepNs, kStepNs, thread, trace::kNone, true});
      add_operators(builder, thread, step * kStepNs, 10'000, names);
    }
    return builder.seal();
  }();
  return *trace;
}

const trace::Trace& large_trace() {
  static const std::shared_ptr<const trace::Trace> trace = make_trace(10'000'000);
  return *trace;
}

void count_slices(benchmark::State& state) {
  const auto slices = static_cast<std::int64_t>(large_trace().slice_count());
  state.SetItemsProcessed(state.iterations() * slices);
}

void bench_range_table(benchmark::State& state) {
  const trace::Trace& trace = large_trace();
  for (auto _ : state) benchmark::DoNotOptimize(range_table(trace));
  count_slices(state);
}
BENCHMARK(bench_range_table)->Unit(benchmark::kMillisecond);

void bench_range_tree(benchmark::State& state) {
  const trace::Trace& trace = large_trace();
  for (auto _ : state) benchmark::DoNotOptimize(range_tree(trace));
  count_slices(state);
}
BENCHMARK(bench_range_tree)->Unit(benchmark::kMillisecond);

void bench_steps_and_parts(benchmark::State& state) {
  const trace::Trace& trace = large_trace();
  for (auto _ : state) {
    const StepTable table = step_table(trace);
    benchmark::DoNotOptimize(step_parts(trace, table));
  }
  count_slices(state);
}
BENCHMARK(bench_steps_and_parts)->Unit(benchmark::kMillisecond);

void bench_parts_by_self_time(benchmark::State& state) {
  const trace::Trace& trace = large_trace_of_ranges();
  for (auto _ : state) {
    const StepTable table = step_table(trace);
    benchmark::DoNotOptimize(step_parts(trace, table));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(trace.slice_count()));
}
BENCHMARK(bench_parts_by_self_time)->Unit(benchmark::kMillisecond);

void bench_device_busy(benchmark::State& state) {
  const trace::Trace& trace = large_trace();
  for (auto _ : state) benchmark::DoNotOptimize(device_busy(trace));
  count_slices(state);
}
BENCHMARK(bench_device_busy)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tbprof::analyzer::profile

BENCHMARK_MAIN();
