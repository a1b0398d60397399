// Turns the events of a torch.profiler trace into rows of a builder: slices with their arguments
// and correlations, steps, instants, counters, names of tracks. Borrows builder and tally. One
// thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/import/loss_tally.h"
#include "analyzer/import/torch_category.h"
#include "analyzer/import/torch_tracks.h"
#include "analyzer/import/trace_event.h"
#include "analyzer/trace/trace_builder.h"

namespace tbprof::analyzer::import {

class TorchEvents {
 public:
  TorchEvents(trace::TraceBuilder& builder, LossTally& tally)
      : builder_(builder), tally_(tally), tracks_(builder) {}

  // The text that the event borrows must live until finish(). `offset` is where it begins.
  void add(const TraceEvent& event, std::uint64_t offset);
  void finish();

 private:
  struct Argument {
    std::string_view key;
    std::string_view value;  // as it stands
  };
  struct Deferred {
    TraceEvent event;
    std::uint64_t offset;
  };

  void add_slice(const TraceEvent& event, std::uint64_t offset);
  void add_instant(const TraceEvent& event, std::uint64_t offset);
  void add_memory(const TraceEvent& event, std::int64_t time_ns);
  void add_counters(const TraceEvent& event, std::uint64_t offset);
  void add_metadata(const TraceEvent& event);
  void add_sample(std::string_view name, std::string_view group, std::int64_t time_ns,
                  double value);

  void settle_reference();
  bool is_near(std::int64_t time_ns, std::uint64_t offset);
  void read_arguments(std::string_view args);
  std::optional<std::int64_t> argument(std::string_view key) const;
  trace::TrackId track_of(const TraceEvent& event, const TorchCategory& category);
  void keep_arguments(trace::RowId row, KeptArgs kept);

  trace::TraceBuilder& builder_;
  LossTally& tally_;
  TorchTracks tracks_;
  std::string_view last_category_text_;
  TorchCategory last_category_;
  std::vector<Argument> arguments_;
  std::string scratch_;
  std::string second_scratch_;
  std::optional<std::int64_t> reference_ns_;  // all true times lie near it
  std::vector<std::int64_t> first_times_ns_;
  std::vector<Deferred> deferred_;  // until there is a reference
  std::map<trace::TrackId, trace::Counter> counters_;
};

}  // namespace tbprof::analyzer::import
