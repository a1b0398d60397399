#include "analyzer/import/torch_events.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "analyzer/import/json_cursor.h"

namespace tbprof::analyzer::import {
namespace {

using proto::Category;

// Longer than any capture; what exceeds it is a device clock that was misread.
constexpr std::int64_t kSevenDaysNs = std::int64_t{7} * 24 * 3600 * 1'000'000'000;

// How many slices say together when the trace was taken.
constexpr std::size_t kReferenceTimes = 101;

std::optional<double> number(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

bool within_seven_days(std::int64_t left_ns, std::int64_t right_ns) {
  std::int64_t distance = 0;
  if (__builtin_sub_overflow(left_ns, right_ns, &distance)) return false;
  return distance <= kSevenDaysNs && distance >= -kSevenDaysNs;
}

// Which of an operator's arguments are worth their memory.
bool identifies_operator(std::string_view key) {
  return key == "External id" || key == "external id" || key == "Input Dims" ||
         key == "Input dims" || key == "Sequence number" || key == "Fwd thread id";
}

// Numbers of PyTorch's DeviceType.
std::string device_name(std::int64_t type, std::int64_t id) {
  if (type == 0) return "CPU";
  const std::string kind = type == 1 || type == 6 ? "GPU" : "device type " + std::to_string(type);
  return kind + " " + std::to_string(id);
}

}  // namespace

void TorchEvents::add(const TraceEvent& event, std::uint64_t offset) {
  const char phase = event.phase.size() == 1 ? event.phase.front() : '\0';
  switch (phase) {
    case 'X':
      add_slice(event, offset);
      break;
    case 'i':
    case 'I':
      add_instant(event, offset);
      break;
    case 'C':
      add_counters(event, offset);
      break;
    case 'M':
      add_metadata(event);
      break;
    case 's':
    case 't':
    case 'f':
      // Arrows from launch to kernel repeat the correlation ids.
      break;
    default:
      tally_.add("unknown_event",
                 "[event is|events are] of a phase that is not read and [was|were] left out",
                 offset);
  }
}

bool TorchEvents::is_near(std::int64_t time_ns, std::uint64_t offset) {
  if (within_seven_days(time_ns, *reference_ns_)) return true;
  tally_.add("bad_timestamp",
             "[event lies|events lie] more than seven days from the rest of the trace and "
             "[was|were] left out",
             offset);
  return false;
}

void TorchEvents::add_slice(const TraceEvent& event, std::uint64_t offset) {
  if (event.category != last_category_text_) {
    last_category_text_ = event.category;
    last_category_ = torch_category(event.category);
  }
  const TorchCategory category = last_category_;
  const auto start = microseconds_to_ns(event.ts);
  const auto duration = microseconds_to_ns(event.duration);
  if (!start || !duration) {
    tally_.add("bad_timestamp",
               "[event has|events have] no readable time or duration and [was|were] left out",
               offset);
    return;
  }
  if (*duration > kSevenDaysNs) {
    tally_.add("too_long",
               "[event lasts|events last] longer than seven days and [was|were] left out", offset);
    return;
  }
  if (!reference_ns_) {
    // CUPTI sometimes writes a zero for a time: no measure for the others.
    if (category.place == Place::host || *start != 0) first_times_ns_.push_back(*start);
    deferred_.push_back({event, offset});
    if (first_times_ns_.size() == kReferenceTimes) settle_reference();
    return;
  }
  if (!is_near(*start, offset)) return;

  arguments_.clear();
  if (category.kept_args != KeptArgs::none) read_arguments(event.args);
  const trace::TrackId track = track_of(event, category);
  const std::string_view name = json_text(event.name, scratch_);
  const bool on_host = category.place == Place::host;
  const Category meaning = on_host ? category_by_name(category.category, name) : category.category;
  const trace::NameId name_id = builder_.intern_name(name, meaning);
  const std::int64_t step_number = profiler_step_number(name).value_or(0);
  const trace::RowId row = builder_.add_slice(track, *start, *duration, name_id);
  if (row == trace::kNone) return;
  keep_arguments(row, category.kept_args);
  if (category.kept_args == KeptArgs::all) {
    const auto correlation = argument("correlation");
    if (correlation && *correlation > 0) {
      builder_.set_correlation(row, static_cast<std::uint64_t>(*correlation));
    }
  }
  if (on_host && meaning == Category::step) {
    builder_.add_step({.number = step_number,
                       .start_ns = *start,
                       .duration_ns = *duration,
                       .track = track,
                       .name = name_id});
  }
}

trace::TrackId TorchEvents::track_of(const TraceEvent& event, const TorchCategory& category) {
  if (category.place == Place::host) return tracks_.thread(event.pid, event.tid);
  std::string_view tid = event.tid;
  if (tid.starts_with("stream ")) tid.remove_prefix(7);
  // The newest collector moves rows to lanes that stand in tid; args keep the true stream.
  const auto device = argument("device");
  const auto stream = argument("stream");
  return tracks_.stream(device ? *device : whole_number(event.pid).value_or(-1),
                        stream ? *stream : whole_number(tid).value_or(-1), category.place);
}

void TorchEvents::read_arguments(std::string_view args) {
  JsonCursor cursor(args);
  if (!cursor.consume('{') || cursor.consume('}')) return;
  do {
    Argument& entry = arguments_.emplace_back();
    if (!cursor.string(entry.key) || !cursor.consume(':') || !cursor.value(entry.value)) {
      arguments_.pop_back();
      return;
    }
  } while (cursor.consume(','));
}

std::optional<std::int64_t> TorchEvents::argument(std::string_view key) const {
  for (const Argument& entry : arguments_) {
    if (entry.key == key) return whole_number(entry.value);
  }
  return std::nullopt;
}

void TorchEvents::keep_arguments(trace::RowId row, KeptArgs kept) {
  for (const Argument& entry : arguments_) {
    if (kept == KeptArgs::operator_identity && !identifies_operator(entry.key)) continue;
    std::string_view key = json_text(entry.key, second_scratch_);
    if (key == "external id") key = "External id";
    builder_.add_attribute(row, key, compact_json(entry.value, scratch_));
  }
}

void TorchEvents::add_instant(const TraceEvent& event, std::uint64_t offset) {
  // Marks of the profiler itself, on tracks of their own; the last has no time in some releases.
  if (event.name == "Record Window End" || event.name.starts_with("Iteration Start:")) return;
  const auto time = microseconds_to_ns(event.ts);
  if (!time) {
    tally_.add("bad_timestamp",
               "[event has|events have] no readable time or duration and [was|were] left out",
               offset);
    return;
  }
  if (!reference_ns_) {
    deferred_.push_back({event, offset});
    return;
  }
  if (!is_near(*time, offset)) return;
  if (event.name == "[memory]") {
    add_memory(event, *time);
    return;
  }
  const std::string_view name = json_text(event.name, scratch_);
  const Category category = torch_category(event.category).category;
  builder_.add_instant(
      {tracks_.thread(event.pid, event.tid), *time, builder_.intern_name(name, category)});
}

void TorchEvents::add_memory(const TraceEvent& event, std::int64_t time_ns) {
  arguments_.clear();
  read_arguments(event.args);
  const auto allocated = argument("Total Allocated");
  const auto reserved = argument("Total Reserved");
  if (!allocated && !reserved) {
    // Releases before 2022 tell single allocations only.
    builder_.add_instant({tracks_.thread(event.pid, event.tid), time_ns,
                          builder_.intern_name("[memory]", Category::memory)});
    return;
  }
  const std::string device =
      device_name(argument("Device Type").value_or(0), argument("Device Id").value_or(-1));
  if (allocated) add_sample("allocated bytes", device, time_ns, static_cast<double>(*allocated));
  // The CPU's allocator reserves nothing ahead and always writes 0.
  if (reserved && *reserved != 0) {
    add_sample("reserved bytes", device, time_ns, static_cast<double>(*reserved));
  }
}

void TorchEvents::add_sample(std::string_view name, std::string_view group, std::int64_t time_ns,
                             double value) {
  const trace::TrackId track = tracks_.counter(name, group);
  trace::Counter& counter = counters_[track];
  if (counter.name.empty()) {
    counter.track = track;
    counter.name = std::string(group) + " " + std::string(name);
  }
  counter.time_ns.push_back(time_ns);
  counter.value.push_back(value);
}

void TorchEvents::add_counters(const TraceEvent& event, std::uint64_t offset) {
  const auto time = microseconds_to_ns(event.ts);
  arguments_.clear();
  read_arguments(event.args);
  if (!time || arguments_.empty()) {
    tally_.add("bad_counter",
               "counter [event has|events have] no time or no value and [was|were] left out",
               offset);
    return;
  }
  if (!reference_ns_) {
    deferred_.push_back({event, offset});
    return;
  }
  if (!is_near(*time, offset)) return;
  for (const Argument& entry : arguments_) {
    const auto value = number(entry.value);
    if (!value) {
      tally_.add("bad_counter",
                 "counter [event has|events have] no time or no value and [was|were] left out",
                 offset);
      continue;
    }
    std::string name(json_text(event.name, scratch_));
    if (!entry.key.empty() && entry.key != "value") {
      name += ' ';
      name += json_text(entry.key, scratch_);
    }
    add_sample(name, json_text(event.pid, scratch_), *time, *value);
  }
}

void TorchEvents::add_metadata(const TraceEvent& event) {
  arguments_.clear();
  read_arguments(event.args);
  for (const Argument& entry : arguments_) {
    if (entry.key != "name") continue;
    const std::string_view name = compact_json(entry.value, scratch_);
    if (event.name == "process_name") tracks_.name_process(event.pid, name);
    if (event.name == "thread_name") tracks_.name_thread(event.pid, event.tid, name);
  }
}

// The median of the first times, so that a few that are misread leave out themselves only.
void TorchEvents::settle_reference() {
  if (deferred_.empty()) return;
  if (first_times_ns_.empty()) {
    // Without any other time these are all there is.
    first_times_ns_.push_back(microseconds_to_ns(deferred_.front().event.ts).value_or(0));
  }
  const auto middle =
      first_times_ns_.begin() + static_cast<std::ptrdiff_t>(first_times_ns_.size() / 2);
  std::nth_element(first_times_ns_.begin(), middle, first_times_ns_.end());
  reference_ns_ = *middle;
  std::vector<Deferred> deferred;
  deferred.swap(deferred_);
  for (const Deferred& entry : deferred) add(entry.event, entry.offset);
}

void TorchEvents::finish() {
  if (!reference_ns_) settle_reference();
  tracks_.finish();
  for (auto& [track, counter] : counters_) builder_.add_counter(std::move(counter));
  counters_.clear();
}

}  // namespace tbprof::analyzer::import
