// Joins what waited for a CUDA event to the stream on which the event was recorded. A wait may be
// read before its event. Owns what it has gathered; copies are independent. One thread at a time.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyzer/trace/trace_builder.h"
#include "proto/trace_records.h"

namespace tbprof::analyzer::import {

// The attribute by which a wait names its event; it is not shown.
inline constexpr std::string_view kEventSyncKey = "event sync id";

class EventWaits {
 public:
  void add_event(const proto::DeviceEvent& event);
  void add_wait(trace::RowId row, std::uint64_t sync_id) { waits_.push_back({row, sync_id}); }
  // Tells each wait the event, its stream and the call that recorded it, as attributes.
  void finish(trace::TraceBuilder& builder) const;
  std::size_t memory_bytes() const;

 private:
  struct Wait {
    trace::RowId row = 0;
    std::uint64_t sync_id = 0;
  };
  std::unordered_map<std::uint64_t, proto::DeviceEvent> events_;  // by sync id
  std::vector<Wait> waits_;
};

}  // namespace tbprof::analyzer::import
