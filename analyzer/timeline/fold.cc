#include "analyzer/timeline/fold.h"

#include <algorithm>
#include <array>
#include <span>

#include "analyzer/timeline/gallop.h"

namespace tbprof::analyzer::timeline {

namespace {

// From so many slices a pixel on, the pixels' edges are looked for rather than slice after slice.
constexpr std::uint32_t kDenseSlices = 8;
// So many whole blocks in a pixel tell its busiest name.
constexpr std::uint32_t kEnoughBlocks = 2;
// Pixels that are prepared at once: what is fetched for them stays near until it is used.
constexpr std::uint32_t kPreparedPixels = 32;
constexpr std::uint32_t kNoIndex = 0xffffffffu;

class RowFolder {
 public:
  RowFolder(const SliceRow& row, const RowPyramid& pyramid, const PixelGrid& grid, RowTally& tally,
            FoldedRow& out)
      : row_(row), pyramid_(pyramid), grid_(grid), tally_(tally), out_(out) {}

  void fold() {
    const std::uint32_t first = row_.first_touching(grid_.from_ns());
    const std::uint32_t last = row_.first_starting(grid_.to_ns(), first, grid_.width_px());
    out_.slice_count += last - first;
    const bool is_dense = (last - first) / kDenseSlices >= grid_.width_px();
    if (is_dense && !pyramid_.block_starts_ns().empty()) {
      fold_pixels(first, last);
    } else {
      fold_slices(first, last);
    }
  }

 private:
  // From slice to slice: most pixels have none, or few.
  void fold_slices(std::uint32_t first, std::uint32_t last) {
    std::uint32_t at = first;
    std::uint32_t next_pixel = 0;
    std::uint32_t expected = 1;  // slices of a pixel: as many as in the one before
    while (at < last && next_pixel < grid_.width_px()) {
      const std::uint32_t pixel =
          std::max(next_pixel, grid_.pixel_of(std::max(row_.start_ns(at), grid_.from_ns())));
      const std::int64_t high = grid_.edge_ns(pixel + 1);
      const std::uint32_t end = std::min(last, row_.first_starting(high, at, expected));
      expected = end - at;
      add_pixel(pixel, at, end);
      const bool goes_on = last_rectangle_ != end - 1 && row_.end_ns(end - 1) > high;
      next_pixel = pixel + 1;
      at = goes_on ? end - 1 : end;
    }
  }

  // From pixel to pixel: all have many. What a pixel needs lies far from what the one before
  // needed, so it is told to the processor some pixels ahead.
  void fold_pixels(std::uint32_t first, std::uint32_t last) {
    std::array<std::uint32_t, kPreparedPixels + 1> edge;  // the first slice from each edge on
    edge[0] = first;
    std::uint32_t block = first / RowPyramid::kBlockSlices;
    for (std::uint32_t pixel = 0; pixel < grid_.width_px(); pixel += kPreparedPixels) {
      const std::uint32_t count = std::min(kPreparedPixels, grid_.width_px() - pixel);
      block = prepare(pixel, block, last, std::span(edge).first(count + 1));
      for (std::uint32_t i = 0; i < count; ++i) {
        std::uint32_t begin = edge[i];
        if (begin > first && row_.end_ns(begin - 1) > grid_.edge_ns(pixel + i)) --begin;
        if (begin < edge[i + 1]) add_pixel(pixel + i, begin, edge[i + 1]);
      }
      edge[0] = edge[count];
    }
  }

  // Finds the edges of some pixels but the first, which is known, and tells the processor what
  // lies between. Gives back the block in which the last of them is, to start the next with.
  std::uint32_t prepare(std::uint32_t pixel, std::uint32_t block, std::uint32_t last,
                        std::span<std::uint32_t> edge) {
    const auto starts_ns = pyramid_.block_starts_ns();
    const auto block_count = static_cast<std::uint32_t>(starts_ns.size());
    std::uint32_t expected = 1;  // blocks of a pixel
    for (std::uint32_t i = 1; i < edge.size(); ++i) {
      const std::int64_t edge_ns = grid_.edge_ns(pixel + i);
      const std::uint32_t next = gallop(block_count, block, expected,
                                        [&](std::uint32_t b) { return starts_ns[b] < edge_ns; });
      expected = std::max(next - block, 1u);
      block = std::max(next, block + 1) - 1;
      edge[i] = block * RowPyramid::kBlockSlices;
      row_.prefetch_starts(edge[i], RowPyramid::kBlockSlices);
    }
    for (std::uint32_t i = 1; i < edge.size(); ++i) {
      const std::uint32_t hint = std::max(edge[i], edge[i - 1]);
      const std::int64_t edge_ns = grid_.edge_ns(pixel + i);
      edge[i] = std::min(last, row_.first_starting(edge_ns, hint, RowPyramid::kBlockSlices));
      pyramid_.prefetch(row_, edge[i - 1], edge[i]);
    }
    return block;
  }

