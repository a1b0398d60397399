// What a window of the timeline costs on the server: the index of a trace once, then the answer
// and its bytes for views from the whole capture down to a millionth of it.
#include <benchmark/benchmark.h>

#include <random>

#include "analyzer/timeline/timeline_index.h"
#include "analyzer/timeline/window.h"
#include "analyzer/trace/trace_builder.h"
#include "plugins/timeline/answers.h"

namespace tbprof {
namespace {

namespace timeline = analyzer::timeline;

constexpr int kStreams = 8;
constexpr int kThreads = 8;
constexpr int kDepth = 3;
constexpr std::uint32_t kWidthPx = 2400;
constexpr std::size_t kNames = 400;

// Streams of kernels and threads three levels deep: 32 rows, as a screen shows them.
std::shared_ptr<const analyzer::trace::Trace> make_trace(std::size_t slices) {
  analyzer::trace::TraceBuilder builder;
  builder.set_start_ns(0);
  std::mt19937 random(7);
  std::vector<analyzer::trace::NameId> names;
  for (std::size_t i = 0; i < kNames; ++i) {
    const auto category = static_cast<proto::Category>(8 + i % 7);
    names.push_back(builder.intern_name("name " + std::to_string(i), category));
  }
  const std::size_t each = slices / (kStreams + kThreads * kDepth);
  const auto any_name = [&] { return names[random() % kNames]; };
  for (int row = 0; row < kStreams + kThreads; ++row) {
    analyzer::trace::Track track;
    const bool stream = row < kStreams;
    track.kind = stream ? proto::TrackKind::stream : proto::TrackKind::thread;
    track.name = "row " + std::to_string(row);
    track.device = stream ? 0 : -1;
    track.pid = 1;
    track.tid = row;
    const auto id = builder.add_track(track);
    std::int64_t time = 0;
    for (std::size_t i = 0; i < each; ++i) {
      const std::int64_t duration = 200 + random() % 20000;
      for (int depth = 0; depth < (stream ? 1 : kDepth); ++depth) {
        builder.add_slice(id, time + depth * 20, duration - depth * 40, any_name());
      }
      time += duration + random() % 3000;
    }
  }
  return builder.seal();
}

const analyzer::trace::Trace& trace_of(std::size_t slices) {
  static std::map<std::size_t, std::shared_ptr<const analyzer::trace::Trace>> made;
  auto& trace = made[slices];
  if (trace == nullptr) trace = make_trace(slices);
  return *trace;
}

void BM_Index(benchmark::State& state) {
  const auto& trace = trace_of(static_cast<std::size_t>(state.range(0)));
  std::size_t bytes = 0;
  for (auto _ : state) {
    const timeline::TimelineIndex index(trace);
    bytes = index.memory_bytes();
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(trace.slice_count()));
  state.counters["bytes_per_slice"] =
      static_cast<double>(bytes) / static_cast<double>(trace.slice_count());
}
BENCHMARK(BM_Index)->Arg(1'000'000)->Arg(10'000'000)->Unit(benchmark::kMillisecond);

// Second argument: the view is this part of the capture.
void BM_Window(benchmark::State& state) {
  const auto& trace = trace_of(static_cast<std::size_t>(state.range(0)));
  const timeline::TimelineIndex index(trace);
  timeline::WindowQuestion question;
  const std::int64_t length = trace.duration_ns() / state.range(1);
  question.from_ns = (trace.duration_ns() - length) / 2;
  question.to_ns = question.from_ns + length;
  question.width_px = kWidthPx;
  for (const auto& group : index.picture().groups) {
    for (const auto& track : group.tracks) question.tracks.push_back(&track);
  }
  std::size_t bytes = 0;
  for (auto _ : state) {
    const auto answer = timeline::answer_window(index, question);
    const std::string columns = plugins::timeline::window_columns(index, question, answer.value());
    bytes = columns.size();
    benchmark::DoNotOptimize(columns.data());
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(BM_Window)
    ->ArgsProduct({{1'000'000, 10'000'000}, {1, 10, 1000, 1'000'000}})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tbprof

BENCHMARK_MAIN();
