// Facts about slices, clusters of launches and CUDA events: there and back, byte by byte, and with
// everything that a hostile file may say instead.
#include "proto/device_records.h"

#include <gtest/gtest.h>

#include <string>

#include "proto/chunk_body.h"
#include "proto/trace_fields.h"
#include "proto/wire.h"
#include "tests/proto/sample_trace.h"

namespace tbprof::tests::proto {
namespace {

TraceChunk chunk_with_facts() {
  TraceChunk chunk;
  SliceBlock& block = chunk.slices.emplace_back();
  block.track_id = 3;
  block.start_ns = {10, 20, 30};
  block.duration_ns = {1, 1, 1};
  block.name_id = {0, 0, 0};
  block.attributes = {{5, ValueKind::number, {0, 2}, {7, 300}},
                      {6, ValueKind::address, {1}, {0xffff'ffff'ffff'ffff}},
                      {kNoId, ValueKind::string, {2}, {9}}};
  return chunk;
}

std::string encoded(const TraceChunk& chunk) {
  std::string body;
  ChunkBodyEncoder().encode(chunk, body);
  return body;
}

Result<> decode(const std::string& body, TraceChunk& chunk) {
  return ChunkBodyDecoder().decode(bytes_of(body), chunk);
}

TEST(DeviceRecords, FactsOfSlicesComeBack) {
  const TraceChunk chunk = chunk_with_facts();
  TraceChunk read;
  ASSERT_TRUE(decode(encoded(chunk), read).ok());
  EXPECT_TRUE(same(chunk, read));
}

TEST(DeviceRecords, AReusedBlockKeepsNoFactsOfTheOneBefore) {
  TraceChunk read;
  ChunkBodyDecoder decoder;
  ASSERT_TRUE(decoder.decode(bytes_of(encoded(chunk_with_facts())), read).ok());
  TraceChunk plain = chunk_with_facts();
  plain.slices[0].attributes.clear();
  ASSERT_TRUE(decoder.decode(bytes_of(encoded(plain)), read).ok());
  EXPECT_TRUE(same(plain, read));
}

TEST(DeviceRecords, BytesAreThoseOfTheFormat) {
  SliceBlock block;
  block.attributes = {{5, ValueKind::address, {1, 2, 5}, {3, 200, 0}}};
  std::string message;
  PackedWriter packed;
  write_attributes(block.attributes, 6, field::slices::kAttribute, packed, message);
  EXPECT_EQ(message, std::string("\x4a\x0f"
                                 "\x08\x06"              // string id 5, as id + 1
                                 "\x10\x01"              // addresses
                                 "\x1a\x03\x01\x00\x02"  // rows 1, 2, 5
                                 "\x22\x04\x03\xc8\x01\x00",
                                 17));
  std::string event;
  write_device_event({300, 4, 1, 2, 7, 9}, event);
  EXPECT_EQ(event, "\x08\xac\x02\x10\x04\x18\x01\x20\x02\x28\x07\x30\x09");
}

TEST(DeviceRecords, RowsBehindTheBlockAreNotWritten) {
  SliceBlock block;
  block.attributes = {{5, ValueKind::number, {1, 6}, {1, 2}}, {6, ValueKind::number, {9}, {1}}};
  std::string message;
  PackedWriter packed;
  write_attributes(block.attributes, 3, field::slices::kAttribute, packed, message);
  WireReader reader(bytes_of(message));
  ASSERT_TRUE(reader.next());
  std::vector<SliceAttribute> read;
  ASSERT_TRUE(decode_attribute(reader.bytes(), 3, read));
  EXPECT_EQ(read[0].row, std::vector<std::uint32_t>{1});
  EXPECT_FALSE(reader.next());
}

TEST(DeviceRecords, MalformedFactsAreRefused) {
  const auto refused = [](std::string_view message) {
    std::vector<SliceAttribute> read;
    return !decode_attribute(bytes_of(message), 3, read);
  };
  using namespace std::string_view_literals;
  EXPECT_TRUE(refused(""sv));                                  // no rows
  EXPECT_TRUE(refused("\x1a\x01\x03\x22\x01\x01"sv));          // row 3 of 3
  EXPECT_TRUE(refused("\x1a\x02\x00\x02\x22\x02\x01\x01"sv));  // the second behind the end
  EXPECT_TRUE(refused("\x1a\x01\x00\x22\x02\x01\x01"sv));      // more values than rows
  EXPECT_TRUE(refused("\x1a\x04\x00\x00\x00\x00\x22\x04\x01\x01\x01\x01"sv));  // more than slices
  EXPECT_TRUE(refused("\x1a\x01\x80\x22\x01\x01"sv));  // a number that does not end
  EXPECT_FALSE(refused("\x1a\x01\x00\x22\x01\x01"sv));
}

TEST(DeviceRecords, ABlockTakesNoMoreKeysThanAFileOfOursHas) {
  std::vector<SliceAttribute> read;
  const std::string_view one("\x1a\x01\x00\x22\x01\x01", 6);
  for (std::size_t i = 0; i < kMaxSliceAttributes; ++i) {
    ASSERT_TRUE(decode_attribute(bytes_of(one), 1, read));
  }
  EXPECT_FALSE(decode_attribute(bytes_of(one), 1, read));
}

TraceChunk chunk_with_marks() {
  TraceChunk chunk;
  chunk.instants = {{0, 10, 0}, {1, 20, 1}, {0, 30, 2}};
  chunk.instant_attributes = {{4, ValueKind::number, {0, 2}, {7, 300}},
                              {4, ValueKind::string, {1}, {9}}};
  return chunk;
}

TEST(DeviceRecords, FactsOfInstantsComeBack) {
  const TraceChunk chunk = chunk_with_marks();
  TraceChunk read;
  ChunkBodyDecoder decoder;
  ASSERT_TRUE(decoder.decode(bytes_of(encoded(chunk)), read).ok());
  EXPECT_TRUE(same(chunk, read));
  TraceChunk plain = chunk;
  plain.instant_attributes.clear();
  ASSERT_TRUE(decoder.decode(bytes_of(encoded(plain)), read).ok());
  EXPECT_TRUE(same(plain, read));
}

TEST(DeviceRecords, BytesOfInstantsAreThoseOfTheFormat) {
  using namespace std::string_literals;
  const std::string body =
      "\x4a\x03\x00\x01\x00"          // tracks
      "\x52\x03\x14\x14\x14"          // 10, 20, 30
      "\x5a\x03\x01\x02\x03"          // names, as id + 1
      "\x9a\x01\x0d\x08\x05\x10\x00"  // facts: string id 4, as id + 1; numbers
      "\x1a\x02\x00\x01"              // rows 0, 2
      "\x22\x03\x07\xac\x02"          // 7, 300
      "\x9a\x01\x0a\x08\x05\x10\x02"  // strings
      "\x1a\x01\x01\x22\x01\x09"s;
  EXPECT_EQ(encoded(chunk_with_marks()), body);
  TraceChunk read;
  ASSERT_TRUE(decode(body, read).ok());
  EXPECT_TRUE(same(chunk_with_marks(), read));
}

TEST(DeviceRecords, FactsOfInstantsThatAreNotThereAreRefused) {
  using namespace std::string_literals;
  TraceChunk read;
  const auto refused = decode("\x9a\x01\x06\x1a\x01\x00\x22\x01\x01"s, read);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("facts about instants"), std::string::npos);
}

TEST(DeviceRecords, ClustersAndEventsComeBack) {
  TraceChunk chunk;
  chunk.shapes = {{{1, 2, 3}, {4, 5, 6}, 7, 8, 9, {2, 1, 1}}, {{1, 1, 1}, {32, 1, 1}, 0, 0, 0}};
  chunk.device_events = {{UINT64_MAX, UINT32_MAX, 1, 2, 3, UINT64_MAX}, {}};
  TraceChunk read;
  ASSERT_TRUE(decode(encoded(chunk), read).ok());
  EXPECT_TRUE(same(chunk, read));
}

}  // namespace
}  // namespace tbprof::tests::proto
