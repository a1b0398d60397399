// Takes rows in any order from an importer and seals them into a Trace: sorts, nests, links.
// Owns all it is given. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::trace {

// Which of two slices with the same start and duration holds the other.
enum class EqualSlices : std::uint8_t { first_is_outer, last_is_outer };

// A slice as the importer saw it, numbered in the order of add_slice.
using RowId = std::uint32_t;

class TraceBuilder {
 public:
  TraceBuilder();
  ~TraceBuilder();
  // A copy shares the slices: making one costs what names, steps and values of slices take.
  TraceBuilder(const TraceBuilder& other);
  TraceBuilder& operator=(const TraceBuilder&) = delete;

  void set_source(Source source);
  // All times given to the builder are on one clock; this is the wall time of its zero.
  void set_clock_zero_unix_ns(std::int64_t unix_ns);
  // Where the trace starts on that clock; without it, the earliest time added.
  // A time before it moves the start: no time of a trace is negative.
  void set_start_ns(std::int64_t start_ns);
  // last_is_outer for rows that come in the order in which they ended.
  void set_equal_slices(EqualSlices rule);
  // A key given again takes the new value. Beyond kMaxProperties they are counted as lost.
  static constexpr std::size_t kMaxProperties = 4096;
  void add_property(std::string key, std::string value);

  TrackId add_track(Track track);
  Track& track(TrackId id);
  NameId intern_name(std::string_view text, Category category);
  const std::string& name_text(NameId id) const;

  // Ids of tracks and names must come from add_track and intern_name. Times beyond any clock are
  // clamped and counted. kNone if the trace holds as many slices as it can; counted as well.
  RowId add_slice(TrackId track, std::int64_t start_ns, std::int64_t duration_ns, NameId name);
  // Several slices of one track at once; the columns are equally long.
  RowId add_slices(TrackId track, std::span<const std::int64_t> start_ns,
                   std::span<const std::int64_t> duration_ns, std::span<const NameId> name);
  std::size_t slice_count() const;
  void add_attribute(RowId row, std::string_view key, std::string_view value);
  // The same in two steps, for many rows with few values.
  std::uint32_t attribute(std::string_view key);
  std::uint32_t intern_value(std::string_view value);
  void add_attribute(RowId row, std::uint32_t attribute, std::uint32_t value);
  // Rows that share a correlation id and lie on a host and a device track are linked.
  void set_correlation(RowId row, std::uint64_t correlation_id);
  void add_link(RowId from, RowId to);

  void add_step(Step step);
  void add_counter(Counter counter);
  // Its facts are those given here.
  void add_instant(Instant instant, std::span<const InstantFact> facts = {});
  // In any order. A step that reaches out of its window is not complete.
  void set_windows(RecordingWindows windows);
  // Replaces what was given before. Tracks are found by the threads' ids. REQUIRES: threads and
  // rows are as Samples says.
  void set_samples(Samples samples);
  // Times 0 and 0: it is not known when.
  void add_loss(Loss loss);

  // Bytes of slices, their values and names, steps, counters and marks, shared with copies or not.
  std::size_t memory_bytes() const;

  // Ends the building; the builder is empty afterwards.
  std::shared_ptr<const Trace> seal();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tbprof::analyzer::trace
