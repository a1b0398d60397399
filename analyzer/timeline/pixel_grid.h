// The pixels of a picture as times. Pixel i covers [from + i * length / width,
// from + (i + 1) * length / width), rounded down to whole nanoseconds.
// Immutable: any thread.
#pragma once

#include <cstdint>
#include <vector>

namespace tbprof::analyzer::timeline {

inline constexpr std::int64_t kRectangleWidthPx = 2;

// REQUIRES: from_ns < to_ns, 0 < width_px <= 65535.
class PixelGrid {
 public:
  PixelGrid(std::int64_t from_ns, std::int64_t to_ns, std::uint32_t width_px);

  std::int64_t from_ns() const { return from_ns_; }
  std::int64_t to_ns() const { return to_ns_; }
  std::uint32_t width_px() const { return width_px_; }
  std::int64_t length_ns() const { return to_ns_ - from_ns_; }
  // Where pixel i begins; i may be width_px.
  std::int64_t edge_ns(std::uint32_t pixel) const { return edge_ns_[pixel]; }
  // REQUIRES: from_ns <= time < to_ns
  std::uint32_t pixel_of(std::int64_t time_ns) const;
  bool is_narrow(std::int64_t duration_ns) const { return duration_ns < rectangle_ns_; }

 private:
  std::int64_t from_ns_;
  std::int64_t to_ns_;
  std::uint32_t width_px_;
  std::int64_t rectangle_ns_;  // the shortest that is still a rectangle
  double pixels_per_ns_;
  std::vector<std::int64_t> edge_ns_;  // computed once, as every row asks for most of them
};

}  // namespace tbprof::analyzer::timeline
