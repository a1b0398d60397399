// What the timeline's routes answer, as text and as bytes. README.md describes each of them.
// Pure functions of a trace's index: any thread.
#pragma once

#include <optional>
#include <string>

#include "analyzer/timeline/name_search.h"
#include "analyzer/timeline/slice_details.h"
#include "analyzer/timeline/timeline_index.h"
#include "analyzer/timeline/window.h"

namespace tbprof::plugins::timeline {

// JSON: groups and tracks, length, steps, losses, state.
std::string tracks_json(const analyzer::timeline::TimelineIndex& index);

// Binary columns of a window; the head holds the names that occur in it and no others.
std::string window_columns(const analyzer::timeline::TimelineIndex& index,
                           const analyzer::timeline::WindowQuestion& question,
                           const analyzer::timeline::WindowAnswer& answer);

// JSON of one slice.
std::string slice_json(const analyzer::timeline::TimelineIndex& index,
                       const analyzer::timeline::SliceDetails& details);

// JSON of what a search by name found: how many there are, and one of them.
std::string search_json(const analyzer::timeline::TimelineIndex& index,
                        const analyzer::timeline::SearchAnswer& answer,
                        const std::optional<analyzer::timeline::SliceDetails>& details);

// JSON of one step. REQUIRES: row_index < index.steps().row.size().
std::string step_text(const analyzer::timeline::TimelineIndex& index, std::uint32_t row_index);

// JSON of one gap of a device.
std::string gap_json(const analyzer::timeline::TimelineIndex& index,
                     const analyzer::timeline::GapDetails& gap);

}  // namespace tbprof::plugins::timeline
