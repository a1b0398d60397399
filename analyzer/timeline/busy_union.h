// When a device or a stream works at all: the union of its slices, and the gaps between them.
//
// Busy: at least one kernel, copy or memset of the given lanes is running. Idle: none is, between
// the first start and the last end of such work; before and after it nothing is known to wait.
// Pure functions: any thread.
#pragma once

#include <span>

#include "analyzer/timeline/slice_row.h"
#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::timeline {

// Sorted, not overlapping, not touching. Work without a duration is left out.
DerivedRow device_busy(const trace::Trace& trace, std::span<const trace::LaneId> lanes);
// The stretches between the slices of a busy row.
DerivedRow gaps_between(const DerivedRow& busy);

}  // namespace tbprof::analyzer::timeline
