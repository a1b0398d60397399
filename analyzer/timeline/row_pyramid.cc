#include "analyzer/timeline/row_pyramid.h"

#include <algorithm>
#include <array>
#include <bit>

namespace tbprof::analyzer::timeline {

namespace {

constexpr std::uint32_t kNamesOfBlock = 2;
constexpr std::uint32_t kMostNamesOfNode = 8;

void fill_up(std::span<NameTime> names, std::size_t count) {
  for (std::size_t i = count; i < names.size(); ++i) names[i] = {names[0].name, 0};
}

}  // namespace

RowPyramid::RowPyramid(const SliceRow& row, RowTally& tally) {
  if (row.size() < kBlockSlices * 2) return;
  std::array<bool, proto::kCategoryCount> seen{};
  for (std::uint32_t i = 0; i < row.size(); ++i) {
    seen[static_cast<std::size_t>(tally.category_of(row.name(i)))] = true;
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (seen[i]) used_.push_back(static_cast<proto::Category>(i));
  }
  add_base_level(row, tally);
  while (levels_.back().node_count() >= kFanout * 2) add_level(tally);
}

void RowPyramid::add_base_level(const SliceRow& row, RowTally& tally) {
  const std::uint32_t count = row.size() / kBlockSlices;
  Level base{kBlockSlices, kNamesOfBlock, std::vector<Kept>(std::size_t{count} * kNamesOfBlock)};
  sums_ns_.resize((count + std::size_t{1}) * used_.size());
  starts_ns_.reserve(count + std::size_t{1});
  std::array<NameTime, kNamesOfBlock> busiest;
  for (std::uint32_t block = 0; block < count; ++block) {
    const std::uint32_t begin = block * kBlockSlices;
    tally.clear();
    tally.add(row, begin, begin + kBlockSlices);
    starts_ns_.push_back(row.start_ns(begin));
    const CategoryTimes times = tally.categories();
    std::int64_t* const sums = sums_ns_.data() + block * used_.size();
    for (std::size_t i = 0; i < used_.size(); ++i) {
      sums[used_.size() + i] = sums[i] + times[static_cast<std::size_t>(used_[i])];
    }
    fill_up(busiest, tally.busiest(busiest));
    for (std::size_t i = 0; i < kNamesOfBlock; ++i) {
      const auto [name, covered_ns] = busiest[i];
      const std::uint32_t longest = row.longest(begin, begin + kBlockSlices, name);
      base.kept[block * kNamesOfBlock + i] = {name, longest, static_cast<float>(covered_ns),
                                              static_cast<float>(row.duration_ns(longest))};
    }
  }
  if (count * kBlockSlices < row.size()) starts_ns_.push_back(row.start_ns(count * kBlockSlices));
  levels_.push_back(std::move(base));
}

void RowPyramid::add_level(RowTally& tally) {
  const Level& below = levels_.back();
  const std::uint32_t names = std::min(below.names_per_node * 2, kMostNamesOfNode);
  Level level{below.slices_per_node * kFanout, names,
              std::vector<Kept>(below.node_count() / kFanout * names)};
  std::array<NameTime, kMostNamesOfNode> busiest;
  for (std::size_t node = 0; node < level.node_count(); ++node) {
    const std::size_t stride = std::size_t{kFanout} * below.names_per_node;
    const auto children = std::span(below.kept).subspan(node * stride, stride);
    tally.clear();
    for (const Kept& kept : children) {
      tally.add(kept.name, static_cast<std::int64_t>(kept.covered_ns));
    }
    const auto wanted = std::span(busiest).first(names);
    fill_up(wanted, tally.busiest(wanted));
    for (std::size_t i = 0; i < names; ++i) {
      Kept& sum = level.kept[node * names + i];
      sum = {busiest[i].name, 0, static_cast<float>(busiest[i].covered_ns), -1};
      for (const Kept& kept : children) {
        if (kept.name != sum.name || kept.longest_ns <= sum.longest_ns) continue;
        sum.longest = kept.longest;
        sum.longest_ns = kept.longest_ns;
      }
    }
  }
  levels_.push_back(std::move(level));
}

RowPyramid::Blocks RowPyramid::blocks_within(std::uint32_t begin, std::uint32_t end) const {
  const std::uint32_t first = begin / kBlockSlices + (begin % kBlockSlices != 0 ? 1 : 0);
  const std::uint32_t last = end / kBlockSlices;
  if (levels_.empty() || first >= last) return {end, end};
  return {first * kBlockSlices, last * kBlockSlices};
}

template <typename Use>
void RowPyramid::for_each_run(Blocks blocks, Use use) const {
  for (std::uint32_t at = blocks.begin; at < blocks.end;) {
    const Level* level = levels_.data();
    const Level* const last = level + levels_.size() - 1;
    // Nodes hold powers of two of slices.
    while (level < last && at % level[1].slices_per_node == 0 &&
           blocks.end - at >= level[1].slices_per_node) {
      ++level;
    }
    // To where a larger node begins, if one does that fits.
    std::uint32_t stop = blocks.end - blocks.end % level->slices_per_node;
    if (level < last) {
      const std::uint32_t larger = level[1].slices_per_node;
      const std::uint32_t next = (at / larger + 1) * larger;
      if (next < stop) stop = next;
    }
    const std::size_t names = level->names_per_node;
    use(std::span(level->kept)
            .subspan(at / level->slices_per_node * names,
                     (stop - at) / level->slices_per_node * names));
    at = stop;
  }
}

void RowPyramid::add_categories(const SliceRow& row, std::uint32_t begin, std::uint32_t end,
                                const RowTally& names, CategoryTimes& times) const {
  const Blocks blocks = blocks_within(begin, end);
  const auto add_each = [&](std::uint32_t first, std::uint32_t last) {
    if (used_.size() == 1) {
      std::int64_t& only = times[static_cast<std::size_t>(used_.front())];
      for (std::uint32_t i = first; i < last; ++i) only += row.duration_ns(i);
      return;
    }
    row.for_each(first, last, [&](std::uint32_t, std::uint32_t name, std::int64_t duration_ns) {
      times[static_cast<std::size_t>(names.category_of(name))] += duration_ns;
    });
  };
  add_each(begin, blocks.begin);
  if (blocks.slice_count() == 0) return;
  add_each(blocks.end, end);
  const std::int64_t* const before = sums_before(blocks.begin);
  const std::int64_t* const after = sums_before(blocks.end);
  for (std::size_t i = 0; i < used_.size(); ++i) {
    times[static_cast<std::size_t>(used_[i])] += after[i] - before[i];
  }
}

// Without branches on names and times: of one pixel they say nothing about the next.
std::optional<RowPyramid::BusiestName> RowPyramid::busiest_of(Blocks blocks,
                                                              proto::Category category,
                                                              RowTally& tally) const {
  const bool is_only = used_.size() == 1;
  tally.clear();
  for_each_run(blocks, [&](std::span<const Kept> run) {
    for (const Kept& kept : run) {
      const bool counts = is_only || tally.category_of(kept.name) == category;
      tally.add(kept.name, counts ? static_cast<std::int64_t>(kept.covered_ns) : 0);
    }
  });
  const NameTime busiest = tally.busiest();
  if (busiest.covered_ns == 0) return std::nullopt;
  std::uint64_t greatest = 0;
  for_each_run(blocks, [&](std::span<const Kept> run) {
    for (const Kept& kept : run) {
      // Floats that are not negative compare as their bits do; of equal ones the first slice wins.
      const std::uint64_t order =
          std::uint64_t{std::bit_cast<std::uint32_t>(kept.longest_ns)} << 32 | ~kept.longest;
      greatest = std::max(greatest, kept.name == busiest.name ? order : 0);
    }
  });
  return BusiestName{busiest.name, ~static_cast<std::uint32_t>(greatest)};
}

std::int64_t RowPyramid::covered_ns(const SliceRow& row, std::int64_t from_ns,
                                    std::int64_t to_ns) const {
  const std::uint32_t at = row.first_touching(from_ns);
  const std::uint32_t end = row.first_starting(to_ns, at);
  if (at == end) return 0;
  const auto clipped = [&](std::uint32_t i) {
    return std::min(row.end_ns(i), to_ns) - std::max(row.start_ns(i), from_ns);
  };
  if (end - at == 1) return clipped(at);
  std::int64_t covered = clipped(at) + clipped(end - 1);
  const auto add_whole = [&](std::uint32_t first, std::uint32_t last) {
    for (std::uint32_t i = first; i < last; ++i) covered += row.duration_ns(i);
  };
  const Blocks blocks = blocks_within(at + 1, end - 1);
  add_whole(at + 1, blocks.begin);
  if (blocks.slice_count() == 0) return covered;
  add_whole(blocks.end, end - 1);
  for (std::size_t i = 0; i < used_.size(); ++i) {
    covered += sums_before(blocks.end)[i] - sums_before(blocks.begin)[i];
  }
  return covered;
}

void RowPyramid::prefetch(const SliceRow& row, std::uint32_t begin, std::uint32_t end) const {
  const Blocks blocks = blocks_within(begin, end);
  row.prefetch(begin, blocks.begin);
  if (blocks.slice_count() == 0) return;
  row.prefetch(blocks.end, end);
  __builtin_prefetch(sums_before(blocks.begin));
  __builtin_prefetch(sums_before(blocks.end));
  for_each_run(blocks, [](std::span<const Kept> run) {
    prefetch_lines(run.data(), run.size() * sizeof(Kept));
  });
}

std::size_t RowPyramid::memory_bytes() const {
  std::size_t bytes = (sums_ns_.size() + starts_ns_.size()) * sizeof(std::int64_t);
  for (const Level& level : levels_) bytes += level.kept.size() * sizeof(Kept);
  return bytes;
}

}  // namespace tbprof::analyzer::timeline
