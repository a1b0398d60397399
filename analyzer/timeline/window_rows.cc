#include "analyzer/timeline/window_rows.h"

#include <algorithm>
#include <memory>
#include <system_error>
#include <thread>

namespace tbprof::analyzer::timeline {

namespace {

// A thread more pays from so many columns or slices on: about a millisecond's work.
constexpr std::uint64_t kCostOfThread = 100'000;

// Room that is made at once.
constexpr std::size_t kUsualColumns = 16384;

// How long a row takes, in slices looked at: in a dense pixel not all of them are.
std::uint64_t cost_of(const SliceRow& row, const PixelGrid& grid) {
  constexpr std::uint64_t kMostOfPixel = 64;
  const std::uint32_t first = row.first_touching(grid.from_ns());
  const std::uint32_t last = row.first_starting(grid.to_ns(), first, grid.width_px());
  return std::min<std::uint64_t>(last - first, kMostOfPixel * grid.width_px());
}

FoldedRows fold_part(const TimelineIndex& index, std::span<const RowToFold> rows,
                     const PixelGrid& grid) {
  FoldedRows part;
  part.folded.columns.reserve(std::min<std::size_t>(rows.size() * grid.width_px(), kUsualColumns));
  auto tallies = index.borrow_tallies();
  for (const RowToFold& row : rows) {
    FoldedRow& folded = part.folded;
    folded.covered_ns = 0;
    folded.slice_count = 0;
    fold_row(row.row->row, row.row->pyramid, grid,
             row.is_named ? tallies->named : tallies->nameless, folded);
    part.rows.push_back({row.track, row.depth, static_cast<std::uint32_t>(folded.rectangles.size()),
                         static_cast<std::uint32_t>(folded.columns.size()), folded.slice_count,
                         folded.covered_ns});
  }
  index.give_back(std::move(tallies));
  return part;
}

void append(const FoldedRows& part, FoldedRows& all) {
  const auto rectangles = static_cast<std::uint32_t>(all.folded.rectangles.size());
  const auto columns = static_cast<std::uint32_t>(all.folded.columns.size());
  for (WindowRow row : part.rows) {
    row.rectangle_end += rectangles;
    row.column_end += columns;
    all.rows.push_back(row);
  }
  const auto add = [](const auto& from, auto& to) {
    to.insert(to.end(), from.begin(), from.end());
  };
  add(part.folded.rectangles, all.folded.rectangles);
  add(part.folded.columns, all.folded.columns);
}

// Neighbours stay together; the parts take about equally long.
std::vector<std::span<const RowToFold>> split(std::span<const RowToFold> rows,
                                              const PixelGrid& grid, std::uint32_t most_parts) {
  std::vector<std::uint64_t> cost_until;
  std::uint64_t cost = 0;
  for (const RowToFold& row : rows) cost_until.push_back(cost += cost_of(row.row->row, grid));
  const std::uint64_t count = std::clamp<std::uint64_t>(cost / kCostOfThread, 1, most_parts);
  std::vector<std::span<const RowToFold>> parts;
  std::size_t begin = 0;
  for (std::uint64_t part = 1; part <= count; ++part) {
    std::size_t end = rows.size();
    if (part < count) {
      const auto found =
          std::upper_bound(cost_until.begin(), cost_until.end(), cost * part / count);
      end = std::max(begin, static_cast<std::size_t>(found - cost_until.begin()));
    }
    parts.push_back(rows.subspan(begin, end - begin));
    begin = end;
  }
  return parts;
}

}  // namespace

FoldedRows fold_rows(const TimelineIndex& index, std::span<const RowToFold> rows,
                     const PixelGrid& grid, std::uint32_t most_threads) {
  const auto parts = split(rows, grid, std::max(most_threads, 1u));
  std::vector<FoldedRows> folded(parts.size());
  std::vector<std::thread> threads;
  std::size_t begun = 1;  // the first is the caller's
  try {
    for (; begun < parts.size(); ++begun) {
      threads.emplace_back([&, begun] { folded[begun] = fold_part(index, parts[begun], grid); });
    }
  } catch (const std::system_error&) {
    // No more threads: the caller folds the rest.
  }
  folded[0] = fold_part(index, parts[0], grid);
  for (std::size_t i = begun; i < parts.size(); ++i) folded[i] = fold_part(index, parts[i], grid);
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 1; i < folded.size(); ++i) append(folded[i], folded[0]);
  return std::move(folded[0]);
}

}  // namespace tbprof::analyzer::timeline
