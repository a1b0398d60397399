#include "analyzer/timeline/pixel_grid.h"

#include <algorithm>

namespace tbprof::analyzer::timeline {

PixelGrid::PixelGrid(std::int64_t from_ns, std::int64_t to_ns, std::uint32_t width_px)
    : from_ns_(from_ns),
      to_ns_(to_ns),
      width_px_(width_px),
      rectangle_ns_((kRectangleWidthPx * (to_ns - from_ns) + width_px - 1) / width_px),
      pixels_per_ns_(static_cast<double>(width_px) / static_cast<double>(to_ns - from_ns)),
      edge_ns_(width_px + std::size_t{1}) {
  // from + length * pixel / width, with the whole and the broken part of a pixel's length apart.
  const std::int64_t whole_ns = (to_ns - from_ns) / width_px;
  const auto rest = static_cast<std::uint32_t>((to_ns - from_ns) % width_px);
  std::int64_t edge_ns = from_ns;
  std::uint32_t broken = 0;
  for (std::int64_t& edge : edge_ns_) {
    edge = edge_ns;
    broken += rest;
    const bool carries = broken >= width_px;
    broken -= carries ? width_px : 0;
    edge_ns += whole_ns + carries;
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

}  // namespace tbprof::analyzer::timeline
