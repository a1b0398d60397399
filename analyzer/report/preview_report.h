// What the index of a finished recording of ours tells before a chunk of it is read, as JSON: the
// picture that stands while the rest loads. Pure function. Any thread.
//
//   {start_unix_ms, duration_ns, counts: {slices, steps, lost, tracks},
//    steps: {each, median_ns, max_ns, number: […], start_ns: […], duration_ns: […]},
//    tracks: [{name, kind, device, slices, busy_ns, busy_percent: […]}]}
// Steps as they were marked, in order of their starts; each entry is the longest of `each`.
// median_ns is null where steps were left out. Tracks are those with most slices, in the order of
// the file; busy_percent divides the duration evenly. Times are ns since the recording's start.
#pragma once

#include "analyzer/report/json.h"
#include "proto/trace_records.h"

namespace tbprof::analyzer::report {

inline constexpr std::size_t kPreviewSteps = 2000;
inline constexpr std::size_t kPreviewTracks = 24;
inline constexpr std::size_t kPreviewBins = 480;

Json preview_report(const proto::TraceHeader& header, const proto::TraceIndex& index);

}  // namespace tbprof::analyzer::report
