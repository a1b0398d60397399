// When each role of work_role.h is at work, one window of time after the other, so that dividing a
// long trace into steps holds the intervals of one step only. Borrows trace and roles, owns its
// places in them. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <queue>
#include <span>
#include <vector>

#include "analyzer/profile/interval_set.h"
#include "analyzer/profile/work_role.h"
#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::profile {

using RoleIntervals = std::array<IntervalSet, kWorkRoleCount>;

class RoleWindows {
 public:
  RoleWindows(const trace::Trace& trace, const WorkRoles& roles);

  // Over all tracks, not cut at the window's ends.
  // REQUIRES: from_ns does not go back from call to call.
  RoleIntervals between(std::int64_t from_ns, std::int64_t until_ns);

 private:
  // The next slice of a lane that has a role.
  struct LanePlace {
    std::int64_t start_ns = 0;
    trace::SliceId next = 0;
    trace::SliceId end = 0;
    std::span<const WorkRole> roles;  // by name
    bool operator>(const LanePlace& other) const { return start_ns > other.start_ns; }
  };
  void wait(LanePlace place);

  const trace::Trace& trace_;
  // All lanes together in order of time, so that a slice is visited once however many steps it
  // lasts.
  std::priority_queue<LanePlace, std::vector<LanePlace>, std::greater<>> waiting_;
  RoleIntervals open_;  // what was met and does not end before the window
};

}  // namespace tbprof::analyzer::profile
