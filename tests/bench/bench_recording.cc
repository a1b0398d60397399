// What an event costs: on the thread that makes it, on the writer thread, and on disk; against a
// bare memcpy of the same bytes in the same run.
//   build/tests/bench/bench_recording
// Caller*: a begin and an end each turn; the time of an event is half of it. Writer: from a full
// buffer to the framed record, all in (pairing, names, columns, compression, checksums), per slice
// (two events); `bytes_per_slice` is what reaches the disk. Memcpy: 32 bytes, as a slice's two
// events take in the buffer. Producer and consumer take turns on one thread, untimed in between.
#include <benchmark/benchmark.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "collector/event_decoder.h"
#include "collector/name_table.h"
#include "collector/ring.h"
#include "proto/record_frame.h"
#include "proto/trace_encoder.h"

namespace tbprof::collector {
namespace {

constexpr std::size_t kCapacity = std::size_t{1} << 20;
constexpr int kTurns = 16'000;  // fit into the buffer with room to spare

struct Recording {
  Recording() : memory(new std::uint8_t[kCapacity + kMaxEventBytes]()) {
    choose_clock();
    clock.start(read_both_clocks());
    ring.set_memory(memory.get(), kCapacity);
    ring.attach(1, 1, "bench");
    for (int i = 0; i < 40; ++i) {
      handles.push_back(name_handle(("aten::operator_" + std::to_string(i)).c_str(), 14));
    }
  }
  void discard() {
    ring.drain([](const std::uint64_t*) {});
  }
  // A training step's shape: nested ranges of different lengths and 40 names.
  void fill(std::mt19937& random) {
    const auto pause = [&](std::uint32_t turns) {
      for (std::uint32_t i = 0; i < turns; ++i) benchmark::DoNotOptimize(i);
    };
    for (int i = 0; i < kTurns / 4; ++i) {
      ring.begin_named(0, handles[0]);
      for (int inner = 0; inner < 3; ++inner) {
        ring.begin_named(0, handles[random() % handles.size()]);
        pause(random() % 256);
        ring.end(0);
      }
      pause(random() % 256);
      ring.end(0);
    }
  }

  std::unique_ptr<std::uint8_t[]> memory;
  Ring ring;
  TickClock clock;
  ChunkBuilder builder;
  StepPattern steps{"step #"};
  EventDecoder decoder{builder, clock, steps};
  proto::ChunkEncoder encoder{1};
  std::vector<std::uint32_t> handles;
};

template <typename Turn>
void run_caller(benchmark::State& state, Turn&& turn) {
  Recording recording;
  for (auto _ : state) {
    for (int i = 0; i < kTurns; ++i) turn(recording.ring, recording.handles[0]);
    state.PauseTiming();
    recording.discard();
    state.ResumeTiming();
  }
  state.counters["time_per_event"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kTurns * 2,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void CallerNamed(benchmark::State& state) {
  run_caller(state, [](Ring& ring, std::uint32_t handle) {
    ring.begin_named(0, handle);
    ring.end(0);
  });
}
BENCHMARK(CallerNamed);

void CallerCopiedName(benchmark::State& state) {
  run_caller(state, [](Ring& ring, std::uint32_t) {
    ring.begin_text(0, "aten::batch_norm", 14);
    ring.end(0);
  });
}
BENCHMARK(CallerCopiedName);

void ClockTicks(benchmark::State& state) {
  choose_clock();
  for (auto _ : state) benchmark::DoNotOptimize(now_ticks());
}
BENCHMARK(ClockTicks);

void ClockGettime(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(monotonic_ns());
}
BENCHMARK(ClockGettime);

void Memcpy32(benchmark::State& state) {
  std::vector<std::uint8_t> to(kCapacity);
  std::uint8_t from[32] = {};
  for (auto _ : state) {
    for (int i = 0; i < kTurns; ++i) {
      from[0] = static_cast<std::uint8_t>(i);
      benchmark::DoNotOptimize(from);
      memcpy(to.data() + static_cast<std::size_t>(i) * 32, from, 32);
      benchmark::ClobberMemory();
    }
  }
  state.counters["time_per_event"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kTurns * 2,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(Memcpy32);

void Writer(benchmark::State& state) {
  Recording recording;
  std::mt19937 random(7);
  std::string record;
  std::size_t bytes = 0;
  std::size_t slices = 0;
  for (auto _ : state) {
    state.PauseTiming();
    recording.fill(random);
    recording.clock.update();
    state.ResumeTiming();
    recording.decoder.drain(recording.ring, 0);
    const proto::TraceChunk& chunk = recording.builder.seal(recording.clock.to_ns(now_ticks()));
    record.clear();
    proto::append_record(recording.encoder.encode(chunk), record);
    slices += chunk.slices.at(0).start_ns.size();
    recording.builder.overview().add_chunk(chunk, bytes, record.size());
    recording.builder.next_chunk();
    bytes += record.size();
  }
  state.counters["time_per_slice"] = benchmark::Counter(
      static_cast<double>(slices), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["bytes_per_slice"] = static_cast<double>(bytes) / static_cast<double>(slices);
}
BENCHMARK(Writer);

// Without encoding: what pairing and columns alone take.
void WriterColumns(benchmark::State& state) {
  Recording recording;
  std::mt19937 random(7);
  std::size_t slices = 0;
  for (auto _ : state) {
    state.PauseTiming();
    recording.fill(random);
    recording.clock.update();
    state.ResumeTiming();
    recording.decoder.drain(recording.ring, 0);
    slices += recording.builder.seal(0).slices.at(0).start_ns.size();
    recording.builder.next_chunk();
  }
  state.counters["time_per_slice"] = benchmark::Counter(
      static_cast<double>(slices), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(WriterColumns);

}  // namespace
}  // namespace tbprof::collector

BENCHMARK_MAIN();
