// Gathers what goes into the next chunk: gives strings, names, tracks and shapes their ids and
// keeps the columns. Host events come to it from EventDecoder, others from event sources
// (event_source.h). Owns the chunk. The writer thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "collector/intern_table.h"
#include "collector/overview.h"
#include "proto/trace_records.h"

namespace tbprof::collector {

class ChunkBuilder {
 public:
  // The id of a key or value of an attribute; kNoId past the table's limits.
  std::uint32_t text(std::string_view text) { return string(text); }
  // Past the table's limits a name becomes kNamesFull, and is counted.
  std::uint32_t name(std::string_view text, proto::Category category);
  std::uint32_t shape(const proto::LaunchShape& shape);
  // Gives the track its id; `id` and `name_string_id` of the definition are not read.
  std::uint32_t add_track(proto::TrackDefinition definition, std::string_view name);
  void rename_track(std::uint32_t track_id, std::string_view name);

  // The block of a track in this chunk, for sources that fill its optional columns. Valid until
  // the next call of any function but add_busy.
  proto::SliceBlock& block(std::uint32_t track_id);
  void add_slice(std::uint32_t track_id, std::int64_t start_ns, std::int64_t duration_ns,
                 std::uint32_t name_id) {
    proto::SliceBlock& to = block(track_id);
    to.start_ns.push_back(start_ns);
    to.duration_ns.push_back(duration_ns);
    to.name_id.push_back(name_id);
    ++event_count_;
  }
  // A fact about the last slice of the block.
  static void add_attribute(proto::SliceBlock& to, std::uint32_t key_string_id,
                            proto::ValueKind kind, std::uint64_t value);
  // A fact about the instant that was added last.
  void add_instant_attribute(std::uint32_t key_string_id, proto::ValueKind kind,
                             std::uint64_t value);
  void add_device_event(const proto::DeviceEvent& event) {
    chunk_.device_events.push_back(event);
    ++event_count_;
  }
  // For slices put into a block by hand: how many, so that the chunk stays bounded.
  void count_slices(std::size_t count) { event_count_ += count; }
  // A time in which the track was busy, for the overview: outermost slices only, by rising end.
  void add_busy(std::uint32_t track_id, std::int64_t start_ns, std::int64_t end_ns) {
    overview_.add(track_id, start_ns, end_ns);
  }
  void add_step(const proto::StepRecord& step);
  // Each counter has a track of its own.
  void add_counter(std::uint32_t name_id, std::string_view text, std::int64_t time_ns,
                   double value);
  void add_instant(const proto::InstantRecord& instant);
  void add_loss(const proto::LossRecord& loss);
  void add_clock(const proto::ClockPair& pair) { chunk_.clocks.push_back(pair); }
  void add_property(std::string_view key, std::string_view value);
  void add_window(const proto::RecordingWindow& window);
  void add_noted_step(const proto::NotedStep& step);
  std::vector<proto::OpenSlice>& open() { return chunk_.open; }

  // Slices, steps, counter values and instants.
  std::size_t event_count() const { return event_count_; }
  bool has_news() const { return event_count_ + news_count_ > 0; }

  // The chunk as it stands, to be encoded.
  const proto::TraceChunk& seal(std::int64_t covered_until_ns);
  // The sealed chunk is in the file: begins the next.
  void next_chunk();
  // The sealed chunk could not be written: its events are lost and counted, ids are kept.
  void drop_events(std::int64_t from_ns, std::int64_t until_ns);

  Overview& overview() { return overview_; }
  std::uint64_t lost_count() const { return lost_count_; }

 private:
  std::uint32_t string(std::string_view text);
  void clear_events();

  proto::TraceChunk chunk_;
  InternTable strings_;
  PairTable names_;
  std::uint32_t name_count_ = 0;
  std::uint32_t names_full_id_ = proto::kNoId;
  std::uint64_t names_refused_ = 0;
  std::vector<proto::LaunchShape> shapes_;
  std::vector<std::uint32_t> shape_slots_;
  std::vector<proto::TrackDefinition> tracks_;
  std::vector<std::uint32_t> block_of_track_;  // index + 1 into chunk_.slices; 0: none yet
  std::vector<proto::SliceBlock> spare_blocks_;
  std::vector<std::uint32_t> track_of_counter_;  // by name id; track id + 1
  std::vector<std::uint32_t> block_of_counter_;  // by name id; index + 1 into chunk_.counters
  Overview overview_;
  std::size_t event_count_ = 0;
  std::size_t news_count_ = 0;
  std::uint64_t lost_count_ = 0;
};

}  // namespace tbprof::collector
