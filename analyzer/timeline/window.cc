#include "analyzer/timeline/window.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "analyzer/timeline/cell_fold.h"

namespace tbprof::analyzer::timeline {

namespace {

constexpr std::int64_t kLongestWindowNs = std::int64_t{1} << 60;
constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

// std::lower_bound() by steps that double, as it is near. REQUIRES: `at` lies before the time.
template <typename At>
At first_from(At at, At end, std::int64_t time_ns) {
  for (std::ptrdiff_t stride = 8; end - at > stride; stride *= 2) {
    if (at[stride] >= time_ns) return std::lower_bound(at + 1, at + stride, time_ns);
    at += stride;
  }
  return std::lower_bound(at + 1, end, time_ns);
}

class WindowBuilder {
 public:
  WindowBuilder(const TimelineIndex& index, const WindowQuestion& question)
      : index_(index),
        grid_(question.from_ns, question.to_ns, question.width_px),
        tallies_(index.borrow_tallies()) {}
  ~WindowBuilder() { index_.give_back(std::move(tallies_)); }
  WindowBuilder(const WindowBuilder&) = delete;
  WindowBuilder& operator=(const WindowBuilder&) = delete;

  void add(const PictureTrack& track, std::uint32_t number) {
    number_ = number;
    answer_.busy_ns.push_back(index_.busy_ns(track, grid_.from_ns(), grid_.to_ns()));
    switch (track.kind) {
      case PictureTrackKind::steps:
        return add_row(index_.steps(), 0, tallies_->nameless);
      case PictureTrackKind::idle:
        return add_row(*index_.idle_of(static_cast<std::int32_t>(track.source)), 0,
                       tallies_->nameless);
      case PictureTrackKind::counter:
        return add_counter(track.source);
      case PictureTrackKind::stream:
      case PictureTrackKind::thread:
        break;
    }
    const trace::Track& source = index_.trace().tracks()[track.source];
    for (std::uint32_t depth = 0; depth < source.lane_count; ++depth) {
      add_row(index_.lane(source.first_lane + depth), depth, tallies_->named);
    }
    add_instants(track.source);
  }

  WindowAnswer take() { return std::move(answer_); }

 private:
  void add_row(const IndexedRow& indexed, std::uint32_t depth, RowTally& tally) {
    FoldedRow& folded = answer_.folded;
    folded.covered_ns = 0;
    folded.slice_count = 0;
    if (const auto* level = indexed.cells.level_for(grid_.length_ns() / grid_.width_px())) {
      fold_cells(indexed.row, indexed.pyramid, indexed.cells, *level, grid_, tally, folded);
    } else {
      fold_row(indexed.row, indexed.pyramid, grid_, tally, folded);
    }
    answer_.rows.push_back({number_, depth, static_cast<std::uint32_t>(folded.rectangles.size()),
                            static_cast<std::uint32_t>(folded.columns.size()), folded.slice_count,
                            folded.covered_ns});
  }

  void add_counter(std::uint32_t source) {
    const trace::Counter& counter = index_.trace().counters()[source];
    const CounterPyramid& pyramid = index_.counter(source);
    const auto& time = counter.time_ns;
    const auto begin = std::lower_bound(time.begin(), time.end(), grid_.from_ns());
    const auto end = std::lower_bound(begin, time.end(), grid_.to_ns());
    auto& columns = answer_.counters;
    const std::size_t first = columns.size();
    if (begin != time.begin() && is_recorded(*(begin - 1), grid_.from_ns())) {
      const double before = counter.value[static_cast<std::size_t>(begin - time.begin()) - 1];
      const double finite = std::isfinite(before) ? before : kNotANumber;
      columns.push_back({number_, 0, finite, finite, before});
    }
    for (auto at = begin; at != end;) {
      const std::uint32_t pixel = grid_.pixel_of(*at);
      const auto next = first_from(at, end, grid_.edge_ns(pixel + 1));
      const auto stop = static_cast<std::size_t>(next - time.begin());
      const CounterSums sums =
          pyramid.over(counter.value, static_cast<std::size_t>(at - time.begin()), stop);
      // What a counter says is not known to hold where nothing was recorded.
      const bool goes_on = at == time.begin() || is_recorded(*(at - 1), *at);
      add_counter_column(first, {number_, pixel, sums.low, sums.high, counter.value[stop - 1]},
                         goes_on);
      if (sums.odd_count > 0) {
        answer_.odd_values.push_back(
            {number_, pixel, sums.odd_count, counter.value[sums.first_odd], time[sums.first_odd]});
      }
      at = next;
    }
  }

