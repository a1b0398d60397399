#include "analyzer/import/tbtrace.h"

#include <gtest/gtest.h>

#include <random>

#include "analyzer/import/tbtrace_reader.h"
#include "tests/analyzer/import/tbtrace_file.h"

namespace tbprof::analyzer::import {
namespace {

using proto::Category;
using tbprof::tests::TbtraceFile;

constexpr std::int64_t kStart = 5'000'000'000;

proto::TraceHeader sample_header() {
  proto::TraceHeader header;
  header.writer = "tbprof test";
  header.host = "gpu-node-1";
  header.pid = 4711;
  header.start_monotonic_ns = kStart;
  header.start_realtime_ns = 1'700'000'000'000'000'000;
  header.command = {"/usr/bin/train", "--fast"};
  header.rank = 2;
  return header;
}

// Chunk k: a step of 1 ms with a range in it; from chunk 0 on also a launch and its kernel.
proto::TraceChunk sample_chunk(std::uint64_t k) {
  proto::TraceChunk chunk;
  chunk.sequence = k;
  const std::int64_t begin = kStart + static_cast<std::int64_t>(k) * 1'000'000;
  chunk.covered_until_ns = begin + 1'000'000;
  const auto string_id = static_cast<std::uint32_t>(k == 0 ? 0 : 4 + (k - 1));
  if (k == 0) {
    chunk.strings = {"step", "launch", "gemm", "trainer"};
    chunk.names = {{0, Category::step}, {1, Category::runtime_api}, {2, Category::kernel}};
    chunk.shapes = {{{8, 1, 1}, {256, 1, 1}, 32, 0, 1024}};
    chunk.tracks = {{.id = 0, .kind = proto::TrackKind::thread, .name_string_id = 3, .tid = 4711},
                    {.id = 5, .kind = proto::TrackKind::stream, .device = 0, .stream = 7}};
  } else {
    chunk.strings = {"range " + std::to_string(k)};
    chunk.names = {{string_id, Category::forward}};
  }
  const auto own_name = static_cast<std::uint32_t>(k == 0 ? 1 : 2 + k);
  proto::SliceBlock host;
  host.track_id = 0;
  host.start_ns = {begin + 100'000, begin};
  host.duration_ns = {50'000, 900'000};
  host.name_id = {own_name, 0};
  host.correlation_id = {k + 1, 0};
  proto::SliceBlock device;
  device.track_id = 5;
  device.start_ns = {begin + 160'000};
  device.duration_ns = {300'000};
  device.name_id = {2};
  device.correlation_id = {k + 1};
  device.shape_id = {0};
  chunk.slices = {host, device};
  chunk.steps = {{0, static_cast<std::int64_t>(k), begin, 900'000, 0}};
  chunk.open = {{0, begin + 950'000, 0, true, static_cast<std::int64_t>(k) + 1}};
  return chunk;
}

TbtraceFile sample_file(std::uint64_t chunks, bool finished) {
  TbtraceFile file(sample_header());
  for (std::uint64_t k = 0; k < chunks; ++k) {
    proto::TraceChunk chunk = sample_chunk(k);
    if (finished && k + 1 == chunks) chunk.open.clear();
    file.add(chunk);
  }
  proto::TraceIndex index;
  index.slice_count = chunks * 3;
  if (finished) file.finish(index);
  return file;
}

proto::Result<std::shared_ptr<const trace::Trace>> read(std::span<const std::uint8_t> bytes,
                                                        bool may_live = false) {
  return TbtraceImporter().import({"run/sample.tbtrace", bytes, may_live});
}

std::uint64_t loss_count(const trace::Trace& trace, std::string_view kind) {
  std::uint64_t count = 0;
  for (const trace::Loss& loss : trace.losses()) {
    if (loss.kind == kind) count += loss.count;
  }
  return count;
}

TEST(Tbtrace, FinishedFileIsReadWhole) {
  const TbtraceFile file = sample_file(4, true);
  const auto loaded = read(file.view());
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  const trace::Trace& trace = *loaded.value();
  EXPECT_EQ(trace.source().state, trace::RecordingState::finished);
  EXPECT_EQ(trace.slice_count(), 12u);
  EXPECT_EQ(trace.steps().size(), 4u);
  EXPECT_EQ(trace.links_by_from().size(), 4u);
  EXPECT_TRUE(trace.losses().empty());
  EXPECT_EQ(trace.start_unix_ns(), 1'700'000'000'000'000'000);
  EXPECT_EQ(trace.property("command"), "/usr/bin/train --fast");
  EXPECT_EQ(trace.property("rank"), "2");
  ASSERT_EQ(trace.tracks().size(), 2u);
  EXPECT_EQ(trace.tracks()[0].name, "trainer");
  EXPECT_EQ(trace.tracks()[0].group, "train 4711");
  EXPECT_EQ(trace.tracks()[1].name, "stream 7");
  EXPECT_EQ(trace.tracks()[1].lane_count, 1u);
  EXPECT_EQ(trace.tracks()[0].lane_count, 2u);
  const trace::Slice inner = trace.slice(trace.lanes_of(trace.tracks()[0])[1].first_slice + 1);
  EXPECT_EQ(trace.names()[inner.name].text, "range 1");
  EXPECT_EQ(inner.start_ns, 1'100'000);
}

TEST(Tbtrace, InstantsKeepTheirFacts) {
  TbtraceFile file(sample_header());
  proto::TraceChunk chunk = sample_chunk(0);
  const auto first_text = static_cast<std::uint32_t>(chunk.strings.size());
  chunk.strings.insert(chunk.strings.end(), {"domain", "NCCL", "payload", "-5"});
  // Not in the order of their times.
  chunk.instants = {{0, 1'000'300'000, 0}, {0, 1'000'200'000, 0}, {0, 1'000'100'000, 0}};
  chunk.instant_attributes = {
      {first_text, proto::ValueKind::string, {0, 2}, {first_text + 1, first_text + 1}},
      {first_text + 2, proto::ValueKind::number, {2}, {17}},
      {first_text + 2, proto::ValueKind::string, {0}, {first_text + 3}}};
  file.add(chunk);
  const auto loaded = read(file.view());
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  const trace::Trace& trace = *loaded.value();
  std::vector<std::string> told;
  for (const trace::Instant& instant : trace.instants()) {
    std::string& text = told.emplace_back();
    for (const trace::InstantFact& fact : trace.facts_of(instant)) {
      text += trace.value_text(fact.key) + "=" + trace.value_text(fact.value) + ";";
    }
  }
  EXPECT_EQ(told,
            (std::vector<std::string>{"domain=NCCL;payload=17;", "", "domain=NCCL;payload=-5;"}));
}

TEST(Tbtrace, IndexOpensWithoutChunks) {
  const TbtraceFile file = sample_file(4, true);
  const auto index = open_index({"x.tbtrace", file.view(), false});
  ASSERT_TRUE(index.ok()) << index.error().message;
  EXPECT_EQ(index.value().header.host, "gpu-node-1");
  EXPECT_EQ(index.value().index.slice_count, 12u);
  EXPECT_EQ(index.value().index.chunks.size(), 4u);
  EXPECT_TRUE(is_finished_tbtrace(file.view()));
  const TbtraceFile growing = sample_file(4, false);
  EXPECT_FALSE(is_finished_tbtrace(growing.view()));
  EXPECT_EQ(open_index({"x", growing.view(), false}).error().code, proto::ErrorCode::not_found);
}

TEST(Tbtrace, WhatWasOpenIsShownAsUnfinished) {
  const TbtraceFile file = sample_file(3, false);
  for (const bool live : {true, false}) {
    const auto loaded = read(file.view(), live);
    ASSERT_TRUE(loaded.ok());
    const trace::Trace& trace = *loaded.value();
    EXPECT_EQ(trace.source().state,
              live ? trace::RecordingState::live : trace::RecordingState::cut);
    EXPECT_EQ(trace.source().state_detail.find("1 range was open: step 3.") != std::string::npos,
              !live)
        << trace.source().state_detail;
    ASSERT_EQ(trace.steps().size(), 4u);
    EXPECT_FALSE(trace.steps()[3].complete);
    EXPECT_EQ(trace.steps()[3].number, 3);
    EXPECT_EQ(trace.steps()[3].end_ns(), 3'000'000);
    EXPECT_EQ(trace.slice_count(), 10u);
  }
}

TEST(Tbtrace, WhatAFinishedRecordingLeftOpenIsShownToo) {
  TbtraceFile file = sample_file(3, false);
  file.finish({});
  const auto loaded = read(file.view());
  ASSERT_TRUE(loaded.ok());
  const trace::Trace& trace = *loaded.value();
  EXPECT_EQ(trace.source().state, trace::RecordingState::finished);
  EXPECT_EQ(trace.source().state_detail, "At its end 1 range was open: step 3.");
  ASSERT_EQ(trace.steps().size(), 4u);
  EXPECT_TRUE(trace.steps()[2].complete);
  EXPECT_FALSE(trace.steps()[3].complete);
  EXPECT_EQ(trace.steps()[3].end_ns(), 3'000'000);
  EXPECT_EQ(trace.slice_count(), 10u);
}

TEST(Tbtrace, OfManyOpenRangesTheFirstAreNamed) {
  proto::TraceChunk chunk = sample_chunk(0);
  const std::int64_t start = chunk.open[0].start_ns;
  chunk.open.push_back({0, start, 1, false, 0});
  TbtraceFile two(sample_header());
  two.add(chunk);
  two.finish({});
  EXPECT_EQ(read(two.view()).value()->source().state_detail,
            "At its end 2 ranges were open: step 1 and launch.");
  for (int i = 0; i < 3; ++i) chunk.open.push_back({0, start, 2, false, 0});
  TbtraceFile five(sample_header());
  five.add(chunk);
  five.finish({});
  EXPECT_EQ(read(five.view()).value()->source().state_detail,
            "At its end 5 ranges were open: step 1, launch and 3 more.");
}

TEST(Tbtrace, LossesAreSaidInWords) {
  TbtraceFile file(sample_header());
  proto::TraceChunk chunk;
  chunk.losses = {{proto::LossKind::unmatched_end, 1, kStart, kStart, proto::kNoId},
                  {proto::LossKind::write_failed, 7, kStart, kStart, proto::kNoId}};
  file.add(chunk);
  const auto loaded = read(file.view());
  ASSERT_TRUE(loaded.ok());
  ASSERT_EQ(loaded.value()->losses().size(), 2u);
  EXPECT_EQ(loaded.value()->losses()[0].detail, "1 range ended without having begun.");
  EXPECT_EQ(loaded.value()->losses()[1].detail,
            "7 events were not written because the disk refused them.");
}

TEST(Tbtrace, WhyARecordingEndsIsSaidAsFarAsItIsKnown) {
  TbtraceFile refused = sample_file(1, false);
  proto::TraceChunk last;
  last.sequence = 1;
  last.covered_until_ns = kStart + 2'000'000;
  last.losses = {
      {proto::LossKind::write_failed, 400, kStart + 1'000'000, kStart + 2'000'000, proto::kNoId}};
  refused.add(last);
  const TbtraceFile left = sample_file(2, false);
  const TbtraceFile bare = sample_file(0, false);
  const struct {
    const TbtraceFile& file;
    const char* said;
  } cases[] = {
      {refused,
       "The recording ends without its index: the disk refused to take more of it; everything up "
       "to 0.002 s is shown."},
      {left,
       "The recording ends without its index: the program ended without closing it (it was killed, "
       "or left by _exit or exec); everything up to 0.002 s is shown. Then 1 range was open: step "
       "2."},
      {bare,
       "The recording ends without its index: the program ended without closing it (it was killed, "
       "or left by _exit or exec); no event had been written before."},
  };
  for (const auto& one : cases) {
    const auto loaded = read(one.file.view());
    ASSERT_TRUE(loaded.ok());
    EXPECT_EQ(loaded.value()->source().state_detail, one.said);
  }
}

TEST(Tbtrace, CutFileSaysWhereAndHowMuchIsMissing) {
  const TbtraceFile file = sample_file(4, true);
  const std::uint64_t last = file.chunk_offsets()[3];
  const std::uint64_t end = file.chunk_offsets()[3] + 40;
  const auto loaded = read(file.view().first(end));
  ASSERT_TRUE(loaded.ok());
  const std::string& detail = loaded.value()->source().state_detail;
  EXPECT_NE(detail.find("at byte " + std::to_string(last)), std::string::npos) << detail;
  EXPECT_NE(detail.find("everything up to 0.003 s is shown"), std::string::npos) << detail;
}

TEST(Tbtrace, WhatStandsBehindTheEndIsNotPartOfIt) {
  const TbtraceFile whole = sample_file(3, true);
  for (const bool twice : {true, false}) {
    TbtraceFile file = sample_file(3, true);
    const std::string again = file.bytes();
    file.bytes() += twice ? again : again.substr(0, 300);
    EXPECT_FALSE(is_finished_tbtrace(file.view()));
    const auto loaded = read(file.view());
    ASSERT_TRUE(loaded.ok());
    const trace::Trace& trace = *loaded.value();
    EXPECT_EQ(trace.source().state, trace::RecordingState::cut);
    EXPECT_NE(trace.source().state_detail.find("bytes that do not belong to it"),
              std::string::npos);
    EXPECT_EQ(trace.slice_count(), read(whole.view()).value()->slice_count());
    EXPECT_GE(loss_count(trace, "behind_end"), twice ? 6u : 1u);
  }
}

TEST(Tbtrace, ATrailerOfAnotherFileDoesNotFinishIt) {
  TbtraceFile file = sample_file(2, false);
  TbtraceFile other(sample_header(), 99);
  other.finish({});
  const std::size_t begin = other.bytes().size() - proto::kTrailerRecordBytes;
  file.bytes() += other.bytes().substr(begin);
  EXPECT_FALSE(is_finished_tbtrace(file.view()));
  EXPECT_EQ(read(file.view()).value()->source().state, trace::RecordingState::cut);
}

TEST(Tbtrace, AChunkThatStandsThereTwiceIsReadOnce) {
  TbtraceFile file = sample_file(2, false);
  const std::size_t begin = file.chunk_offsets()[1];
  const std::string chunk = file.bytes().substr(begin);
  file.bytes() += chunk;
  const auto loaded = read(file.view());
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loss_count(*loaded.value(), "repeated_chunk"), 1u);
  EXPECT_EQ(loaded.value()->slice_count(),
            read(sample_file(2, false).view()).value()->slice_count());
}

TEST(Tbtrace, MoreThanMemoryMayHoldIsRefusedInOneSentence) {
  TbtraceFile file(sample_header());
  proto::TraceChunk chunk;
  chunk.strings.resize(100'000);
  file.add(chunk);
  EXPECT_LT(file.bytes().size(), 10'000u);
  TbtraceReader reader({}, 1 << 20);
  const auto done = reader.read({"run/sample.tbtrace", file.view(), false});
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().message,
            "run/sample.tbtrace takes more than 1 MiB of memory; record a shorter window.");
}

TEST(Tbtrace, StepsOutsideOfWindowsAndDefinitionsTakeMemoryToo) {
  proto::TraceChunk steps;
  steps.noted_steps.resize(100'000);
  proto::TraceChunk windows;
  for (std::uint32_t i = 0; i < 100'000; ++i) windows.windows.emplace_back().number = i;
  proto::TraceChunk tracks;
  for (std::uint32_t i = 0; i < 10'000; ++i) tracks.tracks.emplace_back().id = i;
  proto::TraceChunk shapes;
  shapes.shapes.resize(100'000);
  for (const proto::TraceChunk& chunk : {steps, windows, tracks, shapes}) {
    TbtraceFile file(sample_header());
    file.add(chunk);
    TbtraceReader reader({}, 1 << 20);
    EXPECT_FALSE(reader.read({"run/sample.tbtrace", file.view(), false}).ok());
  }
}

TEST(Tbtrace, EveryTruncationGivesThePrefix) {
  const TbtraceFile file = sample_file(4, true);
  std::size_t last_slices = 0;
  for (std::size_t size = 0; size <= file.view().size(); ++size) {
    const auto loaded = read(file.view().first(size));
    if (!loaded.ok()) {
      EXPECT_LT(size, file.chunk_offsets()[0]);
      continue;
    }
    const trace::Trace& trace = *loaded.value();
    std::size_t finished = 0;
    for (const trace::Step& step : trace.steps()) finished += step.complete ? 1 : 0;
    std::size_t whole = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const std::uint64_t end = k < 3 ? file.chunk_offsets()[k + 1] : 0;
      if (end != 0 && size >= end) ++whole;
    }
    EXPECT_GE(finished, whole);
    EXPECT_TRUE(trace.losses().empty());
    EXPECT_EQ(trace.source().state == trace::RecordingState::finished, size == file.view().size());
    last_slices = trace.slice_count();
  }
  EXPECT_EQ(last_slices, 12u);
}

TEST(Tbtrace, EveryFlippedByteIsFoundOrHarmless) {
  const TbtraceFile file = sample_file(4, true);
  std::string bytes(reinterpret_cast<const char*>(file.view().data()), file.view().size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char before = bytes[i];
    bytes[i] = static_cast<char>(before ^ 0x55);
    const auto loaded = read({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    bytes[i] = before;
    if (!loaded.ok()) continue;
    const trace::Trace& trace = *loaded.value();
    const bool told =
        !trace.losses().empty() || trace.source().state != trace::RecordingState::finished;
    EXPECT_TRUE(told) << "byte " << i;
  }
}

TEST(Tbtrace, LostChunkShiftsNoNames) {
  TbtraceFile file = sample_file(4, true);
  file.bytes()[file.chunk_offsets()[1] + 30] ^= 1;
  const auto loaded = read(file.view());
  ASSERT_TRUE(loaded.ok());
  const trace::Trace& trace = *loaded.value();
  EXPECT_EQ(trace.slice_count(), 9u);
  EXPECT_EQ(loss_count(trace, "bad_payload"), 1u);
  const trace::Slice inner = trace.slice(trace.lanes_of(trace.tracks()[0])[1].first_slice + 1);
  EXPECT_EQ(trace.names()[inner.name].text, "range 2");
}

TEST(Tbtrace, DamagedHeaderCostsOnlyItsFacts) {
  TbtraceFile file = sample_file(4, true);
  file.bytes()[20] ^= 1;
  ASSERT_TRUE(TbtraceImporter().recognizes({"x", file.view(), false}));
  const auto loaded = read(file.view());
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded.value()->slice_count(), 12u);
  EXPECT_EQ(loss_count(*loaded.value(), "bad_header"), 1u);
}

TEST(Tbtrace, RecordsOfOthersAreCounted) {
  TbtraceFile file = sample_file(2, false);
  TbtraceFile other(sample_header(), 99);
  other.add(sample_chunk(0));
  file.bytes() += other.bytes();
  file.append("\x2a\x01x");
  proto::TraceChunk late = sample_chunk(2);
  late.sequence = 5;
  file.add(late);
  const auto loaded = read(file.view());
  ASSERT_TRUE(loaded.ok());
  const trace::Trace& trace = *loaded.value();
  EXPECT_EQ(loss_count(trace, "foreign_record"), 2u);
  EXPECT_EQ(loss_count(trace, "unknown_record"), 1u);
  EXPECT_EQ(loss_count(trace, "missing_chunk"), 3u);
}

TEST(Tbtrace, UndefinedIdsAreNamedAndCounted) {
  TbtraceFile file(sample_header());
  proto::TraceChunk chunk;
  proto::SliceBlock block;
  block.track_id = 3;
  block.start_ns = {kStart + 10};
  block.duration_ns = {5};
  block.name_id = {17};
  chunk.slices = {block};
  chunk.losses = {{proto::LossKind::buffer_full, 40, kStart + 1, kStart + 2, 0}};
  file.add(chunk);
  file.finish({});
  const auto loaded = read(file.view());
  ASSERT_TRUE(loaded.ok());
  const trace::Trace& trace = *loaded.value();
  ASSERT_EQ(trace.slice_count(), 1u);
  EXPECT_EQ(trace.names()[trace.slice(0).name].text, "(name lost)");
  EXPECT_EQ(loss_count(trace, "undefined_id"), 2u);
  EXPECT_EQ(loss_count(trace, "buffer_full"), 40u);
}

}  // namespace
}  // namespace tbprof::analyzer::import
