#include <algorithm>
#include <tuple>
#include <utility>

#include "analyzer/trace/correlation.h"
#include "analyzer/trace/trace_builder_rows.h"

namespace tbprof::analyzer::trace {
namespace {

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

// How long a track's slices and a stretch of time lie apart; below 0 by how much they overlap.
std::int64_t time_apart_ns(const Trace& trace, const Track& track, std::int64_t start_ns,
                           std::int64_t end_ns) {
  if (track.lane_count == 0) return INT64_MAX;
  std::int64_t first_ns = INT64_MAX;
  std::int64_t last_ns = 0;
  for (const Lane& lane : trace.lanes().subspan(track.first_lane, track.lane_count)) {
    first_ns = std::min(first_ns, trace.slice(lane.first_slice).start_ns);
    last_ns = std::max(last_ns, trace.slice(lane.first_slice + lane.slice_count - 1).end_ns());
  }
  return std::max(first_ns, start_ns) - std::min(last_ns, end_ns);
}

}  // namespace

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

void TraceBuilder::Impl::seal_samples(const Trace& trace) {
  const std::int64_t start = start_ns();
  for (Sample& row : thread_samples.rows) row.start_ns -= start;
  for (SampledThread& thread : thread_samples.threads) {
    const auto seen = thread_samples.rows_of(thread);
    if (seen.empty()) continue;
    // An id is used again: of the tracks that have it, the one that this thread was seen beside.
    std::int64_t least_ns = INT64_MAX;
    for (TrackId id = 0; id < trace.tracks().size(); ++id) {
      const Track& track = trace.tracks()[id];
      if (track.kind != TrackKind::thread || track.tid != thread.tid) continue;
      const std::int64_t away_ns =
          time_apart_ns(trace, track, seen.front().start_ns, seen.back().end_ns());
      if (thread.track != kNoSample && away_ns >= least_ns) continue;
      thread.track = id;
      least_ns = away_ns;
    }
  }
}

// REQUIRES: steps are sealed.
void TraceBuilder::Impl::seal_windows() {
  const std::int64_t start = start_ns();
  const auto by_start = [](const auto& left, const auto& right) {
    return left.start_ns < right.start_ns;
  };
  for (RecordingWindow& window : windows.windows) {
    window.start_ns -= start;
    window.end_ns -= start;
  }
  std::stable_sort(windows.windows.begin(), windows.windows.end(), by_start);
  for (NotedStep& step : windows.noted_steps) step.start_ns -= start;
  std::stable_sort(windows.noted_steps.begin(), windows.noted_steps.end(), by_start);
  for (Step& step : steps) step.complete &= windows.holds(step.start_ns, step.end_ns());
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
  for (const NotedStep& step : windows.noted_steps) last = std::max(last, step.end_ns());
  for (const Sample& row : thread_samples.rows) last = std::max(last, row.end_ns());
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
  impl.seal_windows();
  impl.seal_samples(*trace);
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
  trace->instant_facts_ = std::move(impl.instant_facts);
  trace->losses_ = std::move(impl.losses);
  trace->windows_ = std::move(impl.windows);
  trace->samples_ = std::move(impl.thread_samples);
  *impl_ = Impl();
  trace->memory_bytes_ = trace->count_memory_bytes();
  return trace;
}

}  // namespace tbprof::analyzer::trace
