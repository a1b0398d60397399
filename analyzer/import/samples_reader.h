// Reads a file of samples (.tbsamples, proto/TRACE_FORMAT.md) as far as it is there, and goes on
// where it ended when it has grown. Ids are checked here: what it gives refers to nothing that is
// not there. Owns what it has read; borrows the bytes for a call only. One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyzer/import/id_table.h"
#include "analyzer/import/loss_tally.h"
#include "analyzer/trace/samples.h"
#include "proto/record_reader.h"
#include "proto/sample_chunk.h"
#include "proto/trace_records.h"

namespace tbprof::analyzer::import {

inline constexpr char kSamplesEnding[] = ".tbsamples";

class SamplesReader {
 public:
  static constexpr std::uint64_t kMaxMemoryBytes = std::uint64_t{2} << 30;

  explicit SamplesReader(proto::RecordReaderOptions options = {},
                         std::uint64_t max_memory_bytes = kMaxMemoryBytes)
      : options_(options), max_memory_bytes_(max_memory_bytes) {}

  // Takes in the whole records behind those of the last call; begins anew where the file became
  // shorter. What would take more memory than allowed is left out and counted.
  void read(std::span<const std::uint8_t> bytes);

  bool has_samples() const { return row_count_ > 0; }
  bool is_complete() const { return is_complete_; }
  const std::optional<proto::TraceHeader>& header() const { return header_; }
  const std::map<std::string, std::string>& properties() const { return properties_; }
  // Rows between two times on the host's CLOCK_MONOTONIC, cut there. Tracks are not filled in.
  trace::Samples samples(std::int64_t from_ns, std::int64_t until_ns) const;
  std::int64_t covered_until_ns() const { return covered_until_ns_; }
  // What could not be read, and what whoever looked could not take in. A file that is not complete
  // is cut unless its writer may live.
  void report(LossTally& tally, bool writer_may_live) const;
  std::size_t memory_bytes() const { return memory_bytes_; }

 private:
  struct Thread {
    std::int64_t tid = 0;
    std::string name;
    std::vector<trace::Sample> rows;
  };
  void read_record(const proto::RecordView& record);
  void add(const proto::SampleChunk& chunk);
  void define(const proto::SampleChunk& chunk);
  void add_block(const proto::SampleBlock& block);
  std::uint64_t counted(const char* property) const;
  std::uint32_t text_of(std::uint32_t string_id) const;
  bool take_room(std::size_t bytes);

  proto::RecordReaderOptions options_;
  std::uint64_t max_memory_bytes_;
  std::uint64_t memory_bytes_ = 0;
  bool is_full_ = false;
  std::uint64_t offset_ = 0;
  std::optional<proto::TraceHeader> header_;
  std::optional<std::uint64_t> file_id_;
  bool is_complete_ = false;
  std::unique_ptr<proto::SampleChunkDecoder> decoder_ =
      std::make_unique<proto::SampleChunkDecoder>();
  std::uint64_t next_sequence_ = 0;
  std::uint64_t lost_chunks_ = 0;
  std::uint64_t bad_records_ = 0;
  proto::RecordDamage damage_;

  std::vector<std::string> texts_;
  IdTable<std::uint32_t> strings_;  // -> texts_
  std::vector<trace::SampleFrame> frames_;
  IdTable<std::uint32_t> frame_ids_;  // -> frames_
  std::vector<trace::SampleStack> stacks_;
  IdTable<std::uint32_t> stack_ids_;  // -> stacks_
  std::map<std::uint32_t, Thread> threads_;
  std::map<std::string, std::string> properties_;
  std::size_t row_count_ = 0;
  std::int64_t covered_until_ns_ = 0;
};

}  // namespace tbprof::analyzer::import
