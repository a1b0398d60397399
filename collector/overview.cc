#include "collector/overview.h"

#include <algorithm>

namespace tbprof::collector {

namespace {

// A bucket's busy time is 32 bits of nanoseconds.
constexpr std::int64_t kWidestBucketNs = std::int64_t{1} << 31;

}  // namespace

Overview::TrackState& Overview::track(std::uint32_t track_id) {
  if (tracks_.size() <= track_id) {
    tracks_.resize(track_id + 1);
  }
  tracks_[track_id].entry.track_id = track_id;
  return tracks_[track_id];
}

void Overview::describe(const proto::TrackDefinition& definition, std::string_view name) {
  proto::TraceIndex::TrackEntry& entry = track(definition.id).entry;
  entry.kind = definition.kind;
  entry.name.assign(name.data(), name.size());
  entry.tid = definition.tid;
  entry.device = definition.device;
  entry.stream = definition.stream;
}

void Overview::halve(TrackState& state) {
  const std::size_t pairs = (state.busy_ns.size() + 1) / 2;
  for (std::size_t i = 0; i < pairs; ++i) {
    const std::uint32_t second = 2 * i + 1 < state.busy_ns.size() ? state.busy_ns[2 * i + 1] : 0;
    state.busy_ns[i] = state.busy_ns[2 * i] + second;
  }
  state.busy_ns.resize(pairs);
  state.bucket_ns *= 2;
}

void Overview::add(std::uint32_t track_id, std::int64_t start_ns, std::int64_t end_ns) {
  TrackState& state = track(track_id);
  std::int64_t at = std::max({start_ns, state.covered_until_ns, start_ns_});
  if (end_ns <= at) return;
  state.covered_until_ns = end_ns;
  state.entry.busy_ns += end_ns - at;
  if (track_id >= kMaxTracks) return;
  while (static_cast<std::size_t>((end_ns - start_ns_) / state.bucket_ns) >= kBuckets &&
         state.bucket_ns < kWidestBucketNs / 2) {
    halve(state);
  }
  const auto last = static_cast<std::size_t>((end_ns - 1 - start_ns_) / state.bucket_ns);
  if (last >= kMostBuckets) return;
  if (state.busy_ns.size() <= last) state.busy_ns.resize(last + 1);
  while (at < end_ns) {
    const std::int64_t bucket = (at - start_ns_) / state.bucket_ns;
    const std::int64_t until = std::min(end_ns, start_ns_ + (bucket + 1) * state.bucket_ns);
    state.busy_ns[static_cast<std::size_t>(bucket)] += static_cast<std::uint32_t>(until - at);
    at = until;
  }
}

void Overview::halve_steps() {
  for (std::size_t i = 0; 2 * i < steps_.size(); ++i) {
    steps_[i] = steps_[2 * i];
    if (2 * i + 1 < steps_.size() && steps_[2 * i + 1].duration_ns > steps_[i].duration_ns) {
      steps_[i] = steps_[2 * i + 1];
    }
  }
  steps_.resize((steps_.size() + 1) / 2);
  steps_each_ *= 2;
}

void Overview::add_step(const proto::StepRecord& step) {
  const bool begins_group = step_count_++ % steps_each_ == 0;
  if (begins_group && steps_.size() == kMaxSteps) {
    halve_steps();
    steps_.push_back({step.number, step.start_ns, step.duration_ns});
  } else if (begins_group) {
    steps_.push_back({step.number, step.start_ns, step.duration_ns});
  } else if (step.duration_ns > steps_.back().duration_ns) {
    steps_.back() = {step.number, step.start_ns, step.duration_ns};
  }
}

void Overview::add_chunk(const proto::TraceChunk& chunk, std::uint64_t offset,
                         std::uint64_t size_bytes) {
  if (!complete()) return;
  proto::TraceIndex::ChunkEntry entry;
  entry.offset = offset;
  entry.size_bytes = size_bytes;
  entry.first_start_ns = INT64_MAX;
  entry.last_end_ns = INT64_MIN;
  const auto chunk_number = static_cast<std::uint32_t>(chunks_.size());
  for (const proto::SliceBlock& block : chunk.slices) {
    TrackState& state = track(block.track_id);
    state.entry.slice_count += block.start_ns.size();
    state.entry.chunk.push_back(chunk_number);
    entry.slice_count += block.start_ns.size();
    for (std::size_t i = 0; i < block.start_ns.size(); ++i) {
      entry.first_start_ns = std::min(entry.first_start_ns, block.start_ns[i]);
      entry.last_end_ns = std::max(entry.last_end_ns, block.start_ns[i] + block.duration_ns[i]);
    }
  }
  if (entry.slice_count == 0) entry.first_start_ns = entry.last_end_ns = chunk.covered_until_ns;
  last_end_ns_ = std::max(last_end_ns_, entry.last_end_ns);
  slice_count_ += entry.slice_count;
  for (const proto::StepRecord& step : chunk.steps) add_step(step);
  chunks_.push_back(entry);
}

proto::TraceIndex Overview::make_index(std::int64_t end_ns, std::uint64_t lost_count) const {
  proto::TraceIndex index;
  index.start_ns = start_ns_;
  index.end_ns = std::max(end_ns, last_end_ns_);
  index.slice_count = slice_count_;
  index.step_count = step_count_;
  index.lost_count = lost_count;
  index.chunks = chunks_;
  index.steps = steps_;
  index.steps_each = steps_each_;
  for (const TrackState& state : tracks_) {
    if (state.entry.slice_count == 0) continue;
    index.tracks.push_back(state.entry);
    if (state.busy_ns.empty()) continue;
    proto::TraceIndex::OverviewLevel& level = index.overview.emplace_back();
    level.track_id = state.entry.track_id;
    level.start_ns = start_ns_;
    level.bucket_ns = state.bucket_ns;
    level.busy_ns = state.busy_ns;
  }
  return index;
}

}  // namespace tbprof::collector
