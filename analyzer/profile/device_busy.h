// How long each device worked and waited: exact unions over all its streams. Pure functions of a
// sealed trace. Any thread.
//
// work         kernels, copies, memsets and collectives on the device's streams
// left over    work before the first one whose launch was recorded, without a launch itself: it was
//              launched before the recording began, so only its tail was seen; it is counted apart.
//              Where no launch is recorded at all, nothing is left over.
// span         from the first start to the last end of the rest. Where the trace was recorded in
//              windows: the sum of the spans of each window's work, which is what was launched in
//              it, or began in it if no launch is known; other work (of a warm-up) is not counted
// busy, idle   the union of the rest; span − busy
// computation  union of kernels and memsets that are no collectives
// communication_exposed   union of collectives outside computation
// memcpy_exposed          union of copies outside computation and communication
// So computation + communication_exposed + memcpy_exposed = busy; these are TraceLens' figures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/profile/interval_set.h"
#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::profile {

struct DeviceBusy {
  std::int32_t device = -1;
  std::string name;  // what its streams stand under: "GPU 0"
  std::size_t stream_count = 0;
  std::uint64_t work_count = 0;
  std::int64_t start_ns = 0;  // of the span
  std::int64_t span_ns = 0;
  std::int64_t busy_ns = 0;
  std::int64_t idle_ns = 0;
  std::int64_t computation_ns = 0;
  std::int64_t communication_exposed_ns = 0;
  std::int64_t memcpy_exposed_ns = 0;
  std::int64_t communication_ns = 0;  // union of collectives, overlapped or not
  std::int64_t memcpy_ns = 0;         // union of copies, overlapped or not
  IntervalSet busy;                   // the moments that busy_ns adds up
  std::uint64_t left_over_count = 0;
  std::int64_t left_over_busy_ns = 0;
};

// Sorted by device, only those that worked.
std::vector<DeviceBusy> device_busy(const trace::Trace& trace);

}  // namespace tbprof::analyzer::profile
