// A set of moments as sorted intervals that neither overlap nor touch: exact unions and
// differences of times. Every function is linear in its operands once they are sets.
// Values own what they hold. Any thread, as long as nobody changes the set.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tbprof::analyzer::profile {

// [start_ns, end_ns)
struct Interval {
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  bool operator==(const Interval&) const = default;
};

class IntervalSet {
 public:
  IntervalSet() = default;
  // Of intervals in any order; empty and reversed ones hold no moment.
  static IntervalSet of(std::vector<Interval> intervals);

  void reserve(std::size_t interval_count) { intervals_.reserve(interval_count); }
  // REQUIRES: no interval in the set starts later.
  void append(std::int64_t start_ns, std::int64_t end_ns) {
    if (end_ns <= start_ns) return;
    if (!intervals_.empty() && start_ns <= intervals_.back().end_ns) {
      intervals_.back().end_ns = std::max(intervals_.back().end_ns, end_ns);
      return;
    }
    intervals_.push_back({start_ns, end_ns});
  }

  std::span<const Interval> intervals() const { return intervals_; }
  bool empty() const { return intervals_.empty(); }
  std::int64_t length_ns() const;

  bool operator==(const IntervalSet&) const = default;

 private:
  std::vector<Interval> intervals_;
};

IntervalSet unite(const IntervalSet& left, const IntervalSet& right);
IntervalSet subtract(const IntervalSet& left, const IntervalSet& right);

// The union of many sets, merged pairwise by size so that none is walked more than log(n) times.
class IntervalUnion {
 public:
  void add(IntervalSet set);
  // Leaves the union empty.
  IntervalSet take();

 private:
  std::vector<IntervalSet> pending_;
};

}  // namespace tbprof::analyzer::profile