  bool is_recorded(std::int64_t from_ns, std::int64_t until_ns) const {
    return index_.trace().windows().holds(from_ns, until_ns);
  }

  // `first`: where the columns of this counter begin; `goes_on`: whether the one before holds until
  // this one.
  void add_counter_column(std::size_t first, const CounterColumn& column, bool goes_on) {
    auto& columns = answer_.counters;
    if (columns.size() > first) {
      CounterColumn& before = columns.back();
      if (before.pixel == column.pixel) {
        before.low = std::fmin(before.low, column.low);
        before.high = std::fmax(before.high, column.high);
        before.last = column.last;
        return;
      }
      if (goes_on && column.low == before.last && column.high == before.last &&
          column.last == before.last) {
        return;
      }
    }
    columns.push_back(column);
  }

  void add_instants(trace::TrackId track) {
    const auto instants = index_.trace().instants();
    const auto own = index_.instants_of(track);
    const auto first_from = [&](auto begin, std::int64_t time_ns) {
      return std::lower_bound(begin, own.end(), time_ns, [&](std::uint32_t i, std::int64_t time) {
        return instants[i].time_ns < time;
      });
    };
    auto at = first_from(own.begin(), grid_.from_ns());
    while (at != own.end() && instants[*at].time_ns < grid_.to_ns()) {
      const trace::Instant& first = instants[*at];
      const std::uint32_t pixel = grid_.pixel_of(first.time_ns);
      const auto next = first_from(at, grid_.edge_ns(pixel + 1));
      answer_.instants.push_back(
          {number_, pixel, static_cast<std::uint32_t>(next - at), *at, first.name, first.time_ns});
      at = next;
    }
  }

  const TimelineIndex& index_;
  PixelGrid grid_;
  std::unique_ptr<TimelineIndex::Tallies> tallies_;
  std::uint32_t number_ = 0;
  WindowAnswer answer_;
};

}  // namespace

proto::Result<WindowAnswer> answer_window(const TimelineIndex& index,
                                          const WindowQuestion& question) {
  if (question.from_ns >= question.to_ns || question.from_ns < -kLongestWindowNs ||
      question.to_ns > kLongestWindowNs) {
    return proto::Error{proto::ErrorCode::invalid_argument,
                        "A window must end after it begins; from_ns and to_ns say otherwise."};
  }
  if (question.width_px == 0 || question.width_px > 65535) {
    return proto::Error{proto::ErrorCode::invalid_argument,
                        "A window is between 1 and 65535 pixels wide."};
  }
  std::uint64_t rows = 0;
  for (const PictureTrack* track : question.tracks) rows += track->lane_count;
  if (rows * question.width_px > kMostCells) {
    return proto::Error{proto::ErrorCode::invalid_argument,
                        "The window has " + std::to_string(rows) + " rows of " +
                            std::to_string(question.width_px) +
                            " pixels, more than one answer holds: ask for fewer tracks at once."};
  }
  WindowBuilder builder(index, question);
  for (std::uint32_t i = 0; i < question.tracks.size(); ++i) builder.add(*question.tracks[i], i);
  return builder.take();
}

}  // namespace tbprof::analyzer::timeline
