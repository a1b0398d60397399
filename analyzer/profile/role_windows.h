// When each role of work_role.h is at work, one window of time after the other, so that dividing a
// long trace into steps holds the intervals of one step only. Borrows trace and roles, owns its
// places in them. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
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

  // Over all tracks, not cut at the window's ends. A slice inside one of the same role or of one
  // that comes first changes no moment's first role and is left out.
  // REQUIRES: from_ns does not go back from call to call.
  RoleIntervals between(std::int64_t from_ns, std::int64_t until_ns);

 private:
  struct LanePlace {
    std::span<const WorkRole> roles;  // by name
    trace::SliceId next = 0;          // the first slice that ends after the window's start
    trace::SliceId end = 0;
    bool is_outermost = true;  // else the place before this one is of the lane above
  };
  // A place whose next slice begins behind the window.
  struct Waiting {
    std::int64_t start_ns;
    std::size_t place;
    bool operator>(const Waiting& other) const { return start_ns > other.start_ns; }
  };
  void wait(std::size_t place);
  RoleIntervals runs_of(const LanePlace& place, const LanePlace* above,
                        std::int64_t until_ns) const;

  const trace::Trace& trace_;
  std::vector<LanePlace> places_;
  // A window visits those with a slice in it only, however many lanes there are.
  std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> waiting_;
  std::vector<std::size_t> open_;
};

}  // namespace tbprof::analyzer::profile
