#include "analyzer/timeline/slice_row.h"

#include <algorithm>

namespace tbprof::analyzer::timeline {

SliceRow::SliceRow(const trace::Trace& trace, const trace::Lane& lane)
    : trace_(&trace),
      start_(trace.start_column_ns().data() + lane.first_slice),
      short_(trace.duration_column().data() + lane.first_slice),
      name_(trace.name_column().data() + lane.first_slice),
      first_(lane.first_slice),
      size_(lane.slice_count) {}

SliceRow::SliceRow(std::span<const std::int64_t> start_ns,
                   std::span<const std::int64_t> duration_ns, std::span<const std::uint32_t> name)
    : start_(start_ns.data()),
      long_(duration_ns.data()),
      name_(name.empty() ? nullptr : name.data()),
      size_(static_cast<std::uint32_t>(start_ns.size())) {}

std::uint32_t SliceRow::first_touching(std::int64_t time_ns) const {
  std::uint32_t index = first_starting(time_ns, 0);
  // Slices do not overlap, so only the one before can reach across the time.
  if (index > 0 && end_ns(index - 1) > time_ns) --index;
  return index;
}

std::uint32_t SliceRow::first_starting(std::int64_t time_ns, std::uint32_t hint) const {
  std::uint32_t low = hint;
  std::uint32_t stride = 1;
  while (low < size_ && start_[low] < time_ns) {
    const std::uint32_t next = size_ - low > stride ? low + stride : size_;
    if (next == size_ || start_[next] >= time_ns) {
      return static_cast<std::uint32_t>(std::lower_bound(start_ + low + 1, start_ + next, time_ns) -
                                        start_);
    }
    low = next;
    stride *= 2;
  }
  return low;
}

}  // namespace tbprof::analyzer::timeline
