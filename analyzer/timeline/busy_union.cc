#include "analyzer/timeline/busy_union.h"

#include <algorithm>
#include <queue>

namespace tbprof::analyzer::timeline {

namespace {

// Walks the device work of one lane in order of time.
class WorkCursor {
 public:
  WorkCursor(const trace::Trace& trace, trace::LaneId lane)
      : trace_(&trace), at_(trace.lanes()[lane].first_slice) {
    end_ = at_ + trace.lanes()[lane].slice_count;
    skip();
  }
  bool done() const { return at_ == end_; }
  std::int64_t start_ns() const { return trace_->start_column_ns()[at_]; }
  std::int64_t end_ns() const { return start_ns() + trace_->slice_duration_ns(at_); }
  void next() {
    ++at_;
    skip();
  }

 private:
  void skip() {
    while (at_ < end_ && !(proto::is_device_work(trace_->category_of(at_)) &&
                           trace_->slice_duration_ns(at_) > 0)) {
      ++at_;
    }
  }
  const trace::Trace* trace_;
  trace::SliceId at_;
  trace::SliceId end_;
};

void append(DerivedRow& busy, std::int64_t start_ns, std::int64_t end_ns) {
  if (!busy.start_ns.empty()) {
    const std::int64_t last_end = busy.start_ns.back() + busy.duration_ns.back();
    if (start_ns <= last_end) {
      busy.duration_ns.back() = std::max(last_end, end_ns) - busy.start_ns.back();
      return;
    }
  }
  busy.start_ns.push_back(start_ns);
  busy.duration_ns.push_back(end_ns - start_ns);
}

}  // namespace

DerivedRow device_busy(const trace::Trace& trace, std::span<const trace::LaneId> lanes) {
  DerivedRow busy;
  std::vector<WorkCursor> cursors;
  for (const trace::LaneId lane : lanes) {
    WorkCursor cursor(trace, lane);
    if (!cursor.done()) cursors.push_back(cursor);
  }
  if (cursors.size() == 1) {
    for (WorkCursor& only = cursors.front(); !only.done(); only.next()) {
      append(busy, only.start_ns(), only.end_ns());
    }
    return busy;
  }
  const auto later = [&](std::size_t a, std::size_t b) {
    return cursors[a].start_ns() > cursors[b].start_ns();
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> next(later);
  for (std::size_t i = 0; i < cursors.size(); ++i) next.push(i);
  while (!next.empty()) {
    const std::size_t first = next.top();
    next.pop();
    append(busy, cursors[first].start_ns(), cursors[first].end_ns());
    cursors[first].next();
    if (!cursors[first].done()) next.push(first);
  }
  return busy;
}

DerivedRow gaps_between(const DerivedRow& busy) {
  DerivedRow gaps;
  for (std::size_t i = 1; i < busy.start_ns.size(); ++i) {
    const std::int64_t from = busy.start_ns[i - 1] + busy.duration_ns[i - 1];
    gaps.start_ns.push_back(from);
    gaps.duration_ns.push_back(busy.start_ns[i] - from);
  }
  return gaps;
}

}  // namespace tbprof::analyzer::timeline
