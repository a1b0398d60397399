#include "analyzer/profile/device_busy.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "analyzer/profile/interval_set.h"
#include "analyzer/profile/work_role.h"

namespace tbprof::analyzer::profile {

namespace {

using Streams = std::vector<const trace::Track*>;

// By device ordinal and group: a file without ordinals still tells devices apart by their name.
std::map<std::pair<std::int32_t, std::string>, Streams> streams_by_device(
    const trace::Trace& trace) {
  std::map<std::pair<std::int32_t, std::string>, Streams> result;
  for (const trace::Track& track : trace.tracks()) {
    if (track.kind == trace::TrackKind::stream)
      result[{track.device, track.group}].push_back(&track);
  }
  return result;
}

// Work that starts before this was launched before the recording began.
std::int64_t first_launched_start_ns(const trace::Trace& trace, const WorkRoles& roles,
                                     const Streams& streams) {
  std::int64_t first_ns = std::numeric_limits<std::int64_t>::max();
  for (const trace::Track* stream : streams) {
    for (const trace::Lane& lane : trace.lanes_of(*stream)) {
      for (trace::SliceId id = lane.first_slice; id < lane.first_slice + lane.slice_count; ++id) {
        const trace::Slice slice = trace.slice(id);
        if (slice.start_ns >= first_ns) break;
        if (roles.on_device(slice.name) == WorkRole::none || trace.links_to(id).empty()) continue;
        first_ns = slice.start_ns;
        break;
      }
    }
  }
  return first_ns == std::numeric_limits<std::int64_t>::max() ? 0 : first_ns;
}

struct DeviceUnions {
  IntervalUnion computation;
  IntervalUnion communication;
  IntervalUnion memcpy;
  IntervalUnion left_over;
};

// Whether the work belongs to a window; see the header.
bool is_of_a_window(const trace::Trace& trace, const trace::Slice& work) {
  const trace::RecordingWindows& windows = trace.windows();
  if (!windows.is_windowed) return true;
  std::int64_t asked_ns = work.start_ns;
  for (const trace::Link& link : trace.links_to(work.id)) {
    asked_ns = trace.slice(link.from).start_ns;
  }
  return windows.holds(asked_ns, asked_ns);
}

// From the first start to the last end, in each window for itself.
std::int64_t span_of(const trace::RecordingWindows& windows, const IntervalSet& busy) {
  std::int64_t span_ns = 0;
  std::optional<std::size_t> window;
  std::int64_t first_ns = 0;
  std::int64_t last_ns = 0;
  for (const auto& interval : busy.intervals()) {
    const auto next = windows.last_begun_by(interval.start_ns);
    if (next != window || first_ns == last_ns) {
      span_ns += last_ns - first_ns;
      first_ns = interval.start_ns;
      window = next;
    }
    last_ns = interval.end_ns;
  }
  return span_ns + last_ns - first_ns;
}

void add_lane(const trace::Trace& trace, const trace::Lane& lane, const WorkRoles& roles,
              std::int64_t first_launched_ns, DeviceUnions& unions, DeviceBusy& device) {
  IntervalSet computation;
  IntervalSet communication;
  IntervalSet memcpy;
  IntervalSet left_over;
  for (trace::SliceId id = lane.first_slice; id < lane.first_slice + lane.slice_count; ++id) {
    const trace::Slice slice = trace.slice(id);
    const WorkRole role = roles.on_device(slice.name);
    if (role == WorkRole::none || !is_of_a_window(trace, slice)) continue;
    if (slice.start_ns < first_launched_ns) {
      ++device.left_over_count;
      left_over.append(slice.start_ns, slice.end_ns());
      continue;
    }
    ++device.work_count;
    IntervalSet& set = role == WorkRole::memcpy          ? memcpy
                       : role == WorkRole::communication ? communication
                                                         : computation;
    set.append(slice.start_ns, slice.end_ns());
  }
  unions.computation.add(std::move(computation));
  unions.communication.add(std::move(communication));
  unions.memcpy.add(std::move(memcpy));
  unions.left_over.add(std::move(left_over));
}

void measure(const trace::RecordingWindows& windows, DeviceUnions& unions, DeviceBusy& device) {
  const IntervalSet computation = unions.computation.take();
  const IntervalSet communication = unions.communication.take();
  const IntervalSet memcpy = unions.memcpy.take();
  const IntervalSet computing_or_communicating = unite(computation, communication);
  IntervalSet busy = unite(computing_or_communicating, memcpy);
  device.computation_ns = computation.length_ns();
  device.communication_ns = communication.length_ns();
  device.memcpy_ns = memcpy.length_ns();
  device.busy_ns = busy.length_ns();
  device.communication_exposed_ns = computing_or_communicating.length_ns() - device.computation_ns;
  device.memcpy_exposed_ns = device.busy_ns - computing_or_communicating.length_ns();
  device.left_over_busy_ns = unions.left_over.take().length_ns();
  if (busy.empty()) return;
  device.start_ns = busy.intervals().front().start_ns;
  device.span_ns = span_of(windows, busy);
  device.idle_ns = device.span_ns - device.busy_ns;
  device.busy = std::move(busy);
}

}  // namespace

std::vector<DeviceBusy> device_busy(const trace::Trace& trace) {
  std::vector<DeviceBusy> result;
  const WorkRoles roles(trace);
  for (const auto& [key, streams] : streams_by_device(trace)) {
    DeviceBusy device;
    device.device = key.first;
    device.name = key.second;
    DeviceUnions unions;
    const std::int64_t first_launched_ns = first_launched_start_ns(trace, roles, streams);
    for (const trace::Track* stream : streams) {
      const std::uint64_t before = device.work_count + device.left_over_count;
      for (const trace::Lane& lane : trace.lanes_of(*stream)) {
        add_lane(trace, lane, roles, first_launched_ns, unions, device);
      }
      if (device.work_count + device.left_over_count > before) ++device.stream_count;
    }
    measure(trace.windows(), unions, device);
    if (device.work_count + device.left_over_count > 0) result.push_back(std::move(device));
  }
  return result;
}

}  // namespace tbprof::analyzer::profile
