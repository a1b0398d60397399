// Samples: read from their file, joined to the trace of their process, and summed up.
#include <gtest/gtest.h>

#include <map>

#include "analyzer/import/samples_reader.h"
#include "analyzer/import/tbsamples.h"
#include "analyzer/import/tbtrace.h"
#include "analyzer/profile/sample_table.h"
#include "analyzer/profile/sampled_words.h"
#include "analyzer/samples_beside.h"
#include "proto/sample_chunk.h"
#include "proto/wire.h"
#include "tests/analyzer/import/tbtrace_file.h"

namespace tbprof::analyzer::import {
namespace {

using proto::kNoId;
using tbprof::tests::TbtraceFile;

constexpr std::int64_t kStartNs = 5'000'000'000;
constexpr std::int64_t kMs = 1'000'000;

proto::TraceHeader header() {
  proto::TraceHeader header;
  header.host = "node1";
  header.pid = 4711;
  header.start_monotonic_ns = kStartNs;
  header.start_realtime_ns = 1'763'728'300'000'000'000;
  header.command = {"python3", "train.py"};
  header.rank = 3;
  header.world_size = 8;
  return header;
}

// The main thread: 100 ms before the trace begins, then 40 ms busy in loop <- main, then 60 ms
// waiting in a read below another line of loop; a second thread that sleeps.
proto::SampleChunk chunk() {
  proto::SampleChunk chunk;
  chunk.strings = {"python3", "main", "train.py", "loop", "read"};
  chunk.threads = {{0, 4711, 0}, {1, 4712, kNoId}};
  chunk.frames = {{1, 2, 30}, {3, 2, 7}, {3, 2, 9}};
  chunk.stacks = {{kNoId, 0}, {0, 1}, {0, 2}};
  chunk.blocks.resize(2);
  proto::SampleBlock& main = chunk.blocks[0];
  main.thread_id = 0;
  main.start_ns = {kStartNs - 100 * kMs, kStartNs, kStartNs + 40 * kMs};
  main.duration_ns = {100 * kMs, 40 * kMs, 60 * kMs};
  main.count = {20, 8, 12};
  main.state = {1, 1, 2};
  main.stack_id = {0, 1, 2};
  main.place_id = {kNoId, kNoId, 4};
  main.cpu_ns = {100'000'000, 30'000'000, 0};
  main.delay_ns = {0, 10'000'000, 0};
  proto::SampleBlock& second = chunk.blocks[1];
  second.thread_id = 1;
  second.start_ns = {kStartNs};
  second.duration_ns = {100 * kMs};
  second.count = {3};
  second.state = {2};
  second.stack_id = {kNoId};
  second.place_id = {kNoId};
  second.cpu_ns = {0};
  second.delay_ns = {0};
  chunk.covered_until_ns = kStartNs + 100 * kMs;
  chunk.is_last = true;
  chunk.properties = {{"sampler.rate_hz", "200"}};
  return chunk;
}

std::string samples_file(const std::vector<proto::SampleChunk>& chunks) {
  TbtraceFile file(header());
  proto::SampleChunkEncoder encoder(TbtraceFile::kFileId);
  for (const proto::SampleChunk& part : chunks) {
    file.append(std::string(proto::text_of(encoder.encode(part))));
  }
  return file.bytes();
}

// A finished trace of the same process: one range of 80 ms on the main thread.
std::string trace_file() {
  TbtraceFile file(header());
  proto::TraceChunk chunk;
  chunk.strings = {"main", "epoch"};
  chunk.names = {{1, proto::Category::other}};
  chunk.tracks = {{0, proto::TrackKind::thread, 0, 4711, 4711}};
  proto::SliceBlock& block = chunk.slices.emplace_back();
  block.start_ns = {kStartNs + 20 * kMs};
  block.duration_ns = {80 * kMs};
  block.name_id = {0};
  chunk.covered_until_ns = kStartNs + 100 * kMs;
  file.add(chunk);
  file.finish({});
  return file.bytes();
}

std::shared_ptr<const trace::Trace> load(const Importer& importer, const std::string& path,
                                         const std::string& bytes, const std::string& samples = {},
                                         bool is_live = false) {
  FileBytes file{path, proto::bytes_of(bytes), is_live};
  file.samples = proto::bytes_of(samples);
  auto trace = importer.import(file);
  EXPECT_TRUE(trace.ok());
  return trace.ok() ? trace.value() : nullptr;
}

TEST(Samples, AreJoinedToTheTraceOfTheirProcess) {
  const auto trace = load(TbtraceImporter(), "a.tbtrace", trace_file(), samples_file({chunk()}));
  const trace::Samples& samples = trace->samples();
  ASSERT_EQ(samples.threads.size(), 2u);
  EXPECT_EQ(samples.threads[0].tid, 4711);
  EXPECT_EQ(samples.threads[0].track, 0u);
  EXPECT_EQ(samples.threads[1].track, trace::kNoSample);  // it recorded nothing itself
  EXPECT_EQ(samples.threads[1].name, "thread 4712");
  const auto rows = samples.rows_of(samples.threads[0]);
  ASSERT_EQ(rows.size(), 2u);  // what was before the trace began is left out
  EXPECT_EQ(rows[0].start_ns, 0);
  EXPECT_EQ(rows[0].duration_ns, 40 * kMs);
  EXPECT_EQ(rows[1].end_ns(), 100 * kMs);
  EXPECT_EQ(trace->property("sampler.rate_hz"), "200");
  EXPECT_EQ(trace->duration_ns(), 100 * kMs);
  EXPECT_TRUE(trace->losses().empty());
}

TEST(Samples, AreCutWhereTheTraceEnds) {
  proto::SampleChunk longer = chunk();
  longer.blocks[0].duration_ns[2] = 160 * kMs;
  longer.blocks[0].cpu_ns[2] = 80'000'000;
  const auto trace = load(TbtraceImporter(), "a.tbtrace", trace_file(), samples_file({longer}));
  const auto rows = trace->samples().rows_of(trace->samples().threads[0]);
  EXPECT_EQ(rows[1].end_ns(), 100 * kMs);
  EXPECT_EQ(rows[1].cpu_ns, 30'000'000);  // of 160 ms with 80 on a CPU, 60
  EXPECT_EQ(trace->duration_ns(), 100 * kMs);
}

TEST(Samples, AloneAreATraceOfTheirOwn) {
  const std::string bytes = samples_file({chunk()});
  const auto trace = load(TbsamplesImporter(), "node1_4711_1.tbsamples", bytes);
  EXPECT_EQ(trace->source().format, "tbsamples");
  EXPECT_EQ(trace->source().state, trace::RecordingState::finished);
  EXPECT_EQ(trace->duration_ns(), 200 * kMs);
  EXPECT_EQ(trace->samples().rows_of(trace->samples().threads[0]).size(), 3u);
  EXPECT_EQ(trace->property("rank"), "3");
  EXPECT_EQ(trace->slice_count(), 0u);
}

TEST(Samples, ThatWereNotEndedAreLiveOrCut) {
  proto::SampleChunk open = chunk();
  open.is_last = false;
  const std::string bytes = samples_file({open});
  const TbsamplesImporter importer;
  EXPECT_EQ(load(importer, "a.tbsamples", bytes, "", true)->source().state,
            trace::RecordingState::live);
  EXPECT_EQ(load(importer, "a.tbsamples", bytes)->source().state, trace::RecordingState::cut);
}

TEST(Samples, ThatEndTooEarlyAreALossOfTheirTrace) {
  proto::SampleChunk open = chunk();
  open.is_last = false;
  const std::string trace_bytes = trace_file();
  const std::string bytes = samples_file({open});
  FileBytes file{"a.tbtrace", proto::bytes_of(trace_bytes), false};
  file.samples = proto::bytes_of(bytes);
  file.samples_writer_may_live = true;
  EXPECT_TRUE(TbtraceImporter().import(file).value()->losses().empty());
  file.samples_writer_may_live = false;
  const auto cut = TbtraceImporter().import(file).value();
  ASSERT_EQ(cut->losses().size(), 1u);
  EXPECT_EQ(cut->losses()[0].kind, "cut_samples");
}

TEST(Samples, WhatCouldNotBeLookedAtIsALoss) {
  proto::SampleChunk few = chunk();
  few.properties = {{"sampler.missed_threads", "1904"},
                    {"sampler.missed_processes", "3"},
                    {"sampler.missed_files", "1"},
                    {"sampler.dropped_rows", "17"}};
  const auto trace = load(TbtraceImporter(), "a.tbtrace", trace_file(), samples_file({few}));
  std::map<std::string, std::uint64_t> counts;
  for (const trace::Loss& loss : trace->losses()) counts[loss.kind] = loss.count;
  EXPECT_EQ(counts, (std::map<std::string, std::uint64_t>{{"dropped_samples", 17},
                                                          {"unkept_processes", 1},
                                                          {"unseen_processes", 3},
                                                          {"unseen_threads", 1904}}));
  EXPECT_TRUE(trace->losses()[1].detail.starts_with("1904 threads of this process were not"))
      << trace->losses()[1].detail;
}

// The kernel gives the id of a thread that ended to another.
TEST(Samples, OfAnIdThatWasUsedAgainBelongToTheThreadOfTheirTime) {
  TbtraceFile file(header());
  proto::TraceChunk two;
  two.strings = {"first", "second", "work"};
  two.names = {{2, proto::Category::other}};
  two.tracks = {{0, proto::TrackKind::thread, 0, 4711, 4720},
                {1, proto::TrackKind::thread, 1, 4711, 4720}};
  for (std::uint32_t track = 0; track < 2; ++track) {
    proto::SliceBlock& block = two.slices.emplace_back();
    block.track_id = track;
    block.start_ns = {kStartNs + (track == 0 ? 0 : 60) * kMs};
    block.duration_ns = {20 * kMs};
    block.name_id = {0};
  }
  two.covered_until_ns = kStartNs + 100 * kMs;
  file.add(two);
  file.finish({});
  proto::SampleChunk seen = chunk();
  seen.threads = {{0, 4720, 0}, {1, 4720, 0}};
  seen.blocks[0] = seen.blocks[1];
  seen.blocks[0].thread_id = 0;
  seen.blocks[0].start_ns = {kStartNs + 55 * kMs};  // the later one first
  seen.blocks[0].duration_ns = {30 * kMs};
  seen.blocks[1].duration_ns = {50 * kMs};
  const auto trace = load(TbtraceImporter(), "a.tbtrace", file.bytes(), samples_file({seen}));
  ASSERT_EQ(trace->samples().threads.size(), 2u);
  for (const trace::SampledThread& thread : trace->samples().threads) {
    const bool is_later = trace->samples().rows_of(thread)[0].start_ns > 50 * kMs;
    ASSERT_NE(thread.track, trace::kNoSample);
    const trace::Track& track = trace->tracks()[thread.track];
    EXPECT_EQ(trace->slice(trace->lanes()[track.first_lane].first_slice).start_ns,
              is_later ? 60 * kMs : 0);
  }
}

TEST(Samples, AreReadOnWhereTheFileHasGrown) {
  proto::SampleChunk first = chunk();
  first.is_last = false;
  proto::SampleChunk second;
  second.sequence = 1;
  second.first_string_id = 5;
  second.first_frame_id = second.first_stack_id = 3;
  second.stacks = {{1, 2}};
  second.blocks.push_back(chunk().blocks[0]);
  for (std::int64_t& start_ns : second.blocks[0].start_ns) start_ns += 300 * kMs;
  second.blocks[0].stack_id = {3, 3, 3};
  second.is_last = true;
  const std::string whole = samples_file({first, second});
  SamplesReader reader;
  reader.read(proto::bytes_of(whole).first(whole.size() / 2));
  reader.read(proto::bytes_of(whole));
  EXPECT_TRUE(reader.is_complete());
  const trace::Samples samples = reader.samples(INT64_MIN, INT64_MAX);
  EXPECT_EQ(samples.threads[0].row_count, 6u);
  EXPECT_EQ(samples.stacks[3].caller, 1u);
}

TEST(Samples, ThatAreDamagedAreCountedAndTheRestIsRead) {
  proto::SampleChunk second = chunk();
  second.sequence = 1;
  std::string bytes = samples_file({chunk(), second});
  bytes[bytes.size() - 40] = static_cast<char>(bytes[bytes.size() - 40] ^ 0x40);
  const auto trace = load(TbtraceImporter(), "a.tbtrace", trace_file(), bytes);
  EXPECT_EQ(trace->samples().threads.size(), 2u);
  ASSERT_EQ(trace->losses().size(), 1u);
  EXPECT_EQ(trace->losses()[0].kind, "bad_samples");
}

TEST(Samples, RowsOutOfOrderOrBeyondAnyClockAreLeftOut) {
  proto::SampleChunk wild = chunk();
  wild.blocks[0].start_ns[1] = INT64_MAX - 5;
  wild.blocks[0].start_ns[2] = kStartNs - 200 * kMs;
  const auto trace = load(TbsamplesImporter(), "a.tbsamples", samples_file({wild}));
  EXPECT_EQ(trace->samples().rows_of(trace->samples().threads[0]).size(), 1u);
  EXPECT_EQ(trace->losses()[0].count, 2u);
}

TEST(Samples, MoreThanMemoryMayHoldIsLeftOutAndCounted) {
  proto::SampleChunk large = chunk();
  large.is_last = false;
  large.strings.resize(100'000);
  proto::SampleChunk second = chunk();
  second.sequence = 1;
  second.first_string_id = 100'000;
  second.strings = {"late"};
  second.threads = {{7, 4713, 100'000}};
  const std::string bytes = samples_file({large, second});
  EXPECT_LT(bytes.size(), 10'000u);
  SamplesReader reader({}, 1 << 20);
  reader.read(proto::bytes_of(bytes));
  EXPECT_LE(reader.memory_bytes(), std::size_t{1} << 20);
  EXPECT_FALSE(reader.has_samples());
  LossTally tally;
  reader.report(tally, false);
  EXPECT_GT(tally.count("bad_samples"), 0u);
}

TEST(Samples, FactsThatComeWithEachChunkTakeRoomOnce) {
  std::vector<proto::SampleChunk> chunks(2000);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    chunks[i].sequence = i;
    chunks[i].properties = {{"sampler.core_percent", std::to_string(i)}};
  }
  SamplesReader reader({}, 1000);
  reader.read(proto::bytes_of(samples_file(chunks)));
  EXPECT_EQ(reader.properties().at("sampler.core_percent"), "1999");
  LossTally tally;
  reader.report(tally, true);
  EXPECT_EQ(tally.count("bad_samples"), 0u);
}

TEST(SampleTable, OfAStackWithoutEndTheInnermostFramesAreTold) {
  proto::SampleChunk deep = chunk();
  deep.stacks.resize(100'000);
  for (std::uint32_t i = 0; i < deep.stacks.size(); ++i) {
    deep.stacks[i] = {i == 0 ? kNoId : i - 1, i % 3};
  }
  deep.blocks[0].stack_id = {99'997, 99'998, 99'999};
  const auto trace = load(TbsamplesImporter(), "a.tbsamples", samples_file({deep}));
  const profile::SampleTable table = profile::sample_table(*trace);
  ASSERT_EQ(table.threads[0].stacks.size(), 3u);
  EXPECT_EQ(table.threads[0].stacks[0].frames.size(), 512u);
}

TEST(SampleTable, SumsByThreadPlaceAndStack) {
  const auto trace = load(TbtraceImporter(), "a.tbtrace", trace_file(), samples_file({chunk()}));
  const profile::SampleTable table = profile::sample_table(*trace);
  ASSERT_EQ(table.threads.size(), 2u);
  const profile::ThreadRow& main = table.threads[0];
  EXPECT_EQ(main.time.seen_ns, 100 * kMs);
  EXPECT_EQ(main.time.cpu_ns, 30 * kMs);
  EXPECT_EQ(main.time.delay_ns, 10 * kMs);
  EXPECT_EQ(main.time.waiting_ns, 60 * kMs);
  EXPECT_EQ(main.time.looks, 20u);
  ASSERT_EQ(main.places.size(), 1u);
  EXPECT_EQ(main.places[0].name, "read");
  // Two lines of one function are one stack, shown at the line seen longest.
  ASSERT_EQ(main.stacks.size(), 1u);
  ASSERT_EQ(main.stacks[0].frames.size(), 2u);
  EXPECT_EQ(main.stacks[0].frames[0].function, "loop");
  EXPECT_EQ(main.stacks[0].frames[0].line, 9u);
  EXPECT_EQ(main.stacks[0].frames[1].function, "main");
  EXPECT_EQ(table.threads[1].without_stack_ns, 100 * kMs);
}

// The kernel counts the time for a CPU when the thread gets one: in the row after it.
TEST(SampleTable, SharesOfAThreadNeverAddUpToMoreThanItsTime) {
  proto::SampleChunk late = chunk();
  late.blocks[0].cpu_ns[1] = 0;
  late.blocks[0].delay_ns[1] = 0;
  late.blocks[0].delay_ns[2] = 90'000'000;
  const auto trace = load(TbtraceImporter(), "a.tbtrace", trace_file(), samples_file({late}));
  const profile::SampledTime time = profile::sample_table(*trace).threads[0].time;
  EXPECT_EQ(time.delay_ns, 90 * kMs);
  EXPECT_EQ(time.waiting_ns, 10 * kMs);
}

TEST(SampleTable, TellsWhatAThreadDidInAStretch) {
  const auto trace = load(TbtraceImporter(), "a.tbtrace", trace_file(), samples_file({chunk()}));
  const auto stretch = profile::sampled_stretch(*trace, 0, 20 * kMs, 100 * kMs);
  ASSERT_TRUE(stretch.has_value());
  EXPECT_EQ(stretch->time.seen_ns, 80 * kMs);
  EXPECT_EQ(stretch->time.cpu_ns, 15 * kMs);
  EXPECT_EQ(stretch->time.waiting_ns, 60 * kMs);
  EXPECT_EQ(profile::sampled_words(*stretch),
            "19 % on a CPU, 75 % waiting, mostly in read, 6 % ready but on none (20 looks)");
  EXPECT_FALSE(profile::sampled_stretch(*trace, 0, 200 * kMs, 300 * kMs).has_value());
  EXPECT_FALSE(profile::sampled_stretch(*trace, 7, 0, 100 * kMs).has_value());
}

FolderEntry entry(const std::string& name) {
  FolderEntry entry;
  entry.name = name;
  entry.is_file = true;
  return entry;
}

TEST(SamplesBeside, AreOfTheSameHostAndProcess) {
  const std::vector<FolderEntry> entries = {
      entry("node1_4711_1000.tbsamples"), entry("node1_4711_9000.tbsamples"),
      entry("node1_47_1000.tbsamples"), entry("node2_4711_1000.tbsamples"),
      entry("node1_4711_8000.tbtrace")};
  EXPECT_EQ(samples_of("node1_4711_8000.tbtrace", entries), "node1_4711_9000.tbsamples");
  EXPECT_EQ(samples_of("node1_4711_1001-1.tbtrace", entries), "node1_4711_1000.tbsamples");
  EXPECT_EQ(samples_of("node3_4711_1000.tbtrace", entries), "");
  EXPECT_EQ(samples_of("loose.tbtrace", entries), "");
}

}  // namespace
}  // namespace tbprof::analyzer::import
