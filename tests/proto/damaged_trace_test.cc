// Trace files and payloads with wrong bytes: never a wrong value, never a crash.
#include <gtest/gtest.h>

#include <random>

#include "proto/record_frame.h"
#include "proto/record_reader.h"
#include "proto/trace_decoder.h"
#include "proto/trace_encoder.h"
#include "proto/wire.h"
#include "tests/proto/sample_trace.h"

namespace tbprof::tests::proto {
namespace {

struct FileReading {
  std::vector<std::string> payloads;
  bool complete = true;
};

FileReading read_file(const std::string& file) {
  RecordReader reader(bytes_of(file));
  FileReading reading;
  RecordView view;
  ReadStatus status;
  while ((status = reader.next(view)) == ReadStatus::record) {
    reading.payloads.emplace_back(text_of(view.payload));
  }
  reading.complete = status == ReadStatus::end && !reader.damage().any();
  return reading;
}

// Whether `part` is `whole` with some items left out.
bool is_subsequence(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
  std::size_t found = 0;
  for (const std::string& item : whole) found += found < part.size() && part[found] == item;
  return found == part.size();
}

TEST(DamagedTrace, EveryFlippedBitCostsAtMostOneRecordAndIsNoticed) {
  const std::string whole = sample_file();
  const FileReading good = read_file(whole);
  ASSERT_EQ(good.payloads.size(), 5u);
  ASSERT_TRUE(good.complete);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string file = whole;
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ (1 << bit % 8));
    const FileReading reading = read_file(file);
    EXPECT_FALSE(reading.complete) << bit;
    EXPECT_GE(reading.payloads.size() + 1, good.payloads.size()) << bit;
    EXPECT_TRUE(is_subsequence(reading.payloads, good.payloads)) << bit;
  }
}

TEST(DamagedTrace, EveryTruncationGivesWhatIsWhole) {
  const std::string whole = sample_file();
  const FileReading good = read_file(whole);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const FileReading reading = read_file(whole.substr(0, size));
    ASSERT_LT(reading.payloads.size(), good.payloads.size());
    EXPECT_TRUE(
        std::equal(reading.payloads.begin(), reading.payloads.end(), good.payloads.begin()));
  }
}

void decode_everything(std::string_view payload, ChunkDecoder& decoder, TraceChunk& chunk) {
  (void)peek_record(bytes_of(payload));
  (void)decode_header(bytes_of(payload));
  (void)decode_index(bytes_of(payload));
  (void)decode_trailer(bytes_of(payload));
  if (!decoder.decode(bytes_of(payload), chunk).ok()) return;
  for (const SliceBlock& block : chunk.slices) {
    EXPECT_EQ(block.duration_ns.size(), block.start_ns.size());
    EXPECT_EQ(block.name_id.size(), block.start_ns.size());
    EXPECT_TRUE(block.shape_id.empty() || block.shape_id.size() == block.start_ns.size());
    EXPECT_TRUE(block.size_bytes.empty() || block.size_bytes.size() == block.start_ns.size());
    EXPECT_TRUE(block.correlation_id.empty() ||
                block.correlation_id.size() == block.start_ns.size());
  }
}

// As if the checksums had been forged as well.
TEST(DamagedTrace, DecodersStandAnyByte) {
  ChunkEncoder encoder(1, Codec::none);
  const std::string chunk_payload(text_of(encoder.encode(sample_chunk())));
  const std::string index_payload = encode_index(1, sample_index());
  const std::string trailer_payload = encode_trailer(1, 2, 3);
  ChunkDecoder decoder;
  TraceChunk chunk;
  for (const std::string& whole :
       {chunk_payload, index_payload, trailer_payload, encode_header(sample_header())}) {
    for (std::size_t i = 0; i < whole.size(); ++i) {
      decode_everything(std::string_view(whole).substr(0, i), decoder, chunk);
      for (int value = 0; value < 256; ++value) {
        std::string payload = whole;
        payload[i] = static_cast<char>(value);
        decode_everything(payload, decoder, chunk);
      }
    }
  }
}

std::string chunk_payload_of(std::uint64_t codec, std::uint64_t raw_size, std::string_view body) {
  std::string payload;
  WireWriter writer(payload);
  writer.fixed64(2, 1);
  writer.varint(7, codec);
  writer.varint(8, raw_size);
  writer.bytes(9, body);
  return payload;
}

ErrorCode code_of_decoding(const std::string& payload) {
  TraceChunk chunk;
  const auto result = ChunkDecoder().decode(bytes_of(payload), chunk);
  EXPECT_FALSE(result.ok());
  return result.ok() ? ErrorCode::io : result.error().code;
}

TEST(DamagedTrace, ForgedSizesAreRefusedBeforeMemoryIsTaken) {
  constexpr std::uint64_t kHuge = std::uint64_t{1} << 60;
  EXPECT_EQ(code_of_decoding(chunk_payload_of(1, kHuge, "x")), ErrorCode::corrupt);
  EXPECT_EQ(code_of_decoding(chunk_payload_of(1, kMaxBodyBytes, "x")), ErrorCode::corrupt);
  EXPECT_EQ(code_of_decoding(chunk_payload_of(0, kHuge, "x")), ErrorCode::corrupt);
  EXPECT_EQ(code_of_decoding(chunk_payload_of(0, 2, "x")), ErrorCode::corrupt);
  EXPECT_EQ(code_of_decoding(chunk_payload_of(1, 1, "not zlib")), ErrorCode::corrupt);
  EXPECT_EQ(code_of_decoding(chunk_payload_of(99, 1, "x")), ErrorCode::unsupported);
  EXPECT_EQ(code_of_decoding(""), ErrorCode::corrupt);
}

TEST(DamagedTrace, MoreRecordsThanAChunkMayHoldAreRefused) {
  TraceChunk chunk;
  chunk.strings.resize(kMaxChunkFields - 8);
  ChunkEncoder encoder(1);
  ChunkDecoder decoder;
  TraceChunk decoded;
  EXPECT_TRUE(decoder.decode(encoder.encode(chunk), decoded).ok());
  chunk.strings.resize(kMaxChunkFields + 1);
  EXPECT_FALSE(decoder.decode(encoder.encode(chunk), decoded).ok());
}

TEST(DamagedTrace, UnknownFieldsArePassedOver) {
  std::string body;
  WireWriter writer(body);
  writer.varint(900, 1);
  writer.bytes(901, "later");
  writer.fixed64(902, 2);
  writer.fixed32(903, 3);
  writer.bytes(1, "a string");
  const std::string payload = chunk_payload_of(0, body.size(), body);
  TraceChunk chunk;
  const auto result = ChunkDecoder().decode(bytes_of(payload), chunk);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(chunk.strings, std::vector<std::string>{"a string"});
}

TEST(DamagedTrace, SliceColumnsOfDifferentLengthsAreRefused) {
  for (const std::uint32_t longer : {2u, 4u, 5u, 6u, 7u, 8u}) {
    std::string block;
    WireWriter writer(block);
    for (const std::uint32_t field : {2u, 4u, 5u, 6u, 7u, 8u}) {
      writer.bytes(field, field == longer ? "\1\1\1" : "\1\1");
    }
    std::string body;
    WireWriter(body).bytes(6, block);
    EXPECT_EQ(code_of_decoding(chunk_payload_of(0, body.size(), body)), ErrorCode::corrupt);
  }
}

}  // namespace
}  // namespace tbprof::tests::proto
