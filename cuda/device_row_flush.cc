// How DeviceRows hands over what it has gathered: in order, with what is doubtful or missing.
#include <algorithm>
#include <cstring>

#include "cuda/device_rows.h"

namespace tbprof::cuda {

using proto::LossKind;

void DeviceRows::flush(collector::ChunkBuilder& builder, const DecodeCounts& counts,
                       std::int64_t covered_until_ns) {
  builder_ = &builder;
  flush_losses(counts, covered_until_ns);
  flush_rows();
  flush_values();
}

void DeviceRows::flush_losses(const DecodeCounts& counts, std::int64_t covered_until_ns) {
  std::int64_t from_ns = INT64_MAX;
  std::int64_t until_ns = INT64_MIN;
  std::uint64_t late = 0;
  for (const Row& row : rows_) {
    from_ns = std::min(from_ns, row.start_ns);
    until_ns = std::max(until_ns, row.end_ns);
    late += row.end_ns < covered_until_ns ? 1 : 0;
  }
  if (rows_.empty()) from_ns = until_ns = 0;
  const auto add_loss = [&](LossKind kind, std::uint64_t count) {
    if (count > 0) builder_->add_loss({kind, count, from_ns, until_ns, proto::kNoId});
  };
  add_loss(LossKind::unfinished_record, unfinished_);
  add_loss(LossKind::bad_timestamp, counts.bad_timestamps - unfinished_);
  unfinished_ = 0;
  add_loss(LossKind::bad_timestamp, counts.bad_host_times);
  // Of a damaged rest it is not known how many records it held.
  add_loss(LossKind::unread_record, counts.unknown_kinds + (counts.damaged_bytes > 0 ? 1 : 0));
  add_loss(LossKind::late_record, late);
  if (doubtful_ > 0) {
    builder_->add_loss(
        {LossKind::suspect_time, doubtful_, doubtful_from_ns_, doubtful_until_ns_, proto::kNoId});
    doubtful_ = 0;
  }
}

void DeviceRows::flush_unmatched(collector::ChunkBuilder& builder, bool at_end) {
  const std::uint64_t unmatched = launches_.take_unmatched(at_end);
  if (unmatched > 0) {
    builder.add_loss({LossKind::unmatched_record, unmatched, 0, 0, proto::kNoId});
  }
}

// A buffer holds its records in no order, and several streams and threads.
void DeviceRows::flush_rows() {
  std::sort(rows_.begin(), rows_.end(), [](const Row& left, const Row& right) {
    if (left.track != right.track) return left.track < right.track;
    if (left.end_ns != right.end_ns) return left.end_ns < right.end_ns;
    return left.start_ns > right.start_ns;
  });
  for (const Row& row : rows_) {
    Track& track = tracks_[row.track];
    builder_->add_slice(track.id, row.start_ns, row.end_ns - row.start_ns, row.name);
    proto::SliceBlock& block = builder_->block(track.id);
    if (track.of != TrackOf::memory) block.correlation_id.push_back(row.correlation_id);
    if (track.of != TrackOf::host) block.size_bytes.push_back(row.size_bytes);
    for (std::uint32_t i = 0; i < row.fact_count; ++i) {
      const Fact& fact = facts_[row.first_fact + i];
      collector::ChunkBuilder::add_attribute(block, fact.key, fact.kind, fact.value);
    }
    if (track.of != TrackOf::stream) continue;
    block.shape_id.push_back(row.shape);
    if (row.end_ns > track.last_end_ns) {
      builder_->add_busy(track.id, std::max(row.start_ns, track.last_end_ns), row.end_ns);
      track.last_end_ns = row.end_ns;
    }
  }
  rows_.clear();
  facts_.clear();
}

void DeviceRows::add_value(const char* text, std::int64_t time_ns, double value, bool is_change) {
  std::uint32_t index = 0;
  while (index < counters_.size() && counters_[index].text != text) ++index;
  if (index == counters_.size()) {
    counters_.emplace_back();
    counters_.back().text.assign(text, strlen(text));
  }
  values_.push_back({index, time_ns, value, is_change, static_cast<std::uint32_t>(values_.size())});
}

void DeviceRows::flush_values() {
  std::sort(values_.begin(), values_.end(),
            [](const CounterValue& left, const CounterValue& right) {
              if (left.name != right.name) return left.name < right.name;
              if (left.time_ns != right.time_ns) return left.time_ns < right.time_ns;
              return left.order < right.order;
            });
  for (const CounterValue& value : values_) {
    Counter& counter = counters_[value.name];
    // What was allocated before the recording may be released in it.
    counter.value = value.is_change ? std::max(0.0, counter.value + value.value) : value.value;
    builder_->add_counter(builder_->name(counter.text, proto::Category::memory), counter.text,
                          value.time_ns, counter.value);
  }
  values_.clear();
}

}  // namespace tbprof::cuda
