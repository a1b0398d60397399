// How long each of some categories is the innermost one on a thread, one window of time after the
// other. A slice of another category counts for the one around it. Borrows the trace, owns its
// places in it. One thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analyzer/profile/interval_set.h"
#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::profile {

// By name: the index of its category among `categories`, or kNoCategory.
inline constexpr std::uint8_t kNoCategory = 0xff;
std::vector<std::uint8_t> category_indices(const trace::Trace& trace,
                                           std::span<const proto::Category> categories);

class SelfTimeWindows {
 public:
  // Borrows `category_of_name`, which the windows of all tracks share.
  SelfTimeWindows(const trace::Trace& trace, const trace::Track& track,
                  std::span<const std::uint8_t> category_of_name);

  // Writes the time of each category to `parts_ns`, in their order, and returns the rest.
  // REQUIRES: from_ns does not go back from call to call.
  std::int64_t divide(std::int64_t from_ns, std::int64_t until_ns,
                      std::span<std::int64_t> parts_ns);

 private:
  struct LanePlace {
    trace::SliceId next = 0;  // the first slice that ends after the window's start
    trace::SliceId end = 0;
  };
  IntervalSet take_lane(const LanePlace& place, std::int64_t until_ns, const IntervalSet& left,
                        std::span<std::int64_t> parts_ns) const;

  const trace::Trace& trace_;
  std::span<const std::uint8_t> category_of_name_;
  std::vector<LanePlace> places_;  // the innermost lane first
};

}  // namespace tbprof::analyzer::profile
