#include "analyzer/trace/trace_builder.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include "analyzer/trace/correlation.h"
#include "analyzer/trace/slice_rows.h"
#include "analyzer/trace/string_table.h"
#include "analyzer/trace/track_sealer.h"

namespace tbprof::analyzer::trace {
namespace {

// Differences of times within this bound cannot overflow.
constexpr std::int64_t kMaxTimeNs = std::numeric_limits<std::int64_t>::max() / 4;

struct AttributeRows {
  std::string key;
  std::vector<RowId> row;
  std::vector<std::uint32_t> value;
};

struct Correlation {
  RowId row;
  std::uint64_t id;
};

void sort_links(std::vector<Link>& links, std::vector<Link>& by_to) {
  std::sort(links.begin(), links.end(), [](const Link& left, const Link& right) {
    return std::pair(left.from, left.to) < std::pair(right.from, right.to);
  });
  const auto same = [](const Link& left, const Link& right) {
    return left.from == right.from && left.to == right.to;
  };
  links.erase(std::unique(links.begin(), links.end(), same), links.end());
  links.shrink_to_fit();
  by_to = links;
  std::sort(by_to.begin(), by_to.end(), [](const Link& left, const Link& right) {
    return std::pair(left.to, left.from) < std::pair(right.to, right.from);
  });
}

}  // namespace

struct TraceBuilder::Impl {
  Source source;
  std::int64_t clock_zero_unix_ns = 0;
  std::int64_t earliest_ns = std::numeric_limits<std::int64_t>::max();
  EqualSlices equal_slices = EqualSlices::first_is_outer;
  std::vector<proto::Property> properties;
  std::map<std::string, std::size_t, std::less<>> property_index;  // by key
  std::vector<Track> tracks;
  std::vector<SliceRows> rows;  // by track
  StringTable names;            // salt: the category
  StringTable values;
  std::vector<AttributeRows> attributes;
  std::map<std::string, std::uint32_t, std::less<>> attribute_index;
  std::vector<Correlation> correlations;
  std::vector<Link> row_links;
  std::vector<Step> steps;
  std::vector<Counter> counters;
  std::vector<Instant> instants;
  std::vector<Loss> losses;
  std::size_t slice_count = 0;
  std::uint64_t clamped = 0;
  std::uint64_t refused = 0;
  std::uint64_t refused_properties = 0;

  std::int64_t clamp_time(std::int64_t time_ns);
  void clamp_span(std::int64_t& start_ns, std::int64_t& duration_ns);
  void saw(std::int64_t time_ns) { earliest_ns = std::min(earliest_ns, time_ns); }
  std::int64_t start_ns() const {
    return earliest_ns == std::numeric_limits<std::int64_t>::max() ? 0 : earliest_ns;
  }

