// Records of samples: their bytes as TRACE_FORMAT.md gives them, there and back, and damaged.
#include "proto/sample_chunk.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "proto/trace_decoder.h"
#include "proto/wire.h"
#include "tests/proto/sample_trace.h"

namespace tbprof::tests::proto {
namespace {

constexpr std::uint64_t kFileId = 0x1122334455667788;

std::string golden() {
  std::ifstream file(TBPROF_SOURCE_DIR "/tests/proto/golden/samples.hex");
  std::string bytes;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line.substr(0, line.find('#')));
    int byte = 0;
    while (words >> std::hex >> byte) bytes += static_cast<char>(byte);
  }
  return bytes;
}

void expect_same(const SampleChunk& a, const SampleChunk& b) {
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(a.covered_until_ns, b.covered_until_ns);
  EXPECT_EQ(a.is_last, b.is_last);
  EXPECT_EQ(a.first_string_id, b.first_string_id);
  EXPECT_EQ(a.first_frame_id, b.first_frame_id);
  EXPECT_EQ(a.first_stack_id, b.first_stack_id);
  EXPECT_EQ(a.strings, b.strings);
  ASSERT_EQ(a.threads.size(), b.threads.size());
  for (std::size_t i = 0; i < a.threads.size(); ++i) {
    EXPECT_EQ(a.threads[i].id, b.threads[i].id);
    EXPECT_EQ(a.threads[i].tid, b.threads[i].tid);
    EXPECT_EQ(a.threads[i].name_string_id, b.threads[i].name_string_id);
  }
  ASSERT_EQ(a.frames.size(), b.frames.size());
  for (std::size_t i = 0; i < a.frames.size(); ++i) {
    EXPECT_EQ(a.frames[i].function_string_id, b.frames[i].function_string_id);
    EXPECT_EQ(a.frames[i].file_string_id, b.frames[i].file_string_id);
    EXPECT_EQ(a.frames[i].line, b.frames[i].line);
  }
  ASSERT_EQ(a.stacks.size(), b.stacks.size());
  for (std::size_t i = 0; i < a.stacks.size(); ++i) {
    EXPECT_EQ(a.stacks[i].caller_id, b.stacks[i].caller_id);
    EXPECT_EQ(a.stacks[i].frame_id, b.stacks[i].frame_id);
  }
  ASSERT_EQ(a.blocks.size(), b.blocks.size());
  for (std::size_t i = 0; i < a.blocks.size(); ++i) {
    EXPECT_EQ(a.blocks[i].thread_id, b.blocks[i].thread_id);
    EXPECT_EQ(a.blocks[i].start_ns, b.blocks[i].start_ns);
    EXPECT_EQ(a.blocks[i].duration_ns, b.blocks[i].duration_ns);
    EXPECT_EQ(a.blocks[i].count, b.blocks[i].count);
    EXPECT_EQ(a.blocks[i].state, b.blocks[i].state);
    EXPECT_EQ(a.blocks[i].stack_id, b.blocks[i].stack_id);
    EXPECT_EQ(a.blocks[i].place_id, b.blocks[i].place_id);
    EXPECT_EQ(a.blocks[i].cpu_ns, b.blocks[i].cpu_ns);
    EXPECT_EQ(a.blocks[i].delay_ns, b.blocks[i].delay_ns);
  }
  ASSERT_EQ(a.properties.size(), b.properties.size());
  for (std::size_t i = 0; i < a.properties.size(); ++i) {
    EXPECT_EQ(a.properties[i].key, b.properties[i].key);
    EXPECT_EQ(a.properties[i].value, b.properties[i].value);
  }
}

TEST(SampleChunk, HasTheBytesOfTheDescription) {
  SampleChunkEncoder encoder(kFileId, Codec::none);
  EXPECT_EQ(text_of(encoder.encode(sample_sample_chunk())), golden());
  SampleChunk decoded;
  ASSERT_TRUE(SampleChunkDecoder().decode(bytes_of(golden()), decoded).ok());
  EXPECT_EQ(decoded.file_id, kFileId);
  expect_same(decoded, sample_sample_chunk());
}

TEST(SampleChunk, ComesBackFromCompression) {
  SampleChunk chunk = sample_sample_chunk();
  chunk.is_last = true;
  for (int i = 0; i < 2000; ++i) chunk.strings.push_back("function " + std::to_string(i % 7));
  SampleChunkEncoder encoder(kFileId);
  const auto payload = encoder.encode(chunk);
  EXPECT_LT(payload.size(), 8000u);
  SampleChunk decoded;
  ASSERT_TRUE(SampleChunkDecoder().decode(payload, decoded).ok());
  expect_same(decoded, chunk);
}

TEST(SampleChunk, IsOfNoKindThatOlderReadersKnow) {
  EXPECT_TRUE(is_sample_record(bytes_of(golden())));
  EXPECT_FALSE(is_sample_record(bytes_of(std::string_view("\x11garbage"))));
  EXPECT_EQ(peek_record(bytes_of(golden())).value().kind, TraceRecordKind::unknown);
}

TEST(SampleChunk, IsRefusedWhereItIsCut) {
  const std::string whole = golden();
  const std::size_t body = whole.find(std::string("\x0a\x04loop", 6));
  ASSERT_NE(body, std::string::npos);
  SampleChunk decoded;
  for (std::size_t size = body; size < whole.size(); ++size) {
    EXPECT_FALSE(SampleChunkDecoder().decode(bytes_of(whole).first(size), decoded).ok()) << size;
  }
  // The body alone, cut: where a field ends it is whole, and elsewhere refused.
  std::size_t refused = 0;
  for (std::size_t size = body; size < whole.size(); ++size) {
    SampleChunk part;
    const auto bytes = bytes_of(whole).subspan(body, size - body);
    refused += SampleChunkDecoder().decode_body(bytes, part).ok() ? 0 : 1;
  }
  EXPECT_GT(refused, (whole.size() - body) / 2);
}

TEST(SampleChunk, IsRefusedWhereColumnsDiffer) {
  SampleChunk chunk = sample_sample_chunk();
  SampleChunkEncoder encoder(kFileId, Codec::none);
  std::string payload(text_of(encoder.encode(chunk)));
  const std::size_t looks = payload.find(std::string("\x22\x02\x03\x01", 4));
  ASSERT_NE(looks, std::string::npos);
  payload[looks + 3] = '\x81';  // the second number goes on into nothing
  SampleChunk decoded;
  EXPECT_FALSE(SampleChunkDecoder().decode(bytes_of(payload), decoded).ok());
}

TEST(SampleChunk, StackCannotCallFromBeforeTheFirst) {
  SampleChunk chunk;
  chunk.stacks = {{kNoId, 0}, {7, 0}};  // 1 - 7 is no id
  SampleChunkEncoder encoder(kFileId, Codec::none);
  SampleChunk decoded;
  EXPECT_FALSE(SampleChunkDecoder().decode(encoder.encode(chunk), decoded).ok());
}

}  // namespace
}  // namespace tbprof::tests::proto
