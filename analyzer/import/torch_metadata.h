// Facts beside the events of a torch.profiler trace: versions, switches, devices, the job.
// Borrows the builder. One thread at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "analyzer/trace/trace_builder.h"

namespace tbprof::analyzer::import {

class TorchMetadata {
 public:
  explicit TorchMetadata(trace::TraceBuilder& builder) : builder_(builder) {}

  // One pair of the top level; `value` is its whole text. Scalars keep their name; members of
  // distributedInfo become "distributedInfo.rank", those of a device "gpu0.name".
  void add(std::string_view key, std::string_view value);
  // The moment from which the file counts its times; 0 if it counts from the Unix epoch.
  std::int64_t base_time_ns() const { return base_time_ns_; }

 private:
  void add_object(std::string_view prefix, std::string_view value);
  void add_devices(std::string_view value);
  void add_property(std::string_view key, std::string_view value);

  trace::TraceBuilder& builder_;
  std::int64_t base_time_ns_ = 0;
};

}  // namespace tbprof::analyzer::import
