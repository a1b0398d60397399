// When a stream or a thread is busy where no single lane tells it, and unions of moments as rows.
// What a device's busy time is, profile/device_busy.h says. Pure functions: any thread.
#pragma once

#include <optional>

#include "analyzer/profile/interval_set.h"
#include "analyzer/timeline/slice_row.h"
#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::timeline {

// Kernels, copies and memsets on any lane of the track.
profile::IntervalSet device_work(const trace::Trace& trace, const trace::Track& track);
// All slices of the track; nothing where those of the outermost lane hold all the others.
std::optional<profile::IntervalSet> overlapping_slices(const trace::Trace& trace,
                                                       const trace::Track& track);

DerivedRow row_of(const profile::IntervalSet& moments);
// The stretches between the moments that begin in the same window.
DerivedRow gaps_of(const profile::IntervalSet& moments, const trace::RecordingWindows& windows);

}  // namespace tbprof::analyzer::timeline
