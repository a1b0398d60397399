#include "analyzer/trace/trace_builder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "analyzer/trace/trace_builder_rows.h"

namespace tbprof::analyzer::trace {

namespace {

// The number below 2^31 that is written as this text and no other.
std::optional<std::uint32_t> plain_number(std::string_view text) {
  constexpr std::size_t kMostDigits = 10;
  if (text.empty() || text.size() > kMostDigits || (text[0] == '0' && text.size() > 1)) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = 10 * number + static_cast<std::uint64_t>(c - '0');
  }
  if (number >= kNumberValue) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

}  // namespace

std::int64_t TraceBuilder::Impl::clamp_time(std::int64_t time_ns) {
  const std::int64_t clamped_ns = std::clamp(time_ns, -kMaxTimeNs, kMaxTimeNs);
  if (clamped_ns != time_ns) ++clamped;
  return clamped_ns;
}

void TraceBuilder::Impl::clamp_span(std::int64_t& start_ns, std::int64_t& duration_ns) {
  const std::int64_t start = std::clamp(start_ns, -kMaxTimeNs, kMaxTimeNs);
  const std::int64_t duration = std::clamp(duration_ns, std::int64_t{0}, kMaxTimeNs - start);
  if (start != start_ns || duration != duration_ns) ++clamped;
  start_ns = start;
  duration_ns = duration;
}

TraceBuilder::TraceBuilder() : impl_(std::make_unique<Impl>()) {}
TraceBuilder::~TraceBuilder() = default;
TraceBuilder::TraceBuilder(const TraceBuilder& other)
    : impl_(std::make_unique<Impl>(*other.impl_)) {}

void TraceBuilder::set_source(Source source) { impl_->source = std::move(source); }

void TraceBuilder::set_clock_zero_unix_ns(std::int64_t unix_ns) {
  impl_->clock_zero_unix_ns = std::clamp(unix_ns, -kMaxTimeNs, kMaxTimeNs);
}

void TraceBuilder::set_start_ns(std::int64_t start_ns) { impl_->saw(impl_->clamp_time(start_ns)); }

void TraceBuilder::set_equal_slices(EqualSlices rule) { impl_->equal_slices = rule; }

void TraceBuilder::add_property(std::string key, std::string value) {
  if (const auto known = impl_->property_index.find(key); known != impl_->property_index.end()) {
    impl_->properties[known->second].value = std::move(value);
  } else if (impl_->properties.size() < kMaxProperties) {
    impl_->property_index.emplace(key, impl_->properties.size());
    impl_->properties.push_back({std::move(key), std::move(value)});
  } else {
    ++impl_->refused_properties;
  }
}

TrackId TraceBuilder::add_track(Track track) {
  impl_->tracks.push_back(std::move(track));
  impl_->rows.emplace_back();
  return static_cast<TrackId>(impl_->tracks.size() - 1);
}

Track& TraceBuilder::track(TrackId id) { return impl_->tracks[id]; }

NameId TraceBuilder::intern_name(std::string_view text, Category category) {
  return impl_->names.intern(text, static_cast<std::uint8_t>(category));
}

const std::string& TraceBuilder::name_text(NameId id) const { return impl_->names.text(id); }

RowId TraceBuilder::add_slice(TrackId track, std::int64_t start_ns, std::int64_t duration_ns,
                              NameId name) {
  if (impl_->slice_count >= kNone) {
    ++impl_->refused;
    return kNone;
  }
  impl_->clamp_span(start_ns, duration_ns);
  impl_->saw(start_ns);
  const auto row = static_cast<RowId>(impl_->slice_count++);
  impl_->rows[track].add({start_ns, duration_ns, name, row});
  return row;
}

RowId TraceBuilder::add_slices(TrackId track, std::span<const std::int64_t> start_ns,
                               std::span<const std::int64_t> duration_ns,
                               std::span<const NameId> name) {
  const std::size_t count = start_ns.size();
  if (count == 0) return kNone;
  bool plain = impl_->slice_count + count < kNone;
  std::int64_t earliest_ns = start_ns[0];
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t start = start_ns[i];
    plain &= start >= -kMaxTimeNs && start <= kMaxTimeNs;
    plain &= duration_ns[i] >= 0 && duration_ns[i] <= kMaxTimeNs;
    earliest_ns = std::min(earliest_ns, start);
  }
  const RowId first = impl_->slice_count >= kNone ? kNone : static_cast<RowId>(impl_->slice_count);
  if (!plain) {
    for (std::size_t i = 0; i < count; ++i) add_slice(track, start_ns[i], duration_ns[i], name[i]);
    return first;
  }
  impl_->saw(earliest_ns);
  impl_->rows[track].add_many(start_ns, duration_ns, name, first);
  impl_->slice_count += count;
  return first;
}

