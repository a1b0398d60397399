#include "analyzer/timeline/cell_fold.h"

#include <algorithm>
#include <bit>

namespace tbprof::analyzer::timeline {

namespace {

// What the cells of one pixel add up to: a handful of names, which are found faster one by one
// than in RowTally's table of all.
class PixelSums {
 public:
  PixelSums(std::span<const proto::Category> used, const RowTally& tally)
      : used_(used), tally_(tally), category_ns_(used.size()) {}

  void clear() {
    names_.clear();
    std::fill(category_ns_.begin(), category_ns_.end(), 0);
    covered_ns_ = 0;
    count_ = 0;
  }
  void add_cell(const TimeGrid::Level& level, std::size_t at) {
    const TimeGrid::Cell& cell = level.cells[at];
    // Who is carried in from a cell of this pixel has been counted there.
    count_ += cell.starts + (count_ == 0 && cell.carries_in ? 1 : 0);
    covered_ns_ += cell.covered_ns;
    const std::uint32_t* const times = level.category_ns.data() + at * used_.size();
    for (std::size_t i = 0; i < used_.size(); ++i) category_ns_[i] += times[i];
    for (std::size_t i = 0; i < cell.name_count; ++i) {
      add_name(cell.names[i].name, cell.names[i].longest, cell.names[i].covered_ns);
    }
  }
  void add_slice(std::uint32_t index, std::uint32_t name, std::int64_t covered_ns) {
    ++count_;
    covered_ns_ += covered_ns;
    const auto place = std::find(used_.begin(), used_.end(), tally_.category_of(name));
    category_ns_[static_cast<std::size_t>(place - used_.begin())] += covered_ns;
    add_name(name, index, covered_ns);
  }

  std::uint32_t count() const { return count_; }
  std::int64_t covered_ns() const { return covered_ns_; }
  proto::Category category() const {
    const auto most = std::max_element(category_ns_.begin(), category_ns_.end());
    return used_[static_cast<std::size_t>(most - category_ns_.begin())];
  }
  // Of that category; nullptr if no cell kept a name of it.
  const NameTime* busiest(proto::Category category) const {
    const NameTime* found = nullptr;
    for (const Entry& entry : names_) {
      if (tally_.category_of(entry.time.name) != category) continue;
      if (found == nullptr || entry.time.covered_ns > found->covered_ns ||
          (entry.time.covered_ns == found->covered_ns && entry.time.name < found->name)) {
        found = &entry.time;
      }
    }
    return found;
  }

 private:
  struct Entry {
    NameTime time;
    std::int64_t most_ns = 0;  // in the cell that its `longest` is of
  };
  void add_name(std::uint32_t name, std::uint32_t longest, std::int64_t covered_ns) {
    for (Entry& entry : names_) {
      if (entry.time.name != name) continue;
      entry.time.covered_ns += covered_ns;
      if (covered_ns > entry.most_ns) {
        entry.most_ns = covered_ns;
        entry.time.longest = longest;
      }
      return;
    }
    names_.push_back({{name, longest, covered_ns}, covered_ns});
  }

  std::span<const proto::Category> used_;
  const RowTally& tally_;
  std::vector<std::int64_t> category_ns_;  // by place in used_
  std::vector<Entry> names_;
  std::int64_t covered_ns_ = 0;
  std::uint32_t count_ = 0;
};

class CellFold {
 public:
  CellFold(const SliceRow& row, const TimeGrid& cells, const TimeGrid::Level& level,
           const PixelGrid& grid, RowTally& tally, FoldedRow& out)
      : row_(row),
        level_(level),
        grid_(grid),
        tally_(tally),
        sums_(cells.categories(), tally),
        out_(out),
        shift_(std::countr_zero(static_cast<std::uint64_t>(level.cell_ns))) {}

  void fold() {
    std::int64_t low = first_cell(0);
    at_ = static_cast<std::size_t>(
        std::lower_bound(
            level_.cells.begin(), level_.cells.end(), low,
            [](const TimeGrid::Cell& cell, std::int64_t number) { return cell.number < number; }) -
        level_.cells.begin());
    long_ = static_cast<std::size_t>(
        std::lower_bound(level_.long_slices.begin(), level_.long_slices.end(),
                         std::min(edge_ns(low), grid_.from_ns()),
                         [&](std::uint32_t i, std::int64_t time) {
                           return row_.end_ns(i) <= time && row_.start_ns(i) < time;
                         }) -
        level_.long_slices.begin());
    for (std::uint32_t pixel = 0; pixel < grid_.width_px(); ++pixel) {
      const std::int64_t high = first_cell(pixel + 1);
      fold_pixel(pixel, low, high);
      low = high;
    }
    // The last edge may have moved inwards.
    for (; long_ < level_.long_slices.size(); ++long_) {
      if (!add_rectangle(level_.long_slices[long_])) break;
    }
  }

