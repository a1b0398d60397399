// What the encoder writes, the decoder reads back, whatever the values are.
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "proto/trace_decoder.h"
#include "proto/trace_encoder.h"
#include "proto/wire.h"
#include "tests/proto/sample_trace.h"

namespace tbprof::tests::proto {
namespace {

constexpr std::uint64_t kFileId = 0x1122334455667788;
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kUnsignedMax = std::numeric_limits<std::uint64_t>::max();

void expect_round_trip(const TraceChunk& chunk) {
  for (const Codec codec : {Codec::none, Codec::zlib}) {
    ChunkEncoder encoder(kFileId, codec);
    ChunkDecoder decoder;
    TraceChunk decoded = sample_chunk();  // what was there before must go
    const auto result = decoder.decode(encoder.encode(chunk), decoded);
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_TRUE(same(decoded, chunk));
  }
}

TEST(TraceFormat, HeaderRoundTrip) {
  const std::string payload = encode_header(sample_header());
  const auto decoded = decode_header(bytes_of(payload));
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_TRUE(same(decoded.value(), sample_header()));
  EXPECT_EQ(peek_record(bytes_of(payload)).value().kind, TraceRecordKind::header);
  EXPECT_EQ(peek_record(bytes_of(payload)).value().file_id, kFileId);
}

TEST(TraceFormat, HeaderWithExtremesRoundTrip) {
  TraceHeader header;
  header.file_id = kUnsignedMax;
  header.pid = kMin;
  header.parent_pid = kMax;
  header.start_monotonic_ns = kMin;
  header.start_realtime_ns = kMax;
  header.command = {"", std::string("a\0b", 3)};
  header.rank = -1;
  header.world_size = std::numeric_limits<std::int32_t>::max();
  const auto decoded = decode_header(bytes_of(encode_header(header)));
  ASSERT_TRUE(decoded.ok());
  EXPECT_TRUE(same(decoded.value(), header));
}

TEST(TraceFormat, HeaderOfNewerVersionIsRefusedWithAdvice) {
  TraceHeader header = sample_header();
  header.version = kTraceVersion + 1;
  const auto decoded = decode_header(bytes_of(encode_header(header)));
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().code, ErrorCode::unsupported);
  EXPECT_NE(decoded.error().message.find("newer tbprof"), std::string::npos);
}

TEST(TraceFormat, ChunkRoundTrip) { expect_round_trip(sample_chunk()); }

TEST(TraceFormat, EmptyChunkRoundTrip) { expect_round_trip(TraceChunk{}); }

TEST(TraceFormat, ExtremesRoundTrip) {
  TraceChunk chunk = sample_chunk();
  chunk.sequence = kUnsignedMax;
  chunk.covered_until_ns = kMin;
  chunk.strings = {"", std::string(100'000, 'x'), "\xff\xfe"};
  chunk.names = {{kNoId, Category::loading}, {kNoId - 1, Category::other}};
  chunk.shapes = {{{kNoId, kNoId, kNoId}, {kNoId, 0, kNoId}, kNoId, kNoId, kNoId}, {}};
  chunk.tracks = {{kNoId - 1, TrackKind::process, kNoId - 1, kMin, kMax, -1, kMin, kMax}};
  const std::vector<std::int64_t> times = {kMin, kMax, 0, kMin, -1, 1, kMax, kMax, 0};
  const std::vector<std::int64_t> durations = {kMax, kMin, 0, kMin, 0, 0, kMax, 0, -1};
  chunk.slices = {{7,
                   times,
                   durations,
                   {0, kNoId, 1, kNoId - 1, 127, 128, 16383, 16384, 0},
                   {0, kUnsignedMax, 1, 0, std::uint64_t{1} << 63, 0, 1, 2, kUnsignedMax},
                   {kNoId, 0, kNoId - 1, kNoId, 1, 2, 3, 4, 5},
                   {kUnsignedMax, 0, 1, 2, 3, 4, 5, 6, 7}}};
  chunk.steps = {{kNoId - 1, kMin, kMax, kMin, kNoId}, {0, kMax, kMin, kMax, 0}};
  chunk.counters = {
      {3,
       kNoId,
       {kMin, kMax, 0, kMin, 5, 5},
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), -0.0,
        0.0, std::numeric_limits<double>::denorm_min(), 1e308}},
      {3, 1, {1, 2, 3}, {1, 2, 3}}};
  chunk.instants = {{kNoId - 1, kMin, kNoId}, {0, kMax, 0}};
  chunk.open = {{kNoId - 1, kMin, kNoId, true, kMin}, {0, kMax, 0, false, 0}};
  chunk.losses = {{LossKind::bad_timestamp, kUnsignedMax, kMin, kMax, kNoId}};
  chunk.clocks = {{ClockKind::cupti, kMin, kMax}};
  chunk.properties = {{"", ""}, {std::string(1000, 'k'), std::string("\0", 1)}};
  expect_round_trip(chunk);
}

TEST(TraceFormat, ZeroDurationsAndTouchingSlicesRoundTrip) {
  TraceChunk chunk;
  chunk.slices = {
      {0, {0, 0, 0, 10, 10, 5, 0}, {0, 0, 10, 0, 0, 5, 10}, {0, 1, 2, 3, 4, 5, 6}, {}, {}, {}}};
  expect_round_trip(chunk);
}

TEST(TraceFormat, NestedRangesAndKernelsRoundTrip) {
  TraceChunk chunk;
  chunk.slices = {nested_ranges(10'000, 1), kernels(10'000, 2)};
  expect_round_trip(chunk);
}

TEST(TraceFormat, RandomColumnsRoundTrip) {
  std::mt19937_64 random(42);
  // Numbers of every length, since each has its own path through the varints.
  const auto any = [&] { return random() >> (random() % 64); };
  for (int round = 0; round < 200; ++round) {
    TraceChunk chunk;
    SliceBlock block;
    for (std::uint64_t count = 1 + random() % 50; count > 0; --count) {
      block.start_ns.push_back(static_cast<std::int64_t>(any()));
      block.duration_ns.push_back(static_cast<std::int64_t>(any()));
      block.name_id.push_back(static_cast<std::uint32_t>(any()));
      block.correlation_id.push_back(any() * (random() % 2));
      block.shape_id.push_back(static_cast<std::uint32_t>(any()));
      block.size_bytes.push_back(any());
    }
    chunk.slices = {block};
    expect_round_trip(chunk);
  }
}

TEST(TraceFormat, BlocksWithoutSlicesAreNotWritten) {
  TraceChunk chunk;
  chunk.slices.resize(3);
  chunk.counters.resize(2);
  ChunkEncoder encoder(kFileId);
  ChunkDecoder decoder;
  TraceChunk decoded;
  ASSERT_TRUE(decoder.decode(encoder.encode(chunk), decoded).ok());
  EXPECT_TRUE(decoded.slices.empty());
  EXPECT_TRUE(decoded.counters.empty());
}

TEST(TraceFormat, DecoderForgetsTheChunkBefore) {
  ChunkEncoder encoder(kFileId);
  ChunkDecoder decoder;
  TraceChunk decoded;
  ASSERT_TRUE(decoder.decode(encoder.encode(sample_chunk()), decoded).ok());
  TraceChunk plain;
  plain.slices = {{9, {1, 2}, {1, 1}, {0, 0}, {}, {}, {}}};
  ASSERT_TRUE(decoder.decode(encoder.encode(plain), decoded).ok());
  EXPECT_TRUE(same(decoded, plain));
}

TEST(TraceFormat, BodyBeyondTheLimitIsNotWritten) {
  TraceChunk chunk;
  chunk.strings = {std::string(kMaxBodyBytes, 'x')};
  ChunkEncoder encoder(kFileId);
  EXPECT_TRUE(encoder.encode(chunk).empty());
  chunk.strings = {"small"};
  EXPECT_FALSE(encoder.encode(chunk).empty());
}

TEST(TraceFormat, ChunksNumberTheirIdsThroughTheFile) {
  TraceChunk chunk = sample_chunk();  // 4 strings, 3 names, 1 shape
  ChunkEncoder encoder(kFileId);
  ChunkDecoder decoder;
  TraceChunk decoded;
  const auto expect_first_ids = [&](std::uint32_t chunks_before) {
    ASSERT_TRUE(decoder.decode(encoder.encode(chunk), decoded).ok());
    EXPECT_EQ(decoded.first_string_id, 4 * chunks_before);
    EXPECT_EQ(decoded.first_name_id, 3 * chunks_before);
    EXPECT_EQ(decoded.first_shape_id, chunks_before);
  };
  expect_first_ids(0);
  expect_first_ids(1);
  encoder.take_back();
  expect_first_ids(1);
  expect_first_ids(2);
}

TEST(TraceFormat, IndexRoundTrip) {
  const std::string payload = encode_index(kFileId, sample_index());
  const auto decoded = decode_index(bytes_of(payload));
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_TRUE(same(decoded.value(), sample_index()));
  EXPECT_TRUE(same(decode_index(bytes_of(encode_index(kFileId, {}))).value(), {}));
}

TEST(TraceFormat, AnIndexOfMoreStepsThanItMayHoldIsRefused) {
  TraceIndex index;
  index.steps.resize((std::size_t{1} << 20) + 1);
  EXPECT_FALSE(decode_index(bytes_of(encode_index(kFileId, index))).ok());
  index.steps.pop_back();
  EXPECT_TRUE(decode_index(bytes_of(encode_index(kFileId, index))).ok());
}

TEST(TraceFormat, IndexWithExtremesRoundTrip) {
  TraceIndex index;
  index.start_ns = kMin;
  index.end_ns = kMax;
  index.slice_count = kUnsignedMax;
  index.chunks = {{kUnsignedMax, kUnsignedMax, kMax, kMin, kUnsignedMax}, {0, 0, kMin, kMax, 0}};
  index.tracks = {{kNoId - 1, kUnsignedMax, kMin, {}}, {0, 0, kMax, {5, 0, kNoId}}};
  index.overview = {{0, kMin, kMax, {}}, {1, kMax, kMin, {kNoId, 0}}};
  index.steps = {{kMax, kMin, kMax}, {kMin, kMax, kMin}};
  index.steps_each = kUnsignedMax;
  const auto decoded = decode_index(bytes_of(encode_index(kFileId, index)));
  ASSERT_TRUE(decoded.ok());
  EXPECT_TRUE(same(decoded.value(), index));
}

TEST(TraceFormat, TrailerHasItsFixedSizeWhateverItHolds) {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{300}, kUnsignedMax}) {
    const std::string payload = encode_trailer(value, value, value);
    EXPECT_EQ(payload.size(), kTrailerPayloadBytes);
    const auto decoded = decode_trailer(bytes_of(payload));
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(decoded.value().file_id, value);
    EXPECT_EQ(decoded.value().index_offset, value);
    EXPECT_EQ(decoded.value().index_record_bytes, value);
    EXPECT_EQ(peek_record(bytes_of(payload)).value().kind, TraceRecordKind::trailer);
  }
}

TEST(TraceFormat, UnknownRecordsAreNamedAsSuch) {
  std::string payload;
  WireWriter(payload).fixed64(1000, kFileId);
  EXPECT_EQ(peek_record(bytes_of(payload)).value().kind, TraceRecordKind::unknown);
  EXPECT_EQ(peek_record({}).value().kind, TraceRecordKind::unknown);
}

}  // namespace
}  // namespace tbprof::tests::proto