std::size_t TraceBuilder::slice_count() const { return impl_->slice_count; }

void TraceBuilder::add_attribute(RowId row, std::string_view key, std::string_view value) {
  add_attribute(row, attribute(key), intern_value(value));
}

std::uint32_t TraceBuilder::attribute(std::string_view key) {
  const auto found = impl_->attribute_index.find(key);
  if (found != impl_->attribute_index.end()) return found->second;
  const auto index = static_cast<std::uint32_t>(impl_->attributes.size());
  impl_->attribute_index.emplace(std::string(key), index);
  impl_->attributes.push_back({std::string(key), {}, {}});
  return index;
}

std::uint32_t TraceBuilder::intern_value(std::string_view value) {
  const auto number = plain_number(value);
  return number ? kNumberValue | *number : impl_->values.intern(value);
}

void TraceBuilder::add_attribute(RowId row, std::uint32_t attribute, std::uint32_t value) {
  AttributeRows& rows = impl_->attributes[attribute];
  rows.row.push_back(row);
  rows.value.push_back(value);
}

void TraceBuilder::set_correlation(RowId row, std::uint64_t correlation_id) {
  impl_->correlations.push_back({row, correlation_id});
}

void TraceBuilder::add_link(RowId from, RowId to) { impl_->row_links.push_back({from, to}); }

void TraceBuilder::add_step(Step step) {
  impl_->clamp_span(step.start_ns, step.duration_ns);
  impl_->saw(step.start_ns);
  impl_->steps.push_back(step);
}

void TraceBuilder::add_counter(Counter counter) {
  for (std::int64_t& time_ns : counter.time_ns) {
    time_ns = impl_->clamp_time(time_ns);
    impl_->saw(time_ns);
  }
  impl_->counters.push_back(std::move(counter));
}

void TraceBuilder::add_instant(Instant instant, std::span<const InstantFact> facts) {
  instant.time_ns = impl_->clamp_time(instant.time_ns);
  instant.first_fact = static_cast<std::uint32_t>(impl_->instant_facts.size());
  instant.fact_count = static_cast<std::uint32_t>(facts.size());
  impl_->instant_facts.insert(impl_->instant_facts.end(), facts.begin(), facts.end());
  impl_->saw(instant.time_ns);
  impl_->instants.push_back(instant);
}

void TraceBuilder::set_samples(Samples samples) {
  for (const SampledThread& thread : samples.threads) {
    if (thread.row_count > 0) impl_->saw(samples.rows[thread.first_row].start_ns);
  }
  impl_->thread_samples = std::move(samples);
}

void TraceBuilder::set_windows(RecordingWindows windows) {
  for (RecordingWindow& window : windows.windows) {
    window.start_ns = impl_->clamp_time(window.start_ns);
    window.end_ns = std::max(window.start_ns, impl_->clamp_time(window.end_ns));
  }
  for (NotedStep& step : windows.noted_steps) {
    impl_->clamp_span(step.start_ns, step.duration_ns);
    impl_->saw(step.start_ns);
  }
  impl_->windows = std::move(windows);
}

void TraceBuilder::add_loss(Loss loss) { impl_->losses.push_back(std::move(loss)); }

std::size_t TraceBuilder::memory_bytes() const {
  const Impl& impl = *impl_;
  std::size_t total = impl.correlations.capacity() * sizeof(Correlation) +
                      impl.row_links.capacity() * sizeof(Link) +
                      impl.steps.capacity() * sizeof(Step) +
                      impl.instants.capacity() * sizeof(Instant) +
                      impl.instant_facts.capacity() * sizeof(InstantFact);
  total +=
      impl.names.memory_bytes() + impl.values.memory_bytes() + impl.thread_samples.memory_bytes();
  for (const Counter& counter : impl.counters) {
    total += counter.time_ns.capacity() * (sizeof(std::int64_t) + sizeof(double));
  }
  for (const SliceRows& rows : impl.rows) total += rows.memory_bytes();
  for (const AttributeRows& attribute : impl.attributes) {
    total += attribute.row.capacity() * (sizeof(RowId) + sizeof(std::uint32_t));
  }
  return total;
}

}  // namespace tbprof::analyzer::trace
