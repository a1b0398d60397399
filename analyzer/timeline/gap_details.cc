#include <algorithm>

#include "analyzer/timeline/slice_details.h"

namespace tbprof::analyzer::timeline {

namespace {

using trace::Lane;
using trace::SliceId;
using trace::Trace;

struct Edges {
  std::optional<SliceId> before;
  std::optional<SliceId> after;
};

// The device's work that ends at the gap's start and that which starts at its end.
Edges work_around(const TimelineIndex& index, std::int32_t device, std::int64_t from_ns,
                  std::int64_t to_ns) {
  const Trace& trace = index.trace();
  Edges edges;
  for (const trace::Track& track : trace.tracks()) {
    if (track.kind != trace::TrackKind::stream || track.device != device) continue;
    for (std::uint32_t depth = 0; depth < track.lane_count; ++depth) {
      const SliceRow& row = index.lane(track.first_lane + depth).row;
      const auto is_work = [&](std::uint32_t i) {
        return proto::is_device_work(trace.category_of(row.id(i))) && row.duration_ns(i) > 0;
      };
      for (std::uint32_t i = row.first_starting(to_ns, 0);
           !edges.after && i < row.size() && row.start_ns(i) == to_ns; ++i) {
        if (is_work(i)) edges.after = row.id(i);
      }
      for (std::uint32_t i = row.first_starting(from_ns, 0);
           !edges.before && i > 0 && row.end_ns(i - 1) >= from_ns; --i) {
        if (is_work(i - 1) && row.end_ns(i - 1) == from_ns) edges.before = row.id(i - 1);
      }
    }
  }
  return edges;
}

// In each lane of the launching thread the slice that takes most of the gap.
void add_host(const TimelineIndex& index, GapDetails& gap) {
  const Trace& trace = index.trace();
  if (!gap.launch_after) return;
  const trace::Track& track = trace.tracks()[trace.lane_of(*gap.launch_after).track];
  const std::int64_t gap_end = gap.start_ns + gap.duration_ns;
  for (std::uint32_t depth = 0; depth < track.lane_count; ++depth) {
    const SliceRow& row = index.lane(track.first_lane + depth).row;
    const std::uint32_t first = row.first_touching(gap.start_ns);
    const std::uint32_t last = row.first_starting(gap_end, first);
    std::int64_t most_ns = 0;
    std::optional<SliceId> best;
    for (std::uint32_t i = first; i < last; ++i) {
      const std::int64_t inside =
          std::min(row.end_ns(i), gap_end) - std::max(row.start_ns(i), gap.start_ns);
      if (inside <= most_ns) continue;
      most_ns = inside;
      best = row.id(i);
    }
    if (best) gap.host.push_back(trace.slice(*best));
  }
}

}  // namespace

proto::Result<GapDetails> gap_details(const TimelineIndex& index, std::int32_t device,
                                      std::uint32_t number) {
  const IndexedRow* idle = index.idle_of(device);
  if (idle == nullptr || number >= idle->row.size()) {
    return proto::Error{
        proto::ErrorCode::not_found,
        "There is no gap " + std::to_string(number) + " on device " + std::to_string(device) + "."};
  }
  GapDetails gap;
  gap.start_ns = idle->row.start_ns(number);
  gap.duration_ns = idle->row.duration_ns(number);
  gap.number = number;
  gap.gap_count = idle->row.size();
  const Edges edges = work_around(index, device, gap.start_ns, gap.start_ns + gap.duration_ns);
  gap.work_before = edges.before;
  gap.work_after = edges.after;
  if (edges.after) {
    const auto links = index.trace().links_to(*edges.after);
    if (!links.empty()) gap.launch_after = links.front().from;
  }
  add_host(index, gap);
  gap.step = index.step_during(gap.start_ns);
  return gap;
}

}  // namespace tbprof::analyzer::timeline
