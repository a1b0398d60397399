// Gives each slice of a track its lane. Slices come sorted by start, longer first; a slice goes one
// lane below the deepest slice that holds it, or, where that lane is taken by one that it only
// overlaps, to the first free lane further down. Slices of a lane never overlap.
// Feeding (-end, -start) of slices sorted by falling end does the same from the back.
// Values. One thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tbprof::analyzer::trace {

class LaneStack {
 public:
  // Nested deeper than any program; bounds the time that hostile overlaps can cost.
  static constexpr std::size_t kMaxLanes = 4096;
  static constexpr std::uint16_t kNoLane = 0xffff;

  std::uint16_t place(std::int64_t start_ns, std::int64_t end_ns) {
    while (open_ > 0 && lane_end_ns_[open_ - 1] <= start_ns) --open_;
    std::size_t lane = open_;
    while (lane > 0 && (lane_end_ns_[lane - 1] <= start_ns || lane_end_ns_[lane - 1] < end_ns)) {
      --lane;
    }
    if (lane != open_) overlapped_ = true;
    while (lane < open_ && lane_end_ns_[lane] > start_ns) ++lane;
    if (lane == kMaxLanes) return kNoLane;
    if (lane == lane_end_ns_.size()) {
      lane_end_ns_.push_back(end_ns);
    } else {
      lane_end_ns_[lane] = end_ns;
    }
    open_ = std::max(open_, lane + 1);
    return static_cast<std::uint16_t>(lane);
  }

  std::size_t lane_count() const { return lane_end_ns_.size(); }
  // Whether a slice overlapped another without lying inside it.
  bool overlapped() const { return overlapped_; }

 private:
  std::vector<std::int64_t> lane_end_ns_;
  std::size_t open_ = 0;  // lanes from here on hold nothing that is still running
  bool overlapped_ = false;
};

}  // namespace tbprof::analyzer::trace
