// Reads a trace file of ours as far as it is there, and goes on where it ended when the file has
// grown: what was decoded stays. Owns what it has read; borrows the bytes for a call only.
// One thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "analyzer/import/importer.h"
#include "analyzer/import/samples_reader.h"
#include "analyzer/import/tbtrace_rows.h"
#include "proto/record_reader.h"
#include "proto/trace_decoder.h"

namespace tbprof::analyzer::import {

class TbtraceReader {
 public:
  // Half of the machine's memory, at most 16 GiB.
  static std::uint64_t default_max_memory_bytes();

  // Four times the largest chunk: so much without a whole record ends the reading.
  static constexpr std::uint64_t kMaxBarrenBytes = std::uint64_t{256} << 20;

  explicit TbtraceReader(proto::RecordReaderOptions options = {},
                         std::uint64_t max_memory_bytes = default_max_memory_bytes())
      : options_(options), max_memory_bytes_(max_memory_bytes) {
    options_.max_barren_bytes = std::min(options_.max_barren_bytes, kMaxBarrenBytes);
  }

  // Takes in the whole records behind offset(); an error if they take more memory than allowed, or
  // nobody waits for them any more.
  // REQUIRES: the bytes before offset() are those of the last call. After an error the reader is of
  // no more use.
  proto::Result<> read(const FileBytes& file);
  // The same for the file of samples that belongs to it.
  void read_samples(std::span<const std::uint8_t> bytes, bool writer_may_live) {
    samples_.read(bytes);
    samples_writer_may_live_ = writer_may_live;
  }
  // Where the next call begins; behind the last whole record.
  std::uint64_t offset() const { return offset_; }
  // Whether reading on would give the same as reading all anew. Not where something is damaged:
  // what comes later can tell better where reading goes on behind it.
  bool can_go_on() const { return !damage_.any() && !tail_is_damaged_; }
  // Whether the trailer was read and nothing stands behind it.
  bool is_finished() const { return trailer_end_ != 0 && trailer_end_ == size_bytes_; }

  // All that was read, as a trace; an error if nothing was.
  proto::Result<std::shared_ptr<const trace::Trace>> trace() const;
  // The same without keeping what was read. REQUIRES: the last call.
  proto::Result<std::shared_ptr<const trace::Trace>> take_trace();

  std::size_t memory_bytes() const { return rows_.memory_bytes() + samples_.memory_bytes(); }

 private:
  proto::Result<> read_record(const proto::RecordView& record);
  proto::Result<> read_chunk(const proto::RecordView& record);
  proto::Result<> check_memory();
  void note_tail(const FileBytes& file, proto::ReadStatus end);
  proto::Result<std::shared_ptr<const trace::Trace>> seal(TbtraceRows& rows) const;
  void add_samples(TbtraceRows& rows) const;
  void count_damage(LossTally& tally) const;
  trace::Source source(const std::string& open) const;
  std::string cut_sentence() const;
  std::string covered_text() const;

  proto::RecordReaderOptions options_;
  const std::uint64_t max_memory_bytes_;
  std::uint64_t unchecked_bytes_ = 0;  // decoded since memory was last looked at
  std::uint64_t offset_ = 0;
  TbtraceRows rows_;
  SamplesReader samples_;
  bool samples_writer_may_live_ = false;
  proto::ChunkDecoder decoder_;
  proto::TraceChunk chunk_;
  std::optional<std::uint64_t> file_id_;
  bool has_header_ = false;
  std::int64_t start_ns_ = 0;
  std::uint64_t trailer_end_ = 0;  // 0: not read yet
  std::uint64_t chunk_count_ = 0;
  std::uint64_t next_sequence_ = 0;
  std::uint64_t missing_chunks_ = 0;
  std::uint64_t first_gap_offset_ = 0;
  proto::RecordDamage damage_;

  // Of the last call.
  std::string path_;
  std::uint64_t size_bytes_ = 0;
  bool writer_may_live_ = false;
  bool ends_at_record_ = false;
  bool tail_is_damaged_ = false;
  std::uint64_t tail_bytes_ = 0;          // behind offset()
  std::uint64_t whole_record_bytes_ = 0;  // of the record there; 0: its length is cut as well
};

}  // namespace tbprof::analyzer::import
