#include "analyzer/timeline/row_pyramid.h"

#include <algorithm>

namespace tbprof::analyzer::timeline {

std::vector<proto::Category> categories_of(const SliceRow& row, const RowTally& tally) {
  std::array<bool, proto::kCategoryCount> seen{};
  for (std::uint32_t i = 0; i < row.size(); ++i) {
    seen[static_cast<std::size_t>(tally.category_of(row.name(i)))] = true;
  }
  std::vector<proto::Category> used;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (seen[i]) used.push_back(static_cast<proto::Category>(i));
  }
  return used;
}

RowPyramid::RowPyramid(const SliceRow& row, RowTally& tally) {
  if (row.size() < kBlockSlices * 2) return;
  used_ = categories_of(row, tally);
  Level base{kBlockSlices, {}, {}};
  base.nodes.reserve(row.size() / kBlockSlices);
  for (std::uint32_t begin = 0; row.size() - begin >= kBlockSlices; begin += kBlockSlices) {
    tally.clear();
    tally.add(row, begin, begin + kBlockSlices);
    append_node(base, tally);
  }
  levels_.push_back(std::move(base));
  while (levels_.back().nodes.size() >= kFanout * 2) {
    const Level& below = levels_.back();
    Level level{below.slices_per_node * kFanout, {}, {}};
    for (std::size_t first = 0; first + kFanout <= below.nodes.size(); first += kFanout) {
      tally.clear();
      for (std::size_t child = first; child < first + kFanout; ++child) {
        add_node(row, below, child, tally);
      }
      append_node(level, tally);
    }
    levels_.push_back(std::move(level));
  }
}

void RowPyramid::append_node(Level& level, const RowTally& tally) const {
  Node node;
  node.covered_ns = tally.covered_ns();
  node.name_count = tally.busiest(node.names);
  level.nodes.push_back(node);
  const CategoryTimes times = tally.categories();
  for (const proto::Category category : used_) {
    level.category_ns.push_back(times[static_cast<std::size_t>(category)]);
  }
}

void RowPyramid::add_node(const SliceRow& row, const Level& level, std::size_t node,
                          RowTally& tally) const {
  const Node& sums = level.nodes[node];
  for (std::uint32_t i = 0; i < sums.name_count; ++i) {
    tally.add_name(sums.names[i], row.duration_ns(sums.names[i].longest));
  }
  CategoryTimes times{};
  for (std::size_t i = 0; i < used_.size(); ++i) {
    times[static_cast<std::size_t>(used_[i])] = level.category_ns[node * used_.size() + i];
  }
  tally.add_categories(times);
}

const RowPyramid::Level* RowPyramid::level_at(std::uint32_t begin, std::uint32_t end) const {
  const Level* chosen = nullptr;
  for (const Level& level : levels_) {
    // Nodes hold powers of two of slices.
    if ((begin & (level.slices_per_node - 1)) != 0 || end - begin < level.slices_per_node) break;
    if (begin / level.slices_per_node >= level.nodes.size()) break;
    chosen = &level;
  }
  return chosen;
}

void RowPyramid::add(const SliceRow& row, std::uint32_t begin, std::uint32_t end,
                     RowTally& tally) const {
  std::uint32_t at = begin;
  while (at < end) {
    if (const Level* level = level_at(at, end)) {
      add_node(row, *level, at / level->slices_per_node, tally);
      at += level->slices_per_node;
      continue;
    }
    const std::uint32_t stop = std::min(end, (at / kBlockSlices + 1) * kBlockSlices);
    tally.add(row, at, stop);
    at = stop;
  }
}

std::int64_t RowPyramid::covered_ns(const SliceRow& row, std::int64_t from_ns,
                                    std::int64_t to_ns) const {
  std::uint32_t at = row.first_touching(from_ns);
  const std::uint32_t end = row.first_starting(to_ns, at);
  if (at == end) return 0;
  const auto clipped = [&](std::uint32_t i) {
    return std::min(row.end_ns(i), to_ns) - std::max(row.start_ns(i), from_ns);
  };
  std::int64_t covered = clipped(at);
  if (end - at == 1) return covered;
  covered += clipped(end - 1);
  for (++at; at < end - 1;) {
    if (const Level* level = level_at(at, end - 1)) {
      covered += level->nodes[at / level->slices_per_node].covered_ns;
      at += level->slices_per_node;
    } else {
      covered += row.duration_ns(at++);
    }
  }
  return covered;
}

std::size_t RowPyramid::memory_bytes() const {
  std::size_t bytes = 0;
  for (const Level& level : levels_) {
    bytes += level.nodes.size() * sizeof(Node) + level.category_ns.size() * sizeof(std::int64_t);
  }
  return bytes;
}

}  // namespace tbprof::analyzer::timeline
