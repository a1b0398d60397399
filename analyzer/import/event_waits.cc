#include "analyzer/import/event_waits.h"

#include <string>

namespace tbprof::analyzer::import {

void EventWaits::add_event(const proto::DeviceEvent& event) {
  if (event.sync_id != 0) events_[event.sync_id] = event;
}

void EventWaits::finish(trace::TraceBuilder& builder) const {
  if (waits_.empty()) return;
  const std::uint32_t waits_for = builder.attribute("waits for");
  const std::uint32_t recorded_by = builder.attribute("event recorded by call");
  for (const Wait& wait : waits_) {
    const auto found = events_.find(wait.sync_id);
    if (found == events_.end()) {
      builder.add_attribute(wait.row, waits_for,
                            builder.intern_value("an event whose recording is not in the file"));
      continue;
    }
    const proto::DeviceEvent& event = found->second;
    builder.add_attribute(wait.row, waits_for,
                          builder.intern_value("event " + std::to_string(event.event_id) +
                                               " on stream " + std::to_string(event.stream) +
                                               " of GPU " + std::to_string(event.device)));
    if (event.correlation_id == 0) continue;
    builder.add_attribute(wait.row, recorded_by,
                          builder.intern_value(std::to_string(event.correlation_id)));
  }
}

std::size_t EventWaits::memory_bytes() const {
  return events_.size() * (sizeof(proto::DeviceEvent) + 4 * sizeof(void*)) +
         waits_.capacity() * sizeof(Wait);
}

}  // namespace tbprof::analyzer::import