  void seal_tracks(Trace& trace, SliceColumns columns, std::vector<SliceId>& slice_of_row,
                   std::uint64_t& dropped);
  std::vector<Link> seal_links(const Trace& trace, const std::vector<SliceId>& slice_of_row);
  void seal_attributes(const std::vector<SliceId>& slice_of_row, std::vector<Attribute>& sealed);
  void seal_points();
  void count_own_losses(std::uint64_t dropped);
  std::int64_t last_end_ns(const Trace& trace) const;
};

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
  return impl_->values.intern(value);
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

void TraceBuilder::add_instant(Instant instant) {
  instant.time_ns = impl_->clamp_time(instant.time_ns);
  impl_->saw(instant.time_ns);
  impl_->instants.push_back(instant);
}

void TraceBuilder::add_loss(Loss loss) { impl_->losses.push_back(std::move(loss)); }

std::size_t TraceBuilder::memory_bytes() const {
  const Impl& impl = *impl_;
  std::size_t total = impl.correlations.capacity() * sizeof(Correlation) +
                      impl.row_links.capacity() * sizeof(Link) +
                      impl.steps.capacity() * sizeof(Step) +
                      impl.instants.capacity() * sizeof(Instant);
  total += impl.names.memory_bytes() + impl.values.memory_bytes();
  for (const Counter& counter : impl.counters) {
    total += counter.time_ns.capacity() * (sizeof(std::int64_t) + sizeof(double));
  }
  for (const SliceRows& rows : impl.rows) total += rows.memory_bytes();
  for (const AttributeRows& attribute : impl.attributes) {
    total += attribute.row.capacity() * (sizeof(RowId) + sizeof(std::uint32_t));
  }
  return total;
}

void TraceBuilder::Impl::seal_tracks(Trace& trace, SliceColumns columns,
                                     std::vector<SliceId>& slice_of_row, std::uint64_t& dropped) {
  columns.start_ns.reserve(slice_count);
  columns.duration.reserve(slice_count);
  columns.name.reserve(slice_count);
  if (!correlations.empty() || !row_links.empty() || !attributes.empty()) {
    slice_of_row.assign(slice_count, kNone);
  }
  TrackSealer sealer(columns, start_ns(), equal_slices, slice_of_row);
  for (TrackId id = 0; id < tracks.size(); ++id) sealer.seal(id, tracks[id], rows[id]);
  dropped = sealer.dropped();
  std::sort(columns.long_durations.begin(), columns.long_durations.end());
  trace.tracks_ = std::move(tracks);
}

std::vector<Link> TraceBuilder::Impl::seal_links(const Trace& trace,
                                                 const std::vector<SliceId>& slice_of_row) {
  const auto slice_of = [&](RowId row) {
    return row < slice_of_row.size() ? slice_of_row[row] : kNone;
  };
  std::vector<CorrelatedSlice> correlated;
  correlated.reserve(correlations.size());
  for (const Correlation& entry : correlations) {
    const SliceId slice = slice_of(entry.row);
    if (slice == kNone) continue;
    const Track& track = trace.tracks()[trace.lane_of(slice).track];
    correlated.push_back({entry.id, slice, track.kind == TrackKind::stream});
  }
  correlations = {};
  std::vector<Link> links;
  link_by_correlation(correlated, links);
  for (const Link& link : row_links) {
    const Link sealed{slice_of(link.from), slice_of(link.to)};
    if (sealed.from != kNone && sealed.to != kNone) links.push_back(sealed);
  }
  return links;
}

void TraceBuilder::Impl::seal_attributes(const std::vector<SliceId>& slice_of_row,
                                         std::vector<Attribute>& sealed) {
  std::vector<std::pair<SliceId, std::uint32_t>> entries;
  for (AttributeRows& attribute : attributes) {
    entries.clear();
    for (std::size_t i = 0; i < attribute.row.size(); ++i) {
      const RowId row = attribute.row[i];
      if (row >= slice_of_row.size() || slice_of_row[row] == kNone) continue;
      entries.emplace_back(slice_of_row[row], attribute.value[i]);
    }
    std::stable_sort(entries.begin(), entries.end(),
                     [](const auto& left, const auto& right) { return left.first < right.first; });
    Attribute& target = sealed.emplace_back();
    target.key = std::move(attribute.key);
    target.slice.reserve(entries.size());
    target.value.reserve(entries.size());
    for (const auto& [slice, value] : entries) {
      target.slice.push_back(slice);
      target.value.push_back(value);
    }
    attribute = {};
  }
}

// Everything that is not a slice: times from the trace's start, in order.
void TraceBuilder::Impl::seal_points() {
  const std::int64_t start = start_ns();
  for (Step& step : steps) step.start_ns -= start;
  std::stable_sort(steps.begin(), steps.end(), [](const Step& left, const Step& right) {
    return left.start_ns < right.start_ns;
  });
  for (Counter& counter : counters) {
    std::vector<std::pair<std::int64_t, double>> samples;
    counter.value.resize(counter.time_ns.size());
    for (std::size_t i = 0; i < counter.time_ns.size(); ++i) {
      samples.emplace_back(counter.time_ns[i] - start, counter.value[i]);
    }
    std::stable_sort(samples.begin(), samples.end(),
                     [](const auto& left, const auto& right) { return left.first < right.first; });
    for (std::size_t i = 0; i < samples.size(); ++i) {
      std::tie(counter.time_ns[i], counter.value[i]) = samples[i];
    }
  }
  for (Instant& instant : instants) instant.time_ns -= start;
  std::stable_sort(instants.begin(), instants.end(), [](const Instant& left, const Instant& right) {
    return left.time_ns < right.time_ns;
  });
}

void TraceBuilder::Impl::count_own_losses(std::uint64_t dropped) {
  if (clamped > 0) {
    losses.push_back(
        {"extreme_time", clamped, 0, 0,
         std::to_string(clamped) + (clamped == 1 ? " event has" : " events have") +
             " a time or duration that no clock shows (negative, or beyond 73 years) and " +
             (clamped == 1 ? "was clamped." : "were clamped.")});
  }
  if (refused_properties > 0) {
    losses.push_back({"too_many_properties", refused_properties, 0, 0,
                      std::to_string(refused_properties) +
                          (refused_properties == 1 ? " fact is" : " facts are") + " beyond the " +
                          std::to_string(kMaxProperties) + " that a trace can hold."});
  }
  if (dropped > 0) {
    losses.push_back({"too_deep", dropped, 0, 0,
                      std::to_string(dropped) +
                          (dropped == 1 ? " slice is nested or overlaps more than 4096 deep on one "
                                          "track and is not shown."
                                        : " slices are nested or overlap more than 4096 deep on "
                                          "one track and are not shown.")});
  }
  if (refused > 0) {
    losses.push_back({"too_many_slices", refused, 0, 0,
                      std::to_string(refused) + (refused == 1 ? " slice is" : " slices are") +
                          " beyond the 4,294,967,295 that one trace can hold and not shown; record "
                          "a shorter window."});
  }
}

std::int64_t TraceBuilder::Impl::last_end_ns(const Trace& trace) const {
  std::int64_t last = 0;
  for (const Lane& lane : trace.lanes()) {
    last = std::max(last, trace.slice(lane.first_slice + lane.slice_count - 1).end_ns());
  }
  for (const Step& step : steps) last = std::max(last, step.end_ns());
  for (const Counter& counter : counters) {
    if (!counter.time_ns.empty()) last = std::max(last, counter.time_ns.back());
  }
  if (!instants.empty()) last = std::max(last, instants.back().time_ns);
  return last;
}

std::shared_ptr<const Trace> TraceBuilder::seal() {
  Impl& impl = *impl_;
  std::shared_ptr<Trace> trace(new Trace());
  std::vector<SliceId> slice_of_row;
  std::uint64_t dropped = 0;
  // Slices lie lane by lane in order of time, none overlapping another of its lane.
  impl.seal_tracks(
      *trace,
      {trace->start_ns_, trace->duration_, trace->name_, trace->long_durations_, trace->lanes_},
      slice_of_row, dropped);
  // Links and attributes speak of slices, no longer of rows.
  trace->links_by_from_ = impl.seal_links(*trace, slice_of_row);
  sort_links(trace->links_by_from_, trace->links_by_to_);
  impl.seal_attributes(slice_of_row, trace->attributes_);
  trace->values_ = impl.values.take();
  // Names carry their category.
  trace->names_.reserve(impl.names.size());
  for (NameId id = 0; id < impl.names.size(); ++id) {
    trace->names_.push_back({impl.names.text(id), static_cast<Category>(impl.names.salt(id))});
  }
  // No time is before the start or after the duration.
  impl.seal_points();
  impl.count_own_losses(dropped);
  const std::int64_t start = impl.start_ns();
  trace->duration_ns_ = impl.last_end_ns(*trace);
  for (Loss& loss : impl.losses) {
    if (loss.from_ns == 0 && loss.until_ns == 0) continue;
    loss.from_ns = std::clamp(impl.clamp_time(loss.from_ns) - start, std::int64_t{0}, kMaxTimeNs);
    loss.until_ns = std::clamp(impl.clamp_time(loss.until_ns) - start, loss.from_ns, kMaxTimeNs);
  }
  trace->start_unix_ns_ = impl.clock_zero_unix_ns + start;
  trace->source_ = std::move(impl.source);
  trace->source_.covered_until_ns =
      trace->source_.covered_until_ns == 0
          ? trace->duration_ns_
          : std::max(impl.clamp_time(trace->source_.covered_until_ns) - start, std::int64_t{0});
  trace->properties_ = std::move(impl.properties);
  trace->steps_ = std::move(impl.steps);
  trace->counters_ = std::move(impl.counters);
  trace->instants_ = std::move(impl.instants);
  trace->losses_ = std::move(impl.losses);
  *impl_ = Impl();
  return trace;
}

}  // namespace tbprof::analyzer::trace
