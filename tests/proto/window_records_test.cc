// Windows and noted steps: the golden bytes of a body that has them, worked out from
// TRACE_FORMAT.md; what is written is read; what is malformed is refused.
#include "proto/window_records.h"

#include <gtest/gtest.h>

#include <limits>

#include "proto/chunk_body.h"
#include "proto/wire.h"
#include "tests/proto/sample_trace.h"

namespace tbprof::tests::proto {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

std::string body_of(const TraceChunk& chunk) {
  std::string body;
  ChunkBodyEncoder().encode(chunk, body);
  return body;
}

void expect_round_trip(const TraceChunk& chunk) {
  TraceChunk decoded;
  const std::string body = body_of(chunk);
  ASSERT_TRUE(ChunkBodyDecoder().decode(bytes_of(body), decoded).ok());
  EXPECT_TRUE(same(chunk, decoded));
}

TEST(WindowRecords, GoldenBytes) {
  const std::uint8_t golden[] = {
      0x82, 0x01, 0x0d,             // field 16, 13 bytes
      0x08, 0x02,                   //   number 2
      0x10, 0xc8, 0x01,             //   start 100
      0x18, 0xac, 0x02,             //   end 150
      0x20, 0x06,                   //   cause 6: from outside
      0x2a, 0x01, 'x',              //   label "x"
      0x8a, 0x01, 0x0d,             // field 17, 13 bytes
      0x0a, 0x02, 0x0e, 0x02,       //   numbers 7, then 1 more
      0x12, 0x02, 0x14, 0x05,       //   starts 10, then 3 before the end of the first
      0x1a, 0x03, 0x1e, 0x96, 0x01  //   durations 30 and 150
  };
  TraceChunk chunk;
  chunk.windows = {{2, 100, false, 150, WindowCause::capture, "x"}};
  chunk.noted_steps = {{7, 10, 30}, {8, 37, 150}};
  const std::string bytes(reinterpret_cast<const char*>(golden), sizeof golden);

  EXPECT_EQ(body_of(chunk), bytes);
  expect_round_trip(chunk);
}

TEST(WindowRecords, AnOpenWindowHasNoEnd) {
  TraceChunk chunk;
  chunk.windows = {{0, -5, true, 0, WindowCause::steps, ""},
                   {1, kMost, false, kMost, WindowCause::time, "second"}};
  expect_round_trip(chunk);
}

TEST(WindowRecords, ExtremeSteps) {
  TraceChunk chunk;
  chunk.noted_steps = {{kMost, std::numeric_limits<std::int64_t>::min(), kMost},
                       {std::numeric_limits<std::int64_t>::min(), kMost, 0},
                       {0, 0, -1}};
  expect_round_trip(chunk);
}

TEST(WindowRecords, ColumnsOfDifferentLengthsAreRefused) {
  std::string message;
  WireWriter writer(message);
  writer.bytes(1, std::string("\2\2", 2));
  writer.bytes(2, std::string("\2\2", 2));
  writer.bytes(3, std::string("\2", 1));
  std::vector<NotedStep> steps;
  EXPECT_FALSE(decode_noted_steps(bytes_of(message), steps));
  EXPECT_FALSE(decode_noted_steps(bytes_of(std::string_view(message).substr(0, 5)), steps));
}

TEST(WindowRecords, ACauseOfALaterVersionIsUnknown) {
  std::string message;
  WireWriter(message).varint(4, std::uint64_t{1} << 40);
  RecordingWindow window;
  ASSERT_TRUE(decode_window(bytes_of(message), window));
  EXPECT_EQ(static_cast<int>(window.cause), 255);
  EXPECT_TRUE(window.is_open);
}

}  // namespace
}  // namespace tbprof::tests::proto
