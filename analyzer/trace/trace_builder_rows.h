// What a TraceBuilder has taken in so far and how it becomes a Trace. Private to the builder.
// Owns its rows. One thread at a time.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "analyzer/trace/slice_rows.h"
#include "analyzer/trace/string_table.h"
#include "analyzer/trace/trace_builder.h"
#include "analyzer/trace/track_sealer.h"

namespace tbprof::analyzer::trace {

// Differences of times within this bound cannot overflow.
inline constexpr std::int64_t kMaxTimeNs = std::numeric_limits<std::int64_t>::max() / 4;

struct AttributeRows {
  std::string key;
  std::vector<RowId> row;
  std::vector<std::uint32_t> value;
};

struct Correlation {
  RowId row;
  std::uint64_t id;
};

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
  std::vector<InstantFact> instant_facts;
  std::vector<Loss> losses;
  RecordingWindows windows;
  Samples thread_samples;
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
  void seal_windows();
  void seal_samples(const Trace& trace);
  void count_own_losses(std::uint64_t dropped);
  std::int64_t last_end_ns(const Trace& trace) const;
};

}  // namespace tbprof::analyzer::trace
