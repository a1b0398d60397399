#include "tests/proto/sample_trace.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>
#include <tuple>

#include "proto/record_frame.h"
#include "proto/trace_encoder.h"
#include "proto/wire.h"

namespace tbprof::tests::proto {
namespace {

auto fields(const Name& v) { return std::tie(v.string_id, v.category); }
auto fields(const TrackDefinition& v) {
  return std::tie(v.id, v.kind, v.name_string_id, v.pid, v.tid, v.device, v.stream, v.context);
}
auto fields(const LaunchShape& v) {
  return std::tie(v.grid[0], v.grid[1], v.grid[2], v.block[0], v.block[1], v.block[2],
                  v.registers_per_thread, v.static_shared_memory_bytes,
                  v.dynamic_shared_memory_bytes, v.cluster[0], v.cluster[1], v.cluster[2]);
}
auto fields(const SliceBlock& v) {
  return std::tie(v.track_id, v.start_ns, v.duration_ns, v.name_id, v.correlation_id, v.shape_id,
                  v.size_bytes);
}
auto fields(const DeviceEvent& v) {
  return std::tie(v.sync_id, v.event_id, v.device, v.context, v.stream, v.correlation_id);
}
auto fields(const StepRecord& v) {
  return std::tie(v.track_id, v.number, v.start_ns, v.duration_ns, v.name_id);
}
auto fields(const InstantRecord& v) { return std::tie(v.track_id, v.time_ns, v.name_id); }
auto fields(const OpenSlice& v) {
  return std::tie(v.track_id, v.start_ns, v.name_id, v.is_step, v.step_number);
}
auto fields(const LossRecord& v) {
  return std::tie(v.kind, v.count, v.from_ns, v.until_ns, v.track_id);
}
auto fields(const ClockPair& v) { return std::tie(v.kind, v.source_ns, v.other_ns); }
auto fields(const Property& v) { return std::tie(v.key, v.value); }
auto fields(const RecordingWindow& v) {
  return std::tie(v.number, v.start_ns, v.is_open, v.end_ns, v.cause, v.label);
}
auto fields(const NotedStep& v) { return std::tie(v.number, v.start_ns, v.duration_ns); }
auto fields(const TraceIndex::ChunkEntry& v) {
  return std::tie(v.offset, v.size_bytes, v.first_start_ns, v.last_end_ns, v.slice_count);
}
auto fields(const TraceIndex::TrackEntry& v) {
  return std::tie(v.track_id, v.slice_count, v.busy_ns, v.chunk, v.kind, v.name, v.tid, v.device,
                  v.stream);
}
auto fields(const TraceIndex::StepEntry& v) {
  return std::tie(v.number, v.start_ns, v.duration_ns);
}
auto fields(const TraceIndex::OverviewLevel& v) {
  return std::tie(v.track_id, v.start_ns, v.bucket_ns, v.busy_ns);
}

bool same_facts(const std::vector<SliceAttribute>& a, const std::vector<SliceAttribute>& b) {
  const auto facts = [](const SliceAttribute& v) {
    return std::tie(v.key_string_id, v.kind, v.row, v.value);
  };
  return std::ranges::equal(a, b,
                            [&](const auto& x, const auto& y) { return facts(x) == facts(y); });
}

bool same_item(const SliceBlock& a, const SliceBlock& b) {
  return fields(a) == fields(b) && same_facts(a.attributes, b.attributes);
}

// Doubles by their bits, so that NaN is the same as itself and -0 is not 0.
bool same_item(const CounterBlock& a, const CounterBlock& b) {
  const auto same_bits = [](double x, double y) {
    return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
  };
  return a.track_id == b.track_id && a.name_id == b.name_id && a.time_ns == b.time_ns &&
         std::ranges::equal(a.value, b.value, same_bits);
}
template <typename T>
bool same_item(const T& a, const T& b) {
  return fields(a) == fields(b);
}
template <typename T>
bool same_list(const std::vector<T>& a, const std::vector<T>& b) {
  return std::ranges::equal(a, b, [](const T& x, const T& y) { return same_item(x, y); });
}

}  // namespace

SampleChunk sample_sample_chunk() {
  SampleChunk chunk;
  chunk.sequence = 1;
  chunk.covered_until_ns = 1000;
  chunk.first_string_id = 2;
  chunk.first_frame_id = 1;
  chunk.first_stack_id = 3;
  chunk.strings = {"loop", "a.py", "read"};
  chunk.threads = {{0, 4711, kNoId}};
  chunk.frames = {{2, 3, 7}};
  chunk.stacks = {{kNoId, 1}, {3, 1}};
  SampleBlock& block = chunk.blocks.emplace_back();
  block.start_ns = {100, 350};
  block.duration_ns = {200, 50};
  block.count = {3, 1};
  block.state = {1, 2};
  block.stack_id = {4, kNoId};
  block.place_id = {kNoId, 4};
  block.cpu_ns = {180, 0};
  block.delay_ns = {5, 0};
  chunk.properties = {{"k", "v"}};
  return chunk;
}

bool same(const TraceHeader& a, const TraceHeader& b) {
  const auto all = [](const TraceHeader& v) {
    return std::tie(v.version, v.file_id, v.writer, v.host, v.pid, v.parent_pid,
                    v.start_monotonic_ns, v.start_realtime_ns, v.run, v.session, v.command, v.rank,
                    v.world_size);
  };
  return all(a) == all(b);
}

bool same(const TraceChunk& a, const TraceChunk& b) {
  return a.sequence == b.sequence && a.covered_until_ns == b.covered_until_ns &&
         a.strings == b.strings && same_list(a.names, b.names) && same_list(a.shapes, b.shapes) &&
         same_list(a.tracks, b.tracks) && same_list(a.slices, b.slices) &&
         same_list(a.steps, b.steps) && same_list(a.counters, b.counters) &&
         same_list(a.instants, b.instants) &&
         same_facts(a.instant_attributes, b.instant_attributes) && same_list(a.open, b.open) &&
         same_list(a.losses, b.losses) && same_list(a.clocks, b.clocks) &&
         same_list(a.properties, b.properties) && same_list(a.windows, b.windows) &&
         same_list(a.noted_steps, b.noted_steps) && same_list(a.device_events, b.device_events);
}

bool same(const TraceIndex& a, const TraceIndex& b) {
  const auto numbers = [](const TraceIndex& v) {
    return std::tie(v.start_ns, v.end_ns, v.slice_count, v.step_count, v.lost_count, v.steps_each);
  };
  return numbers(a) == numbers(b) && same_list(a.chunks, b.chunks) &&
         same_list(a.tracks, b.tracks) && same_list(a.overview, b.overview) &&
         same_list(a.steps, b.steps);
}

TraceHeader sample_header() {
  TraceHeader header;
  header.file_id = 0x1122334455667788;
  header.writer = "tbprof 0.1.0";
  header.host = "node3";
  header.pid = 4711;
  header.parent_pid = 4700;
  header.start_monotonic_ns = 1'000'000'000;
  header.start_realtime_ns = 1'700'000'000'000'000'000;
  header.run = "mnist/lr 0.1";
  header.session = "2023_11_14_22_13_20";
  header.command = {"./train", "--epochs", "3"};
  header.rank = 2;
  header.world_size = 8;
  return header;
}

TraceChunk sample_chunk() {
  TraceChunk chunk;
  chunk.sequence = 0;
  chunk.covered_until_ns = 1'000'050'000;
  chunk.strings = {"step", "forward", "main", "gemm"};
  chunk.names = {{0, Category::step}, {1, Category::forward}, {3, Category::kernel}};
  chunk.shapes = {{{64, 2, 1}, {256, 1, 1}, 40, 1024, 0}};
  chunk.tracks = {{0, TrackKind::thread, 2, 4711, 4711, -1, -1, -1},
                  {1, TrackKind::stream, kNoId, 4711, 0, 0, 7, 1}};
  // forward lies inside step and ends before it.
  chunk.slices = {
      {0, {1'000'010'000, 1'000'000'500}, {20'000, 40'000}, {1, 0}, {}, {}, {}},
      {1, {1'000'012'000, 1'000'015'000}, {2'500, 3'000}, {2, 2}, {91, 93}, {0, kNoId}, {0, 4096}}};
  chunk.steps = {{0, 12, 1'000'000'500, 40'000, 0}};
  chunk.counters = {{0, 1, {1'000'000'600, 1'000'000'700}, {0.5, 0.25}}};
  chunk.instants = {{0, 1'000'041'000, 1}};
  chunk.open = {{0, 1'000'042'000, 0, true, 13}, {0, 1'000'043'000, 1, false, 0}};
  chunk.losses = {{LossKind::buffer_full, 3, 1'000'044'000, 1'000'045'000, 0}};
  chunk.clocks = {{ClockKind::realtime, 1'000'000'000, 1'700'000'000'000'000'000}};
  chunk.properties = {{"gpu0.name", "H200"}};
  return chunk;
}

TraceIndex sample_index() {
  TraceIndex index;
  index.start_ns = 1'000'000'000;
  index.end_ns = 1'000'050'000;
  index.slice_count = 8;
  index.step_count = 2;
  index.lost_count = 6;
  index.chunks = {{100, 250, 1'000'000'500, 1'000'040'500, 4}, {350, 250, 1'000'000'500, 9, 4}};
  index.tracks = {{0, 4, 80'000, {0, 1}, TrackKind::thread, "main", 4711, -1, -1},
                  {1, 4, 11'000, {0, 1}, TrackKind::stream, "", 0, 0, 7}};
  index.overview = {{0, 1'000'000'000, 25'000, {24'500, 15'500}}};
  index.steps = {{12, 1'000'000'500, 40'000}, {13, 1'000'042'000, 8'000}};
  return index;
}

std::string sample_file() {
  const TraceHeader header = sample_header();
  std::string file;
  append_record(bytes_of(encode_header(header)), file);
  ChunkEncoder encoder(header.file_id);
  TraceChunk chunk = sample_chunk();
  append_record(encoder.encode(chunk), file);
  chunk.sequence = 1;
  chunk.strings = {"backward"};
  append_record(encoder.encode(chunk), file);
  const std::uint64_t index_offset = file.size();
  append_record(bytes_of(encode_index(header.file_id, sample_index())), file);
  const std::string trailer =
      encode_trailer(header.file_id, index_offset, file.size() - index_offset);
  append_record(bytes_of(trailer), file);
  return file;
}

SliceBlock nested_ranges(std::size_t slice_count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto around = [&](double median) {
    return static_cast<std::int64_t>(std::lognormal_distribution<>(std::log(median), 0.4)(random));
  };
  SliceBlock block;
  std::int64_t now_ns = 1'000'000'000'000;
  const auto end = [&](std::int64_t start_ns, std::uint32_t name) {
    block.start_ns.push_back(start_ns);
    block.duration_ns.push_back(now_ns - start_ns);
    block.name_id.push_back(name);
  };
  while (block.start_ns.size() < slice_count) {
    const std::int64_t step_ns = now_ns;
    now_ns += around(300);
    for (std::uint32_t phase = 1; phase <= 4; ++phase) {  // input, forward, backward, optimizer
      const std::int64_t phase_ns = now_ns;
      now_ns += around(200);
      for (std::uint32_t layer = 0; layer < 12; ++layer) {
        const std::int64_t layer_ns = now_ns;
        now_ns += around(150);
        for (std::uint32_t part = 0; part < 3; ++part) {
          const std::int64_t part_ns = now_ns;
          now_ns += around(4000.0 * (part + 1));
          end(part_ns, 20 + part);
          now_ns += around(120);
        }
        end(layer_ns, 5 + layer);
        now_ns += around(150);
      }
      end(phase_ns, phase);
      now_ns += around(200);
    }
    end(step_ns, 0);
    now_ns += around(500);
  }
  block.start_ns.resize(slice_count);
  block.duration_ns.resize(slice_count);
  block.name_id.resize(slice_count);
  return block;
}

SliceBlock kernels(std::size_t slice_count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto around = [&](double median) {
    return static_cast<std::int64_t>(std::lognormal_distribution<>(std::log(median), 0.3)(random));
  };
  SliceBlock block;
  block.track_id = 1;
  std::int64_t now_ns = 1'000'000'000'000;
  std::uint64_t correlation = 1000;
  for (std::size_t i = 0; i < slice_count; ++i) {
    const auto kernel = static_cast<std::uint32_t>(i % 400 * 7919 % 150);  // the same each step
    const std::int64_t duration_ns = around(3000.0 + 150.0 * kernel) / 32 * 32;
    block.start_ns.push_back(now_ns);
    block.duration_ns.push_back(duration_ns);
    block.name_id.push_back(30 + kernel);
    block.correlation_id.push_back(correlation);
    block.shape_id.push_back(kernel);
    now_ns += duration_ns + around(1200) / 32 * 32;
    correlation += 3 + i * 31 % 5;
  }
  return block;
}

}  // namespace tbprof::tests::proto
