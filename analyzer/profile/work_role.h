// What a slice counts as when the time of a step is divided: work of the device, calls into the
// CUDA API, input, host code. Depends on where the slice lies, its category and, for collectives,
// its name. Pure functions. Any thread.
//
// A collective is told by its name, because no list of operators holds them all: a kernel of NCCL
// or RCCL, a host range `nccl:…`, `gloo:…`, `mpi:…`, `ucc:…`, or the category communication. So
// all-to-all and send and receive count as communication too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::profile {

// In order of priority: a moment counts for the first of these that covers it.
enum class WorkRole : std::uint8_t {
  kernel,  // kernels that are not collectives
  memcpy,
  memset,
  communication,  // kernels and host ranges of collectives
  runtime_api,
  input,  // category input, and torch's enumerate(DataLoader)#….__next__
  host,   // operators, annotations, ranges, driver calls
  none,   // step markers, Python frames, GPU annotations, profiler overhead
};
inline constexpr std::size_t kWorkRoleCount = 7;  // without none

bool is_collective_kernel(std::string_view name);
bool is_host_collective(std::string_view name);

class WorkRoles {
 public:
  explicit WorkRoles(const trace::Trace& trace);
  WorkRole on_device(trace::NameId name) const { return device_[name]; }
  // The roles on tracks of a kind, by name; empty: nothing there counts.
  std::span<const WorkRole> of(trace::TrackKind kind) const;

 private:
  std::vector<WorkRole> host_;
  std::vector<WorkRole> device_;
};

}  // namespace tbprof::analyzer::profile
