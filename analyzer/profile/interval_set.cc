#include "analyzer/profile/interval_set.h"

#include <algorithm>
#include <utility>

namespace tbprof::analyzer::profile {

IntervalSet IntervalSet::of(std::vector<Interval> intervals) {
  std::sort(intervals.begin(), intervals.end(), [](const Interval& left, const Interval& right) {
    return left.start_ns < right.start_ns;
  });
  IntervalSet set;
  for (const Interval& interval : intervals) set.append(interval.start_ns, interval.end_ns);
  return set;
}

std::int64_t IntervalSet::length_ns() const {
  std::int64_t total_ns = 0;
  for (const Interval& interval : intervals_) total_ns += interval.end_ns - interval.start_ns;
  return total_ns;
}

IntervalSet unite(const IntervalSet& left, const IntervalSet& right) {
  if (left.empty()) return right;
  if (right.empty()) return left;
  IntervalSet result;
  result.reserve(left.intervals().size() + right.intervals().size());
  auto a = left.intervals().begin();
  auto b = right.intervals().begin();
  const auto a_end = left.intervals().end();
  const auto b_end = right.intervals().end();
  while (a != a_end || b != b_end) {
    const bool take_left = b == b_end || (a != a_end && a->start_ns <= b->start_ns);
    const Interval& next = take_left ? *a++ : *b++;
    result.append(next.start_ns, next.end_ns);
  }
  return result;
}

IntervalSet subtract(const IntervalSet& left, const IntervalSet& right) {
  IntervalSet result;
  auto b = right.intervals().begin();
  const auto b_end = right.intervals().end();
  for (const Interval& interval : left.intervals()) {
    std::int64_t from_ns = interval.start_ns;
    while (b != b_end && b->end_ns <= from_ns) ++b;
    // The last one may reach into the next interval of `left`, so it is not passed over here.
    for (auto cut = b; cut != b_end && cut->start_ns < interval.end_ns; ++cut) {
      result.append(from_ns, cut->start_ns);
      from_ns = cut->end_ns;
      b = cut;
    }
    result.append(from_ns, interval.end_ns);
  }
  return result;
}

void IntervalUnion::add(IntervalSet set) {
  if (set.empty()) return;
  while (!pending_.empty() && pending_.back().intervals().size() <= 2 * set.intervals().size()) {
    set = unite(pending_.back(), set);
    pending_.pop_back();
  }
  pending_.push_back(std::move(set));
}

IntervalSet IntervalUnion::take() {
  IntervalSet result;
  while (!pending_.empty()) {
    result = result.empty() ? std::move(pending_.back()) : unite(pending_.back(), result);
    pending_.pop_back();
  }
  return result;
}

}  // namespace tbprof::analyzer::profile
