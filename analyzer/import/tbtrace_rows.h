// Turns the chunks of a .tbtrace file into rows of a builder: ids become tracks and names, launch
// shapes become attributes. Owns builder and tally; a copy shares the slices (trace_builder.h), so
// that a trace can be made of what is there and more chunks added afterwards. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analyzer/import/event_waits.h"
#include "analyzer/import/id_table.h"
#include "analyzer/import/loss_tally.h"
#include "analyzer/trace/trace_builder.h"
#include "proto/trace_records.h"

namespace tbprof::analyzer::import {

class TbtraceRows {
 public:
  TbtraceRows() { builder_.set_equal_slices(trace::EqualSlices::last_is_outer); }

  void set_header(const proto::TraceHeader& header);
  // `offset` is that of the chunk's record.
  void add(const proto::TraceChunk& chunk, std::uint64_t offset);
  // "2 ranges were open: epoch and step 41." Empty if none was when the last chunk was written.
  std::string open_sentence() const;
  // What was open when the last chunk was written, as slices up to the last time known.
  void add_unfinished();
  // Counters and losses gathered over all chunks. REQUIRES: called once, at the end.
  void finish();

  trace::TraceBuilder& builder() { return builder_; }
  LossTally& tally() { return tally_; }
  std::size_t memory_bytes() const;
  std::int64_t covered_until_ns() const { return covered_until_ns_; }
  // Whether the writer counted such a loss in what was read.
  bool has_loss(proto::LossKind kind) const;

 private:
  // The strings of one launch shape among the builder's values.
  struct ShapeValues {
    std::array<std::uint32_t, 6> value;  // kNoId: not said of this kernel
  };

  void define(const proto::TraceChunk& chunk);
  struct KnownThread {
    trace::TrackId track = trace::kNone;
    bool is_named = false;
  };

  trace::TrackId join_thread(const proto::TrackDefinition& definition, bool is_named);
  void define_track(const proto::TrackDefinition& definition);
  void add_slices(const proto::SliceBlock& block);
  void add_shapes(const proto::SliceBlock& block, trace::RowId first);
  void add_sizes(const proto::SliceBlock& block, trace::RowId first);
  void add_attribute(const proto::SliceAttribute& attribute, trace::RowId first);
  std::uint32_t value_of(proto::ValueKind kind, std::uint64_t value);
  void add_counter(const proto::CounterBlock& block);
  void add_instants(const proto::TraceChunk& chunk);
  void add_loss(const proto::LossRecord& loss);
  void add_windows(const proto::TraceChunk& chunk);
  trace::RecordingWindows windows() const;
  void undefined(std::string_view what);

  trace::TrackId track_of(std::uint32_t id);
  trace::NameId name_of(std::uint32_t id);
  std::string_view text_of(std::uint32_t string_id);
  ShapeValues values_of(const proto::LaunchShape& shape);
  void saw(std::int64_t time_ns);

  trace::TraceBuilder builder_;
  LossTally tally_;
  std::string process_;  // "python 4711"
  std::int64_t pid_ = 0;
  IdTable<std::string> strings_;
  std::size_t definition_bytes_ = 0;  // of strings, names, shapes and tracks
  IdTable<trace::NameId> names_;
  IdTable<ShapeValues> shapes_;
  std::unordered_map<std::uint32_t, trace::TrackId> tracks_;
  std::map<std::pair<std::int64_t, std::int64_t>, KnownThread> threads_;  // by process and thread
  std::vector<trace::NameId> name_column_;
  std::vector<trace::Counter> counters_;
  std::unordered_map<std::uint64_t, std::size_t> counter_index_;  // by track and name
  std::vector<proto::OpenSlice> open_;
  std::vector<proto::LossRecord> losses_;  // one a kind
  EventWaits waits_;
  std::map<std::uint32_t, proto::RecordingWindow> windows_;  // by number
  std::vector<proto::NotedStep> noted_steps_;
  bool is_windowed_ = false;
  std::uint64_t offset_ = 0;
  std::int64_t covered_until_ns_ = 0;
  std::int64_t last_ns_ = 0;
  bool has_time_ = false;
};

}  // namespace tbprof::analyzer::import
