#include "analyzer/timeline/fold.h"

#include <algorithm>

namespace tbprof::analyzer::timeline {

namespace {

__extension__ typedef unsigned __int128 Wide;

constexpr std::uint32_t kNoIndex = 0xffffffffu;

}  // namespace

PixelGrid::PixelGrid(std::int64_t from_ns, std::int64_t to_ns, std::uint32_t width_px)
    : from_ns_(from_ns),
      to_ns_(to_ns),
      width_px_(width_px),
      rectangle_ns_((kRectangleWidthPx * (to_ns - from_ns) + width_px - 1) / width_px),
      pixels_per_ns_(static_cast<double>(width_px) / static_cast<double>(to_ns - from_ns)),
      edge_ns_(width_px + std::size_t{1}) {
  const auto length = static_cast<Wide>(to_ns - from_ns);
  for (std::uint32_t pixel = 0; pixel <= width_px; ++pixel) {
    edge_ns_[pixel] = from_ns + static_cast<std::int64_t>(length * pixel / width_px);
  }
}

std::uint32_t PixelGrid::pixel_of(std::int64_t time_ns) const {
  // The greatest pixel whose edge is not after the time; the product is at most a few off.
  const double near = static_cast<double>(time_ns - from_ns_ + 1) * pixels_per_ns_;
  std::uint32_t pixel = std::min(static_cast<std::uint32_t>(near), width_px_ - 1);
  while (edge_ns_[pixel] > time_ns) --pixel;
  while (edge_ns_[pixel + 1] <= time_ns) ++pixel;
  return pixel;
}

void fold_row(const SliceRow& row, const RowPyramid& pyramid, const PixelGrid& grid,
              RowTally& tally, FoldedRow& out) {
  const std::uint32_t begin = row.first_touching(grid.from_ns());
  std::uint32_t last_rectangle = kNoIndex;
  std::uint32_t next_pixel = 0;
  std::uint32_t at = begin;
  // Adds the part of a slice in [low, high) to the pixel; a wide slice becomes a rectangle.
  const auto add_edge = [&](std::uint32_t index, std::int64_t low, std::int64_t high) {
    const std::int64_t start = row.start_ns(index);
    const std::int64_t duration = row.duration_ns(index);
    if (grid.is_narrow(duration)) {
      tally.add(row.name(index), index, std::min(start + duration, high) - std::max(start, low),
                duration);
      return 1u;
    }
    if (last_rectangle != index) {
      last_rectangle = index;
      out.rectangles.push_back({start, duration, row.name(index), row.id(index)});
      out.covered_ns += std::min(start + duration, grid.to_ns()) - std::max(start, grid.from_ns());
    }
    return 0u;
  };
  while (at < row.size() && row.start_ns(at) < grid.to_ns()) {
    const std::uint32_t pixel =
        std::max(next_pixel, grid.pixel_of(std::max(row.start_ns(at), grid.from_ns())));
    const std::int64_t low = grid.edge_ns(pixel);
    const std::int64_t high = grid.edge_ns(pixel + 1);
    const std::uint32_t end = row.first_starting(high, at);
    tally.clear();
    std::uint32_t count = add_edge(at, low, high);
    if (end - at > 2) {
      // All but the first and the last lie inside the pixel, hence are narrow.
      pyramid.add(row, at + 1, end - 1, tally);
      count += end - at - 2;
    }
    if (end - at > 1) count += add_edge(end - 1, low, high);
    if (count > 0) {
      const auto dominant = tally.dominant();
      out.columns.push_back({pixel, count, tally.covered_ns(), dominant.category,
                             dominant.name.name, row.id(dominant.name.longest)});
      out.covered_ns += tally.covered_ns();
    }
    const bool goes_on = last_rectangle != end - 1 && row.end_ns(end - 1) > high;
    next_pixel = pixel + 1;
    at = goes_on ? end - 1 : end;
    if (goes_on && next_pixel >= grid.width_px()) at = end;
  }
  out.slice_count += at - begin;
}

}  // namespace tbprof::analyzer::timeline
