#include "collector/chunk_builder.h"

#include <unistd.h>

#include <cstring>
#include <utility>

namespace tbprof::collector {

namespace {

constexpr std::string_view kNamesFull = "(more names than a trace keeps)";
constexpr std::size_t kMaxShapes = std::size_t{1} << 16;
constexpr std::size_t kMaxSpareBlocks = 64;

std::size_t hash_shape(const proto::LaunchShape& shape) {
  std::uint64_t hash = shape.registers_per_thread;
  for (const std::uint32_t value :
       {shape.grid[0], shape.grid[1], shape.grid[2], shape.block[0], shape.block[1], shape.block[2],
        shape.static_shared_memory_bytes, shape.dynamic_shared_memory_bytes, shape.cluster[0],
        shape.cluster[1], shape.cluster[2]}) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
  }
  return hash;
}

template <typename T>
T& at_grown(std::vector<T>& values, std::size_t index) {
  if (values.size() <= index) values.resize(index + index / 2 + 16);
  return values[index];
}

void add_value(std::vector<proto::SliceAttribute>& attributes, std::uint32_t key_string_id,
               proto::ValueKind kind, std::size_t row, std::uint64_t value) {
  for (proto::SliceAttribute& attribute : attributes) {
    if (attribute.key_string_id != key_string_id || attribute.kind != kind) continue;
    attribute.row.push_back(static_cast<std::uint32_t>(row));
    attribute.value.push_back(value);
    return;
  }
  proto::SliceAttribute& attribute = attributes.emplace_back();
  attribute.key_string_id = key_string_id;
  attribute.kind = kind;
  attribute.row.push_back(static_cast<std::uint32_t>(row));
  attribute.value.push_back(value);
}

}  // namespace

std::uint32_t ChunkBuilder::string(std::string_view text) {
  const InternTable::Found found = strings_.intern(text);
  if (found.is_new) {
    chunk_.strings.emplace_back(text.data(), text.size());
    ++news_count_;
  }
  return found.id;
}

std::uint32_t ChunkBuilder::name(std::string_view text, proto::Category category) {
  // Reserved at the first name: there must be room for it when the table is full.
  if (names_full_id_ == proto::kNoId) {
    names_full_id_ = name_count_++;
    chunk_.names.push_back({string(kNamesFull), proto::Category::other});
    names_.intern(chunk_.names.back().string_id, 0);
  }
  const std::uint32_t string_id = string(text);
  if (string_id == proto::kNoId) {
    ++names_refused_;
    return names_full_id_;
  }
  const InternTable::Found found = names_.intern(string_id, static_cast<std::uint32_t>(category));
  if (found.is_new) {
    chunk_.names.push_back({string_id, category});
    ++name_count_;
    ++news_count_;
  }
  return found.id;
}

std::uint32_t ChunkBuilder::shape(const proto::LaunchShape& shape) {
  if (shape_slots_.empty()) shape_slots_.resize(2 * kMaxShapes);
  const std::size_t mask = shape_slots_.size() - 1;
  for (std::size_t at = hash_shape(shape) & mask;; at = (at + 1) & mask) {
    std::uint32_t& slot = shape_slots_[at];
    if (slot == 0) {
      if (shapes_.size() >= kMaxShapes) return proto::kNoId;
      shapes_.push_back(shape);
      chunk_.shapes.push_back(shape);
      slot = static_cast<std::uint32_t>(shapes_.size());
      return slot - 1;
    }
    if (memcmp(&shapes_[slot - 1], &shape, sizeof shape) == 0) return slot - 1;
  }
}

std::uint32_t ChunkBuilder::add_track(proto::TrackDefinition definition, std::string_view name) {
  definition.id = static_cast<std::uint32_t>(tracks_.size());
  definition.name_string_id = string(name);
  tracks_.push_back(definition);
  chunk_.tracks.push_back(definition);
  overview_.describe(definition, name);
  block_of_track_.push_back(0);
  ++news_count_;
  return definition.id;
}

void ChunkBuilder::rename_track(std::uint32_t track_id, std::string_view name) {
  const std::uint32_t string_id = string(name);
  if (string_id == proto::kNoId || tracks_[track_id].name_string_id == string_id) return;
  tracks_[track_id].name_string_id = string_id;
  chunk_.tracks.push_back(tracks_[track_id]);
  overview_.describe(tracks_[track_id], name);
  ++news_count_;
}

void ChunkBuilder::add_attribute(proto::SliceBlock& to, std::uint32_t key_string_id,
                                 proto::ValueKind kind, std::uint64_t value) {
  add_value(to.attributes, key_string_id, kind, to.start_ns.size() - 1, value);
}

void ChunkBuilder::add_instant_attribute(std::uint32_t key_string_id, proto::ValueKind kind,
                                         std::uint64_t value) {
  add_value(chunk_.instant_attributes, key_string_id, kind, chunk_.instants.size() - 1, value);
}

