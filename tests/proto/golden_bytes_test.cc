// The bytes of golden/*.hex, worked out from the format's description, are what the encoder writes
// and the decoder reads. A change of these bytes needs a new kTraceVersion and a new file.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "proto/index_body.h"
#include "proto/record_frame.h"
#include "proto/record_reader.h"
#include "proto/trace_decoder.h"
#include "proto/trace_encoder.h"
#include "proto/wire.h"
#include "tests/proto/sample_trace.h"

namespace tbprof::tests::proto {
namespace {

std::string read_hex(const std::string& name) {
  std::ifstream file(TBPROF_SOURCE_DIR "/tests/proto/golden/" + name);
  std::string bytes;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line.substr(0, line.find('#')));
    int byte = 0;
    while (words >> std::hex >> byte) bytes += static_cast<char>(byte);
  }
  return bytes;
}

constexpr std::uint64_t kFileId = 0x1122334455667788;

TraceIndex golden_index(std::uint64_t chunk_offset, std::uint64_t chunk_bytes) {
  TraceIndex index;
  index.start_ns = 1'000'000'000;
  index.end_ns = 1'000'050'000;
  index.slice_count = 4;
  index.step_count = 1;
  index.lost_count = 3;
  index.chunks = {{chunk_offset, chunk_bytes, 1'000'000'500, 1'000'040'500, 4}};
  index.tracks = {{0, 2, 40'000, {0}}};
  index.overview = {{0, 1'000'000'000, 25'000, {24'500, 15'500}}};
  return index;
}

TEST(GoldenBytes, EncoderWritesThem) {
  static_assert(kTraceVersion == 1, "a new version needs new golden bytes; keep reading these");
  std::string file;
  append_record(bytes_of(encode_header(sample_header())), file);
  const std::uint64_t chunk_offset = file.size();
  ChunkEncoder encoder(kFileId, Codec::none);
  append_record(encoder.encode(sample_chunk()), file);
  const std::uint64_t index_offset = file.size();
  const TraceIndex index = golden_index(chunk_offset, index_offset - chunk_offset);
  append_record(bytes_of(encode_index(kFileId, index)), file);
  append_record(bytes_of(encode_trailer(kFileId, index_offset, file.size() - index_offset)), file);

  const std::string golden = read_hex("finished.hex");
  ASSERT_GT(golden.size(), 500u);
  const auto [ours, theirs] = std::ranges::mismatch(file, golden);
  EXPECT_EQ(file.size(), golden.size());
  EXPECT_TRUE(ours == file.end() && theirs == golden.end())
      << "the first difference is at byte " << ours - file.begin();
}

TEST(GoldenBytes, DecoderReadsThem) {
  const std::string golden = read_hex("finished.hex");
  // As a reader opens a finished file: from the trailer to the index to the chunk.
  const std::string_view tail =
      std::string_view(golden).substr(golden.size() - kTrailerRecordBytes);
  RecordView view;
  ASSERT_EQ(RecordReader(bytes_of(tail)).next(view), ReadStatus::record);
  const auto trailer = decode_trailer(view.payload);
  ASSERT_TRUE(trailer.ok());
  ASSERT_EQ(RecordReader(bytes_of(golden).subspan(trailer.value().index_offset)).next(view),
            ReadStatus::record);
  EXPECT_EQ(view.payload.size() + 16, trailer.value().index_record_bytes);
  const auto index = decode_index(view.payload);
  ASSERT_TRUE(index.ok());
  const TraceIndex::ChunkEntry& entry = index.value().chunks.at(0);
  EXPECT_TRUE(same(index.value(), golden_index(entry.offset, entry.size_bytes)));
  ASSERT_EQ(RecordReader(bytes_of(golden).subspan(entry.offset)).next(view), ReadStatus::record);
  TraceChunk chunk;
  ASSERT_TRUE(ChunkDecoder().decode(view.payload, chunk).ok());
  EXPECT_TRUE(same(chunk, sample_chunk()));
  ASSERT_EQ(RecordReader(bytes_of(golden)).next(view), ReadStatus::record);
  EXPECT_TRUE(same(decode_header(view.payload).value(), sample_header()));
}

TEST(GoldenBytes, OfAnIndexWithSteps) {
  TraceIndex index;
  index.start_ns = 1'000'000'000;
  index.end_ns = 1'000'050'000;
  index.slice_count = 4;
  index.step_count = 4;
  index.tracks = {{1, 4, 11'000, {0}, TrackKind::stream, "copy", 4711, 0, 7}};
  index.steps = {{12, 1'000'000'500, 40'000}, {13, 1'000'042'000, 8'000}};
  index.steps_each = 2;
  const std::string golden = read_hex("index_with_steps.hex");
  EXPECT_EQ(encode_index_body(index), golden);
  const auto decoded = decode_index_body(bytes_of(golden));
  ASSERT_TRUE(decoded.ok());
  EXPECT_TRUE(same(decoded.value(), index));
}

TEST(GoldenBytes, BeginWithTheMagic) {
  EXPECT_EQ(read_hex("finished.hex").substr(12, 9), "\x09TBTRACE\n");
}

}  // namespace
}  // namespace tbprof::tests::proto
