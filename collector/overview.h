// What the index of a finished file says: where each chunk is, what each track holds, and how busy
// each track was, in buckets whose width doubles as the recording grows. Bounded in memory by the
// limits below; what lies beyond them is left out of the index, never out of the trace.
// The writer thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "proto/trace_records.h"

namespace tbprof::collector {

class Overview {
 public:
  static constexpr std::size_t kMaxTracks = 4096;  // with an overview
  static constexpr std::size_t kBuckets = 1024;    // per track, until they are seconds wide
  // Two weeks of those. A time beyond is a device's mistake, which must not cost memory.
  static constexpr std::size_t kMostBuckets = std::size_t{1} << 20;
  static constexpr std::size_t kMaxChunks = std::size_t{1} << 20;
  static constexpr std::size_t kMaxSteps = std::size_t{1} << 15;  // then the longest of several

  void start(std::int64_t start_ns) { start_ns_ = start_ns; }
  // What the track is; a later call has the better name.
  void describe(const proto::TrackDefinition& definition, std::string_view name);
  void add(std::uint32_t track_id, std::int64_t start_ns, std::int64_t end_ns);
  void add_chunk(const proto::TraceChunk& chunk, std::uint64_t offset, std::uint64_t size_bytes);

  // The index as it stands; nothing if the recording outgrew it.
  bool complete() const { return chunks_.size() < kMaxChunks; }
  proto::TraceIndex make_index(std::int64_t end_ns, std::uint64_t lost_count) const;

 private:
  struct TrackState {
    proto::TraceIndex::TrackEntry entry;
    std::vector<std::uint32_t> busy_ns;
    std::int64_t bucket_ns = 1'000'000;
    std::int64_t covered_until_ns = INT64_MIN;
  };
  TrackState& track(std::uint32_t track_id);
  static void halve(TrackState& state);
  void add_step(const proto::StepRecord& step);
  void halve_steps();

  std::int64_t start_ns_ = 0;
  std::int64_t last_end_ns_ = 0;
  std::uint64_t slice_count_ = 0;
  std::uint64_t step_count_ = 0;
  std::vector<proto::TraceIndex::ChunkEntry> chunks_;
  std::vector<TrackState> tracks_;
  std::vector<proto::TraceIndex::StepEntry> steps_;  // each the longest of steps_each_
  std::uint64_t steps_each_ = 1;
};

}  // namespace tbprof::collector