proto::SliceBlock& ChunkBuilder::block(std::uint32_t track_id) {
  std::uint32_t& index = block_of_track_[track_id];
  if (index == 0) {
    if (spare_blocks_.empty()) {
      chunk_.slices.emplace_back();
    } else {
      chunk_.slices.push_back(std::move(spare_blocks_.back()));
      spare_blocks_.pop_back();
    }
    chunk_.slices.back().track_id = track_id;
    index = static_cast<std::uint32_t>(chunk_.slices.size());
  }
  return chunk_.slices[index - 1];
}

void ChunkBuilder::add_step(const proto::StepRecord& step) {
  chunk_.steps.push_back(step);
  ++event_count_;
}

void ChunkBuilder::add_counter(std::uint32_t name_id, std::string_view text, std::int64_t time_ns,
                               double value) {
  std::uint32_t& track = at_grown(track_of_counter_, name_id);
  if (track == 0) {
    proto::TrackDefinition definition;
    definition.kind = proto::TrackKind::counter;
    definition.pid = getpid();
    track = add_track(definition, text) + 1;
  }
  std::uint32_t& index = at_grown(block_of_counter_, name_id);
  if (index == 0) {
    proto::CounterBlock& fresh = chunk_.counters.emplace_back();
    fresh.track_id = track - 1;
    fresh.name_id = name_id;
    index = static_cast<std::uint32_t>(chunk_.counters.size());
  }
  proto::CounterBlock& to = chunk_.counters[index - 1];
  to.time_ns.push_back(time_ns);
  to.value.push_back(value);
  ++event_count_;
}

void ChunkBuilder::add_instant(const proto::InstantRecord& instant) {
  chunk_.instants.push_back(instant);
  ++event_count_;
}

void ChunkBuilder::add_loss(const proto::LossRecord& loss) {
  if (proto::is_missing_events(loss.kind)) lost_count_ += loss.count;
  ++news_count_;
  for (proto::LossRecord& known : chunk_.losses) {
    if (known.kind != loss.kind || known.track_id != loss.track_id) continue;
    known.count += loss.count;
    if (loss.from_ns < known.from_ns) known.from_ns = loss.from_ns;
    if (loss.until_ns > known.until_ns) known.until_ns = loss.until_ns;
    return;
  }
  chunk_.losses.push_back(loss);
}

void ChunkBuilder::add_property(std::string_view key, std::string_view value) {
  proto::Property& property = chunk_.properties.emplace_back();
  property.key.assign(key.data(), key.size());
  property.value.assign(value.data(), value.size());
  ++news_count_;
}

void ChunkBuilder::add_window(const proto::RecordingWindow& window) {
  chunk_.windows.push_back(window);
  ++news_count_;
}

void ChunkBuilder::add_noted_step(const proto::NotedStep& step) {
  chunk_.noted_steps.push_back(step);
  ++event_count_;
}

const proto::TraceChunk& ChunkBuilder::seal(std::int64_t covered_until_ns) {
  if (names_refused_ > 0) {
    add_loss({proto::LossKind::name_truncated, names_refused_, chunk_.covered_until_ns,
              covered_until_ns, proto::kNoId});
    lost_count_ -= names_refused_;  // the events themselves are there
    names_refused_ = 0;
  }
  chunk_.covered_until_ns = covered_until_ns;
  return chunk_;
}

void ChunkBuilder::next_chunk() {
  clear_events();
  ++chunk_.sequence;
  chunk_.strings.clear();
  chunk_.names.clear();
  chunk_.shapes.clear();
  chunk_.tracks.clear();
  chunk_.losses.clear();
  chunk_.clocks.clear();
  chunk_.properties.clear();
  chunk_.windows.clear();
}

void ChunkBuilder::drop_events(std::int64_t from_ns, std::int64_t until_ns) {
  const std::size_t lost = event_count_;
  clear_events();
  if (chunk_.clocks.size() > 64) chunk_.clocks.resize(64);
  if (lost > 0) {
    add_loss({proto::LossKind::write_failed, lost, from_ns, until_ns, proto::kNoId});
  }
}

void ChunkBuilder::clear_events() {
  for (proto::SliceBlock& used : chunk_.slices) {
    block_of_track_[used.track_id] = 0;
    if (spare_blocks_.size() >= kMaxSpareBlocks) continue;
    used.start_ns.clear();
    used.duration_ns.clear();
    used.name_id.clear();
    used.correlation_id.clear();
    used.shape_id.clear();
    used.size_bytes.clear();
    used.attributes.clear();
    spare_blocks_.push_back(std::move(used));
  }
  chunk_.slices.clear();
  for (const proto::CounterBlock& used : chunk_.counters) block_of_counter_[used.name_id] = 0;
  chunk_.counters.clear();
  chunk_.steps.clear();
  chunk_.noted_steps.clear();
  chunk_.instants.clear();
  chunk_.instant_attributes.clear();
  chunk_.device_events.clear();
  event_count_ = 0;
  news_count_ = 0;
}

}  // namespace tbprof::collector