 private:
  // The cell that begins nearest to where the pixel does.
  std::int64_t first_cell(std::uint32_t pixel) const {
    // Shifted, as a division would round to the other side of the row's beginning.
    return (grid_.edge_ns(pixel) - level_.base_ns + level_.cell_ns / 2) >> shift_;
  }
  std::int64_t edge_ns(std::int64_t cell) const { return level_.base_ns + cell * level_.cell_ns; }

  void fold_pixel(std::uint32_t pixel, std::int64_t low, std::int64_t high) {
    const std::int64_t low_ns = edge_ns(low);
    const std::int64_t high_ns = edge_ns(high);
    sums_.clear();
    for (; at_ < level_.cells.size() && level_.cells[at_].number < high; ++at_) {
      sums_.add_cell(level_, at_);
    }
    for (; long_ < level_.long_slices.size(); ++long_) {
      const std::uint32_t index = level_.long_slices[long_];
      if (row_.start_ns(index) >= high_ns) break;
      add_long(index, low_ns, high_ns);
      if (row_.end_ns(index) > high_ns) break;
    }
    if (sums_.count() > 0) add_column(pixel, low_ns, high_ns);
  }

  void add_long(std::uint32_t index, std::int64_t low_ns, std::int64_t high_ns) {
    if (!grid_.is_narrow(row_.duration_ns(index))) {
      add_rectangle(index);
      return;
    }
    const std::int64_t covered_ns =
        std::min(row_.end_ns(index), high_ns) - std::max(row_.start_ns(index), low_ns);
    if (covered_ns > 0) sums_.add_slice(index, row_.name(index), covered_ns);
  }
  // Once each; false if it begins after the window.
  bool add_rectangle(std::uint32_t index) {
    const std::int64_t start_ns = row_.start_ns(index);
    const std::int64_t duration_ns = row_.duration_ns(index);
    if (start_ns >= grid_.to_ns()) return false;
    if (grid_.is_narrow(duration_ns) || start_ns + duration_ns <= grid_.from_ns()) return true;
    if (last_rectangle_ == index) return true;
    last_rectangle_ = index;
    out_.rectangles.push_back({start_ns, duration_ns, row_.name(index), row_.id(index)});
    return true;
  }

  void add_column(std::uint32_t pixel, std::int64_t low_ns, std::int64_t high_ns) {
    const RowTally::Dominant found = dominant(low_ns, high_ns);
    const double width_ns = static_cast<double>(grid_.edge_ns(pixel + 1) - grid_.edge_ns(pixel));
    const double share =
        static_cast<double>(sums_.covered_ns()) / static_cast<double>(high_ns - low_ns);
    out_.columns.push_back({pixel, sums_.count(), static_cast<std::int64_t>(share * width_ns),
                            found.category, found.name.name, row_.id(found.name.longest)});
  }
  RowTally::Dominant dominant(std::int64_t low_ns, std::int64_t high_ns) {
    const proto::Category category = sums_.category();
    if (const NameTime* kept = sums_.busiest(category)) return {category, *kept};
    // The category is the busiest of the pixel and of none of its cells: rare enough to read the
    // slices.
    tally_.clear();
    for (std::uint32_t i = row_.first_touching(low_ns);
         i < row_.size() && row_.start_ns(i) < high_ns; ++i) {
      const std::int64_t duration_ns = row_.duration_ns(i);
      if (!grid_.is_narrow(duration_ns)) continue;
      const std::int64_t end_ns = std::min(row_.start_ns(i) + duration_ns, high_ns);
      tally_.add(row_.name(i), i, end_ns - std::max(row_.start_ns(i), low_ns), duration_ns);
    }
    return tally_.dominant();
  }

  const SliceRow& row_;
  const TimeGrid::Level& level_;
  const PixelGrid& grid_;
  RowTally& tally_;
  PixelSums sums_;
  FoldedRow& out_;
  int shift_;
  std::size_t at_ = 0;    // the cell to add next
  std::size_t long_ = 0;  // the long slice to look at next
  std::uint32_t last_rectangle_ = trace::kNone;
};

}  // namespace

void fold_cells(const SliceRow& row, const RowPyramid& pyramid, const TimeGrid& cells,
                const TimeGrid::Level& level, const PixelGrid& grid, RowTally& tally,
                FoldedRow& out) {
  CellFold(row, cells, level, grid, tally, out).fold();
  const std::uint32_t begin = row.first_touching(grid.from_ns());
  out.slice_count += row.first_starting(grid.to_ns(), begin) - begin;
  out.covered_ns += pyramid.covered_ns(row, grid.from_ns(), grid.to_ns());
}

}  // namespace tbprof::analyzer::timeline