  // The slices [begin, end) that touch the pixel. All but the first and the last lie inside it,
  // hence are narrow.
  void add_pixel(std::uint32_t pixel, std::uint32_t begin, std::uint32_t end) {
    if (becomes_rectangle(begin)) ++begin;
    if (begin < end && becomes_rectangle(end - 1)) --end;
    if (begin < end) add_column(pixel, begin, end);
  }

  bool becomes_rectangle(std::uint32_t index) {
    const std::int64_t duration = row_.duration_ns(index);
    if (grid_.is_narrow(duration)) return false;
    if (last_rectangle_ == index) return true;
    last_rectangle_ = index;
    const std::int64_t start = row_.start_ns(index);
    out_.rectangles.push_back({start, duration, row_.name(index), row_.id(index)});
    out_.covered_ns += std::min(start + duration, grid_.to_ns()) - std::max(start, grid_.from_ns());
    return true;
  }

  // The narrow slices [begin, end), of which the first and the last may reach across an edge.
  void add_column(std::uint32_t pixel, std::uint32_t begin, std::uint32_t end) {
    PixelColumn column{.pixel = pixel, .count = end - begin};
    if (end - begin == 1) {
      column.covered_ns = clipped(begin, pixel);
      column.name = row_.name(begin);
      column.category = tally_.category_of(column.name);
      column.id = row_.id(begin);
    } else if (!sum_blocks(begin, end, column)) {
      sum_slices(begin, end, column);
    }
    out_.covered_ns += column.covered_ns;
    out_.columns.push_back(column);
  }

  std::int64_t clipped(std::uint32_t i, std::uint32_t pixel) const {
    return std::min(row_.end_ns(i), grid_.edge_ns(pixel + 1)) -
           std::max(row_.start_ns(i), grid_.edge_ns(pixel));
  }

  void sum_slices(std::uint32_t begin, std::uint32_t end, PixelColumn& column) {
    tally_.clear();
    tally_.add(row_.name(begin), clipped(begin, column.pixel));
    tally_.add(row_.name(end - 1), clipped(end - 1, column.pixel));
    tally_.add(row_, begin + 1, end - 1);
    const RowTally::Dominant dominant = tally_.dominant();
    column.covered_ns = tally_.covered_ns();
    column.category = dominant.category;
    column.name = dominant.name;
    column.id = row_.id(row_.longest(begin, end, dominant.name));
  }

  // False where too few whole blocks lie in the pixel to tell its busiest name.
  bool sum_blocks(std::uint32_t begin, std::uint32_t end, PixelColumn& column) {
    const RowPyramid::Blocks blocks = pyramid_.blocks_within(begin + 1, end - 1);
    if (blocks.slice_count() < kEnoughBlocks * RowPyramid::kBlockSlices) return false;
    CategoryTimes times{};
    pyramid_.add_categories(row_, begin + 1, end - 1, tally_, times);
    for (const std::uint32_t i : {begin, end - 1}) {
      times[static_cast<std::size_t>(tally_.category_of(row_.name(i)))] += clipped(i, column.pixel);
    }
    std::int64_t most_ns = 0;
    for (const proto::Category category : pyramid_.used_categories()) {
      const std::int64_t time_ns = times[static_cast<std::size_t>(category)];
      column.covered_ns += time_ns;
      column.category = time_ns > most_ns ? category : column.category;
      most_ns = std::max(most_ns, time_ns);
    }
    if (most_ns == 0) return false;
    const auto busiest = pyramid_.busiest_of(blocks, column.category, tally_);
    if (!busiest) return false;
    column.name = busiest->name;
    column.id = row_.id(busiest->longest);
    return true;
  }

  const SliceRow& row_;
  const RowPyramid& pyramid_;
  const PixelGrid& grid_;
  RowTally& tally_;
  FoldedRow& out_;
  std::uint32_t last_rectangle_ = kNoIndex;
};

}  // namespace

void fold_row(const SliceRow& row, const RowPyramid& pyramid, const PixelGrid& grid,
              RowTally& tally, FoldedRow& out) {
  RowFolder(row, pyramid, grid, tally, out).fold();
}

}  // namespace tbprof::analyzer::timeline
