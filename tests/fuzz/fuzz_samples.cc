// Records of samples, and whole files of them, checksums left aside: nothing that they hold may
// read or write out of place, and what comes out refers only to what is there.
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <span>

#include "analyzer/import/samples_reader.h"
#include "proto/sample_chunk.h"

namespace {

using namespace tbprof;

void check(bool holds) {
  if (!holds) std::abort();
}

void check_samples(const analyzer::trace::Samples& samples) {
  using analyzer::trace::kNoSample;
  for (std::size_t i = 0; i < samples.stacks.size(); ++i) {
    const auto& stack = samples.stacks[i];
    check(stack.caller == kNoSample || stack.caller < i);
    check(stack.frame == kNoSample || stack.frame < samples.frames.size());
  }
  for (const auto& thread : samples.threads) {
    check(thread.first_row + thread.row_count <= samples.rows.size());
    std::int64_t end_ns = std::numeric_limits<std::int64_t>::min();
    for (const auto& row : samples.rows_of(thread)) {
      check(row.start_ns >= end_ns && row.duration_ns >= 0);
      check(row.stack == kNoSample || row.stack < samples.stacks.size());
      check(row.place == kNoSample || row.place < samples.texts.size());
      end_ns = row.end_ns();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span<const std::uint8_t> input(data + 1, size - 1);
  if (data[0] == 0) {
    proto::SampleChunk chunk;
    (void)proto::SampleChunkDecoder().decode_body(input, chunk);
    return 0;
  }
  proto::RecordReaderOptions options;
  options.verify_checksums = false;
  analyzer::import::SamplesReader reader(options);
  reader.read(input.first(input.size() / 2));
  reader.read(input);
  check_samples(reader.samples(std::numeric_limits<std::int64_t>::min(),
                               std::numeric_limits<std::int64_t>::max()));
  check_samples(reader.samples(50, 320));
  return 0;
}
