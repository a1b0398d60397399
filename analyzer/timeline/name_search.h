// Finding slices by a part of their name: one after the other in the order of time, over all
// tracks. A pure function of a trace's index, one pass over its names: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "analyzer/timeline/timeline_index.h"

namespace tbprof::analyzer::timeline {

// A place in the order of time; slices that start together follow by id.
struct SearchPlace {
  std::int64_t start_ns = 0;
  std::int64_t id = -1;  // -1: before all that start then
  auto operator<=>(const SearchPlace&) const = default;
};

struct SearchAnswer {
  std::uint64_t count = 0;   // of all slices whose name has the text
  std::uint64_t before = 0;  // how many of them stand before `slice`
  std::optional<trace::SliceId> slice;
};

// The next slice after the place, or the last one before it, whose name has the text, whatever the
// case of its letters (of ASCII). At the end it goes on at the other end.
SearchAnswer search_names(const TimelineIndex& index, std::string_view text, SearchPlace place,
                          bool forward);

}  // namespace tbprof::analyzer::timeline
