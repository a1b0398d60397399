#include "analyzer/timeline/time_grid.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace tbprof::analyzer::timeline {

namespace {

constexpr std::size_t kSlicesPerCell = 24;
// Below so many cells a level is no quicker than the one before.
constexpr std::size_t kFewestCells = 256;
constexpr int kLargestShift = 30;  // longer cells would not fit their sums into 32 bits
constexpr std::int64_t kMostCells = std::numeric_limits<std::uint32_t>::max();

// Fills a level with parts of slices in order of time.
class LevelBuilder {
 public:
  LevelBuilder(TimeGrid::Level& level, std::span<const proto::Category> used, RowTally& tally)
      : level_(level), used_(used), tally_(tally) {
    tally_.clear();
  }
  // Makes `number` the cell that the next calls fill. REQUIRES: it never goes back.
  TimeGrid::Cell& open(std::uint32_t number) {
    if (is_open_ && cell_.number == number) return cell_;
    close();
    cell_ = {};
    cell_.number = number;
    is_open_ = true;
    return cell_;
  }
  void add(std::uint32_t name, std::uint32_t index, std::int64_t covered_ns,
           std::int64_t duration_ns) {
    tally_.add(name, index, covered_ns, duration_ns);
  }
  void add_slice(std::uint32_t index, std::int64_t start_ns, std::int64_t duration_ns,
                 std::uint32_t name) {
    const std::int64_t end_ns = start_ns + duration_ns;
    std::int64_t number = (start_ns - level_.base_ns) / level_.cell_ns;
    for (std::int64_t at = start_ns;; ++number) {
      TimeGrid::Cell& cell = open(static_cast<std::uint32_t>(number));
      const std::int64_t edge_ns = level_.base_ns + (number + 1) * level_.cell_ns;
      if (at == start_ns) {
        ++cell.starts;
      } else {
        cell.carries_in = true;
      }
      add(name, index, std::min(end_ns, edge_ns) - at, duration_ns);
      if (end_ns <= edge_ns) return;
      at = edge_ns;
    }
  }
  // A cell of half the length.
  void add_cell(const TimeGrid::Level& below, std::size_t at) {
    const TimeGrid::Cell& half = below.cells[at];
    TimeGrid::Cell& cell = open(half.number / 2);
    cell.starts += half.starts;
    if (half.number % 2 == 0 && half.carries_in) cell.carries_in = true;
    CategoryTimes times{};
    for (std::size_t i = 0; i < used_.size(); ++i) {
      times[static_cast<std::size_t>(used_[i])] = below.category_ns[at * used_.size() + i];
    }
    for (std::size_t i = 0; i < half.name_count; ++i) {
      const TimeGrid::NamePart& part = half.names[i];
      tally_.add_name({part.name, part.longest, part.covered_ns}, part.covered_ns);
    }
    tally_.add_categories(times);
  }
  void close() {
    if (!is_open_) return;
    cell_.covered_ns = static_cast<std::uint32_t>(tally_.covered_ns());
    std::array<NameTime, TimeGrid::kNamesKept> names;
    const std::uint32_t count = tally_.busiest(names);
    const NameTime first = tally_.dominant().name;
    const auto is_first = [&](const NameTime& part) { return part.name == first.name; };
    if (std::none_of(names.begin(), names.begin() + count, is_first)) names[count - 1] = first;
    for (std::uint32_t i = 0; i < count; ++i) {
      cell_.names[i] = {names[i].name, names[i].longest,
                        static_cast<std::uint32_t>(names[i].covered_ns)};
    }
    cell_.name_count = static_cast<std::uint8_t>(count);
    level_.cells.push_back(cell_);
    const CategoryTimes times = tally_.categories();
    for (const proto::Category category : used_) {
      level_.category_ns.push_back(
          static_cast<std::uint32_t>(times[static_cast<std::size_t>(category)]));
    }
    tally_.clear();
    is_open_ = false;
  }

