#include "analyzer/import/tbtrace_rows.h"

#include <stdio.h>

#include <algorithm>

#include "analyzer/import/utf8.h"

namespace tbprof::analyzer::import {
namespace {

using proto::kNoId;

constexpr std::array<std::string_view, 6> kShapeKeys = {
    "grid",   "block", "registers per thread", "static shared memory", "dynamic shared memory",
    "cluster"};

std::string loss_sentence(proto::LossKind kind, bool is_one) {
  const std::string event = is_one ? "event was " : "events were ";
  const std::string record = is_one ? "device record " : "device records ";
  switch (kind) {
    case proto::LossKind::buffer_full:
      return event + "not recorded because the buffer of the thread was full";
    case proto::LossKind::memory_limit:
      return event + "not recorded because the memory for buffers was used up";
    case proto::LossKind::unmatched_end:
      return std::string(is_one ? "range" : "ranges") + " ended without having begun";
    case proto::LossKind::write_failed:
      return event + "not written because the disk refused " + (is_one ? "it" : "them");
    case proto::LossKind::name_truncated:
      return is_one ? "name was too long and was cut" : "names were too long and were cut";
    case proto::LossKind::cupti_dropped:
      return record + (is_one ? "was" : "were") + " dropped by CUPTI";
    case proto::LossKind::bad_timestamp:
      return record + "had a zero or reversed time";
    case proto::LossKind::suspect_time:
      return record +
             "came after the first bad time of a CUDA context: CUPTI's memory on the "
             "GPU was full, and the times may be wrong too";
    case proto::LossKind::late_record:
      return record + "arrived after its time was said to be complete";
    case proto::LossKind::unmatched_record:
      return record + (is_one ? "has" : "have") + " no call that launched " +
             (is_one ? "it" : "them") + ", which was not recorded";
    case proto::LossKind::unfinished_record:
      return record + (is_one ? "was" : "were") + " still running when the recording ended";
    case proto::LossKind::unread_record:
      return record + (is_one ? "was" : "were") + " of a kind that is not read, or damaged";
    case proto::LossKind::metric_sample:
      return std::string(is_one ? "sample" : "samples") +
             " of hardware metrics found no room, or came without a value";
  }
  return event + "lost for a reason that this version does not know";
}

}  // namespace

void TbtraceRows::saw(std::int64_t time_ns) {
  last_ns_ = has_time_ ? std::max(last_ns_, time_ns) : time_ns;
  has_time_ = true;
}

void TbtraceRows::undefined(std::string_view what) { tally_.add("undefined_id", what, offset_); }

void TbtraceRows::add(const proto::TraceChunk& chunk, std::uint64_t offset) {
  offset_ = offset;
  define(chunk);
  for (const proto::SliceBlock& block : chunk.slices) add_slices(block);
  for (const proto::StepRecord& step : chunk.steps) {
    builder_.add_step({.number = step.number,
                       .start_ns = step.start_ns,
                       .duration_ns = step.duration_ns,
                       .track = track_of(step.track_id),
                       .name = step.name_id == kNoId ? trace::kNone : name_of(step.name_id)});
  }
  for (const proto::CounterBlock& block : chunk.counters) add_counter(block);
  add_instants(chunk);
  for (const proto::LossRecord& loss : chunk.losses) add_loss(loss);
  add_windows(chunk);
  for (const proto::DeviceEvent& event : chunk.device_events) waits_.add_event(event);
  open_ = chunk.open;
  covered_until_ns_ = chunk.covered_until_ns;
  if (covered_until_ns_ != 0) saw(covered_until_ns_);
}

void TbtraceRows::add_slices(const proto::SliceBlock& block) {
  const std::size_t count = block.start_ns.size();
  if (count == 0) return;
  const trace::TrackId track = track_of(block.track_id);
  name_column_.resize(count);
  std::uint32_t last_id = block.name_id[0];
  trace::NameId last_name = name_of(last_id);
  name_column_[0] = last_name;
  for (std::size_t i = 1; i < count; ++i) {
    if (block.name_id[i] != last_id) {
      last_id = block.name_id[i];
      last_name = name_of(last_id);
    }
    name_column_[i] = last_name;
  }
  const trace::RowId first =
      builder_.add_slices(track, block.start_ns, block.duration_ns, name_column_);
  if (first == trace::kNone) return;
  for (std::size_t i = 0; i < block.correlation_id.size(); ++i) {
    if (block.correlation_id[i] != 0) {
      builder_.set_correlation(first + static_cast<trace::RowId>(i), block.correlation_id[i]);
    }
  }
  if (!block.shape_id.empty()) add_shapes(block, first);
  if (!block.size_bytes.empty()) add_sizes(block, first);
  for (const proto::SliceAttribute& attribute : block.attributes) add_attribute(attribute, first);
}

std::uint32_t TbtraceRows::value_of(proto::ValueKind kind, std::uint64_t value) {
  if (kind == proto::ValueKind::string) {
    return builder_.intern_value(
        text_of(value < kNoId ? static_cast<std::uint32_t>(value) : kNoId));
  }
  char text[24];
  snprintf(text, sizeof text, kind == proto::ValueKind::address ? "0x%llx" : "%llu",
           static_cast<unsigned long long>(value));
  return builder_.intern_value(text);
}

void TbtraceRows::add_attribute(const proto::SliceAttribute& attribute, trace::RowId first) {
  const std::string key(text_of(attribute.key_string_id));
  const bool is_wait = key == kEventSyncKey;
  const std::uint32_t known = is_wait ? kNoId : builder_.attribute(key);
  for (std::size_t i = 0; i < attribute.row.size(); ++i) {
    const trace::RowId row = first + attribute.row[i];
    if (is_wait) {
      waits_.add_wait(row, attribute.value[i]);
    } else {
      builder_.add_attribute(row, known, value_of(attribute.kind, attribute.value[i]));
    }
  }
}

void TbtraceRows::add_instants(const proto::TraceChunk& chunk) {
  // By the instant: rows rise, but those of different keys lie beside each other.
  std::vector<std::pair<std::uint32_t, trace::InstantFact>> all;
  for (const proto::SliceAttribute& attribute : chunk.instant_attributes) {
    const std::uint32_t key = builder_.intern_value(text_of(attribute.key_string_id));
    for (std::size_t i = 0; i < attribute.row.size(); ++i) {
      const std::uint32_t value = value_of(attribute.kind, attribute.value[i]);
      all.emplace_back(attribute.row[i], trace::InstantFact{key, value});
    }
  }
  std::ranges::stable_sort(all, {}, &decltype(all)::value_type::first);
  std::vector<trace::InstantFact> facts;
  std::size_t at = 0;
  for (std::size_t row = 0; row < chunk.instants.size(); ++row) {
    const proto::InstantRecord& instant = chunk.instants[row];
    facts.clear();
    for (; at < all.size() && all[at].first == row; ++at) facts.push_back(all[at].second);
    builder_.add_instant({track_of(instant.track_id), instant.time_ns, name_of(instant.name_id)},
                         facts);
    saw(instant.time_ns);
  }
}

void TbtraceRows::add_shapes(const proto::SliceBlock& block, trace::RowId first) {
  std::array<std::uint32_t, kShapeKeys.size()> attributes{};
  for (std::size_t k = 0; k < kShapeKeys.size(); ++k) {
    attributes[k] = builder_.attribute(kShapeKeys[k]);
  }
  for (std::size_t i = 0; i < block.shape_id.size(); ++i) {
    if (block.shape_id[i] == kNoId) continue;
    const ShapeValues* shape = shapes_.find(block.shape_id[i]);
    if (shape == nullptr) {
      undefined(
          "launch [shape is|shapes are] not in the file, because what defined [it|them] is lost");
      continue;
    }
    for (std::size_t k = 0; k < kShapeKeys.size(); ++k) {
      if (shape->value[k] == kNoId) continue;
      builder_.add_attribute(first + static_cast<trace::RowId>(i), attributes[k], shape->value[k]);
    }
  }
}

void TbtraceRows::add_sizes(const proto::SliceBlock& block, trace::RowId first) {
  const std::uint32_t attribute = builder_.attribute("bytes");
  for (std::size_t i = 0; i < block.size_bytes.size(); ++i) {
    if (block.size_bytes[i] == 0) continue;
    builder_.add_attribute(first + static_cast<trace::RowId>(i), attribute,
                           builder_.intern_value(std::to_string(block.size_bytes[i])));
  }
}

void TbtraceRows::add_counter(const proto::CounterBlock& block) {
  const std::uint64_t key = std::uint64_t{block.track_id} << 32 | block.name_id;
  const auto [found, is_new] = counter_index_.try_emplace(key, counters_.size());
  if (is_new) {
    trace::Counter& counter = counters_.emplace_back();
    counter.track = track_of(block.track_id);
    const trace::NameId* name = names_.find(block.name_id);
    counter.name = name != nullptr ? builder_.name_text(*name) : "(name lost)";
  }
  trace::Counter& counter = counters_[found->second];
  counter.time_ns.insert(counter.time_ns.end(), block.time_ns.begin(), block.time_ns.end());
  counter.value.insert(counter.value.end(), block.value.begin(), block.value.end());
  for (const std::int64_t time_ns : block.time_ns) saw(time_ns);
}

void TbtraceRows::add_loss(const proto::LossRecord& loss) {
  for (proto::LossRecord& known : losses_) {
    if (known.kind != loss.kind) continue;
    known.count += loss.count;
    known.from_ns = std::min(known.from_ns, loss.from_ns);
    known.until_ns = std::max(known.until_ns, loss.until_ns);
    return;
  }
  losses_.push_back(loss);
}

bool TbtraceRows::has_loss(proto::LossKind kind) const {
  return std::any_of(losses_.begin(), losses_.end(),
                     [kind](const proto::LossRecord& loss) { return loss.kind == kind; });
}

std::size_t TbtraceRows::memory_bytes() const {
  std::size_t total = builder_.memory_bytes() + definition_bytes_ + waits_.memory_bytes() +
                      noted_steps_.capacity() * sizeof(proto::NotedStep);
  for (const auto& [number, window] : windows_) total += sizeof(window) + window.label.size();
  for (const trace::Counter& counter : counters_) {
    total += counter.time_ns.capacity() * (sizeof(std::int64_t) + sizeof(double));
  }
  return total;
}

std::string TbtraceRows::open_sentence() const {
  constexpr std::size_t kNamed = 3;
  if (open_.empty()) return "";
  const bool is_one = open_.size() == 1;
  std::string text = std::to_string(open_.size()) + (is_one ? " range was" : " ranges were");
  text += " open: ";
  const std::size_t named = open_.size() <= kNamed ? open_.size() : kNamed - 1;
  for (std::size_t i = 0; i < named; ++i) {
    const trace::NameId* name = names_.find(open_[i].name_id);
    if (i > 0) text += i + 1 == open_.size() ? " and " : ", ";
    text += name == nullptr ? "(name lost)" : builder_.name_text(*name);
    if (open_[i].is_step) text += " " + std::to_string(open_[i].step_number);
  }
  if (named < open_.size()) text += " and " + std::to_string(open_.size() - named) + " more";
  return text + ".";
}

void TbtraceRows::add_unfinished() {
  for (const proto::OpenSlice& open : open_) {
    const std::int64_t until_ns = std::max(last_ns_, open.start_ns);
    std::int64_t duration_ns = 0;
    if (__builtin_sub_overflow(until_ns, open.start_ns, &duration_ns)) continue;
    const trace::TrackId track = track_of(open.track_id);
    const trace::NameId name = name_of(open.name_id);
    const trace::RowId row = builder_.add_slice(track, open.start_ns, duration_ns, name);
    if (row != trace::kNone) builder_.add_attribute(row, "unfinished", "true");
    if (open.is_step) {
      builder_.add_step({.number = open.step_number,
                         .start_ns = open.start_ns,
                         .duration_ns = duration_ns,
                         .track = track,
                         .name = name,
                         .complete = false});
    }
  }
  open_.clear();
}

void TbtraceRows::add_windows(const proto::TraceChunk& chunk) {
  for (const proto::RecordingWindow& window : chunk.windows) windows_[window.number] = window;
  noted_steps_.insert(noted_steps_.end(), chunk.noted_steps.begin(), chunk.noted_steps.end());
  is_windowed_ |= !chunk.windows.empty() || !chunk.noted_steps.empty();
  for (const proto::Property& property : chunk.properties) {
    is_windowed_ |= property.key == "window.schedule";
  }
}

// A window that was open when the file ended lasts as long as anything is known.
trace::RecordingWindows TbtraceRows::windows() const {
  trace::RecordingWindows result;
  result.is_windowed = is_windowed_;
  for (const auto& [number, window] : windows_) {
    std::string scratch;
    result.windows.push_back({window.start_ns, window.is_open ? last_ns_ : window.end_ns,
                              window.cause, std::string(valid_utf8(window.label, scratch))});
  }
  for (const proto::NotedStep& step : noted_steps_) {
    result.noted_steps.push_back({step.number, step.start_ns, step.duration_ns});
  }
  return result;
}

void TbtraceRows::finish() {
  if (is_windowed_) builder_.set_windows(windows());
  waits_.finish(builder_);
  for (trace::Counter& counter : counters_) builder_.add_counter(std::move(counter));
  counters_.clear();
  for (const proto::LossRecord& loss : losses_) {
    builder_.add_loss(
        {proto::loss_kind_name(loss.kind), loss.count, loss.from_ns, loss.until_ns,
         std::to_string(loss.count) + " " + loss_sentence(loss.kind, loss.count == 1) + "."});
  }
}

}  // namespace tbprof::analyzer::import
