// Sums of a row over blocks of 16 slices, and over 256, 4096 … of them, so that a pixel that covers
// a million slices is answered from a handful of places. What that costs in time is lines of memory
// more than arithmetic: everything that is asked for of a block lies together.
//
// Time by category is exact. Time by name is kept for the busiest names of a node, two of a block,
// more of larger nodes: a name that is never among them in any block of a stretch cannot be
// called its busiest.
// Costs 3 bytes a slice and, for each category of the row, half a byte.
// Built once; immutable afterwards: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "analyzer/timeline/row_tally.h"
#include "analyzer/timeline/slice_row.h"
#include "proto/category.h"

namespace tbprof::analyzer::timeline {

class RowPyramid {
 public:
  static constexpr std::uint32_t kBlockSlices = 16;
  static constexpr std::uint32_t kFanout = 16;

  RowPyramid() = default;
  RowPyramid(const SliceRow& row, RowTally& tally);

  // Whole blocks, as the slices [begin, end).
  struct Blocks {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t slice_count() const { return end - begin; }
  };
  // Those within the slices [begin, end): none for a row of less than two blocks.
  Blocks blocks_within(std::uint32_t begin, std::uint32_t end) const;
  // Where the blocks start, with the rest that fills none at the end; empty if there are none.
  std::span<const std::int64_t> block_starts_ns() const { return starts_ns_; }

  // Adds the time that the whole slices [begin, end) take.
  void add_categories(const SliceRow& row, std::uint32_t begin, std::uint32_t end,
                      const RowTally& names, CategoryTimes& times) const;
  // Categories that occur in the row; empty if it has less than two blocks.
  std::span<const proto::Category> used_categories() const { return used_; }
  // The busiest name of a category in some blocks, as far as it is kept: nothing if none is that
  // takes any time.
  struct BusiestName {
    std::uint32_t name = 0;
    std::uint32_t longest = 0;  // index in the row of the longest slice of that name
  };
  std::optional<BusiestName> busiest_of(Blocks blocks, proto::Category category,
                                        RowTally& tally) const;
  // Time covered by the row in [from_ns, to_ns).
  std::int64_t covered_ns(const SliceRow& row, std::int64_t from_ns, std::int64_t to_ns) const;
  // Tells the processor that the slices [begin, end) will be asked for soon.
  void prefetch(const SliceRow& row, std::uint32_t begin, std::uint32_t end) const;
  std::size_t memory_bytes() const;

 private:
  struct Kept {
    std::uint32_t name = 0;
    std::uint32_t longest = 0;  // of this name
    // To compare with each other: seven digits do.
    float covered_ns = 0;
    float longest_ns = 0;
  };
  struct Level {
    std::uint32_t slices_per_node = 0;
    std::uint32_t names_per_node = 0;
    // Node after node, full nodes only. Where a node has fewer names, one stands for the missing
    // ones without any time, so that who adds them up need not look.
    std::vector<Kept> kept;
    std::size_t node_count() const { return kept.size() / names_per_node; }
  };
  // use(names of nodes of one level that follow each other), in the row's order.
  template <typename Use>
  void for_each_run(Blocks blocks, Use use) const;
  void add_base_level(const SliceRow& row, RowTally& tally);
  void add_level(RowTally& tally);
  // By used category: the time that it takes before the block that begins with the slice.
  const std::int64_t* sums_before(std::uint32_t slice) const {
    return sums_ns_.data() + slice / kBlockSlices * used_.size();
  }

  std::vector<proto::Category> used_;  // categories that occur in the row
  std::vector<std::int64_t> sums_ns_;  // block after block, one value a used category
  std::vector<std::int64_t> starts_ns_;
  std::vector<Level> levels_;
};

}  // namespace tbprof::analyzer::timeline
