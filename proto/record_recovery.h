// Where reading goes on behind a damaged record length. TRACE_FORMAT.md says what is promised.
// Borrows the bytes. Functions and views only; one thread at a time.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "proto/record_frame.h"
#include "proto/record_reader.h"

namespace tbprof::proto {

// The bytes of a stream, seen as frames at given offsets.
class RecordFrames {
 public:
  RecordFrames(std::span<const std::uint8_t> bytes, const RecordReaderOptions& options)
      : bytes_(bytes), options_(options) {}

  std::span<const std::uint8_t> bytes() const { return bytes_; }
  std::uint64_t size() const { return bytes_.size(); }
  const RecordReaderOptions& options() const { return options_; }

  // Whether a header with a right checksum and a length within the limit begins here.
  bool has_header(std::uint64_t begin) const;
  // The following REQUIRE has_header(begin), the last two also is_whole(begin).
  std::uint64_t length_of(std::uint64_t begin) const;
  bool is_whole(std::uint64_t begin) const { return fits(begin, length_of(begin)); }
  std::uint64_t end_of(std::uint64_t begin) const {
    return begin + kFrameHeaderBytes + length_of(begin) + kFrameFooterBytes;
  }
  std::span<const std::uint8_t> payload_of(std::uint64_t begin) const {
    return bytes_.subspan(begin + kFrameHeaderBytes, length_of(begin));
  }
  bool payload_is_intact(std::uint64_t begin) const;

  // Whether a record of this length that begins here ends within the bytes.
  bool fits(std::uint64_t begin, std::uint64_t length) const;
  std::uint32_t number_at(std::uint64_t offset) const;

 private:
  std::span<const std::uint8_t> bytes_;
  const RecordReaderOptions& options_;
};

struct Recovery {
  bool found = false;
  bool payload_is_intact = false;  // only the length was damaged: the payload ends before `next`
  std::uint64_t next = 0;          // where the record behind the damage begins, or the end
};

// How many bytes the checks that may look at bytes again can read in a stream of this size, so that
// no stream makes the search quadratic.
std::uint64_t recovery_budget_bytes(std::uint64_t stream_bytes);

// Looks no further than the options' max_barren_bytes for where the next record begins.
// REQUIRES: at least a header's bytes at `damaged`, which are none.
Recovery find_next_record(const RecordFrames& frames, std::uint64_t damaged,
                          std::uint64_t& budget_bytes);

}  // namespace tbprof::proto