 private:
  TimeGrid::Level& level_;
  std::span<const proto::Category> used_;
  RowTally& tally_;
  TimeGrid::Cell cell_;
  bool is_open_ = false;
};

TimeGrid::Level empty_level(const SliceRow& row, int shift) {
  TimeGrid::Level level;
  level.cell_ns = std::int64_t{1} << shift;
  // The same for all levels, so that a cell is always two whole ones of the level below.
  level.base_ns = (row.start_ns(0) >> kLargestShift) << kLargestShift;
  return level;
}

// Cells in which slices begin: nearly those that are occupied.
std::size_t begun_cells(const SliceRow& row, int shift) {
  std::size_t cells = 1;
  for (std::uint32_t i = 1; i < row.size(); ++i) {
    cells += static_cast<std::size_t>((row.start_ns(i) >> shift) != (row.start_ns(i - 1) >> shift));
  }
  return cells;
}

// The shortest cells that hold enough slices.
int first_shift(const SliceRow& row) {
  const std::int64_t length_ns = row.start_ns(row.size() - 1) - row.start_ns(0) + 1;
  const auto usual_ns = static_cast<std::uint64_t>(length_ns) * kSlicesPerCell / row.size();
  int shift = std::min(static_cast<int>(std::bit_width(usual_ns)), kLargestShift);
  const auto holds_enough = [&](int tried) {
    return (length_ns + (std::int64_t{1} << kLargestShift)) >> tried < kMostCells &&
           begun_cells(row, tried) * kSlicesPerCell <= row.size();
  };
  while (shift <= kLargestShift && !holds_enough(shift)) ++shift;
  while (shift > 0 && shift <= kLargestShift && holds_enough(shift - 1)) --shift;
  return shift;
}

TimeGrid::Level first_level(const SliceRow& row, int shift, std::span<const proto::Category> used,
                            RowTally& tally) {
  TimeGrid::Level level = empty_level(row, shift);
  LevelBuilder builder(level, used, tally);
  const std::int64_t long_ns = TimeGrid::kLongCells * level.cell_ns;
  row.for_each(0, row.size(), [&](std::uint32_t i, std::uint32_t name, std::int64_t duration_ns) {
    if (duration_ns >= long_ns) {
      level.long_slices.push_back(i);
    } else {
      builder.add_slice(i, row.start_ns(i), duration_ns, name);
    }
  });
  builder.close();
  return level;
}

TimeGrid::Level level_above(const SliceRow& row, const TimeGrid::Level& below, int shift,
                            std::span<const proto::Category> used, RowTally& tally) {
  TimeGrid::Level level = empty_level(row, shift);
  LevelBuilder builder(level, used, tally);
  const std::int64_t long_ns = TimeGrid::kLongCells * level.cell_ns;
  std::size_t at = 0;
  // What shares the first cell of a long slice comes before it, what shares its last one after it.
  const auto add_cells_until = [&](std::int64_t time_ns) {
    for (; at < below.cells.size(); ++at) {
      if (below.base_ns + below.cells[at].number * below.cell_ns > time_ns) return;
      builder.add_cell(below, at);
    }
  };
  for (const std::uint32_t i : below.long_slices) {
    const std::int64_t duration_ns = row.duration_ns(i);
    if (duration_ns >= long_ns) {
      level.long_slices.push_back(i);
      continue;
    }
    add_cells_until(row.start_ns(i));
    builder.add_slice(i, row.start_ns(i), duration_ns, row.name(i));
  }
  add_cells_until(std::numeric_limits<std::int64_t>::max());
  builder.close();
  return level;
}

}  // namespace

TimeGrid::TimeGrid(const SliceRow& row, RowTally& tally) {
  if (row.size() < kFewestCells * kSlicesPerCell) return;
  int shift = first_shift(row);
  if (shift > kLargestShift) return;
  used_ = categories_of(row, tally);
  levels_.push_back(first_level(row, shift, used_, tally));
  while (++shift <= kLargestShift && levels_.back().cells.size() >= kFewestCells * 2) {
    levels_.push_back(level_above(row, levels_.back(), shift, used_, tally));
  }
}

const TimeGrid::Level* TimeGrid::level_for(std::int64_t pixel_ns) const {
  const Level* chosen = nullptr;
  for (const Level& level : levels_) {
    if (level.cell_ns * kCellsPerPixel > pixel_ns) break;
    chosen = &level;
  }
  return chosen;
}

std::size_t TimeGrid::memory_bytes() const {
  std::size_t bytes = 0;
  for (const Level& level : levels_) {
    bytes += level.cells.size() * sizeof(Cell) +
             (level.category_ns.size() + level.long_slices.size()) * sizeof(std::uint32_t);
  }
  return bytes;
}

}  // namespace tbprof::analyzer::timeline
