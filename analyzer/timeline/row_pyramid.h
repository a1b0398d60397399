// Sums of a row over blocks of 128, 2048, 32768 … slices, so that a pixel that covers a million
// slices is answered from a handful of nodes. Costs 1 to 2 bytes a slice.
//
// Covered time and time by category are exact. Time by name is kept for the four busiest names of
// a node: a name that is never among them in any block of a pixel cannot be called its busiest.
// Built once; immutable afterwards: any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "analyzer/timeline/slice_row.h"
#include "proto/category.h"

namespace tbprof::analyzer::timeline {

using CategoryTimes = std::array<std::int64_t, proto::kCategoryCount>;

struct NameTime {
  std::uint32_t name = 0;
  std::uint32_t longest = 0;  // index in the row of the longest slice of that name
  std::int64_t covered_ns = 0;
};

// What a stretch of slices adds up to. Reused from pixel to pixel: clear() costs what was touched.
class RowTally {
 public:
  // `category` by name; names beyond it count as other.
  RowTally(std::size_t name_count, std::span<const proto::Category> category);

  void clear();
  // Adds the whole slices [begin, end): what no node stands for.
  void add(const SliceRow& row, std::uint32_t begin, std::uint32_t end) {
    std::int64_t covered_ns = 0;
    row.for_each(begin, end, [&](std::uint32_t i, std::uint32_t name, std::int64_t duration_ns) {
      Entry& entry = touch(name);
      entry.covered_ns += duration_ns;
      covered_ns += duration_ns;
      if (duration_ns > entry.longest_ns) {
        entry.longest_ns = duration_ns;
        entry.longest = i;
      }
    });
    covered_ns_ += covered_ns;
  }
  // Adds a part of a slice.
  void add(std::uint32_t name, std::uint32_t index, std::int64_t covered_ns,
           std::int64_t duration_ns) {
    Entry& entry = touch(name);
    entry.covered_ns += covered_ns;
    covered_ns_ += covered_ns;
    if (duration_ns > entry.longest_ns) {
      entry.longest_ns = duration_ns;
      entry.longest = index;
    }
  }
  // A name of a node, of which add_categories() gives the sums.
  void add_name(const NameTime& part, std::int64_t longest_ns);
  void add_categories(const CategoryTimes& times);

  std::int64_t covered_ns() const { return covered_ns_; }
  CategoryTimes categories() const;
  proto::Category category_of(std::uint32_t name) const {
    return name < category_.size() ? category_[name] : proto::Category::other;
  }
  // The busiest category, and in it the busiest name: ties go to the smaller number.
  struct Dominant {
    proto::Category category = proto::Category::other;
    NameTime name;
  };
  // REQUIRES: something was added.
  Dominant dominant() const;
  // The busiest names, greatest first, at most as many as fit.
  std::uint32_t busiest(std::span<NameTime> out) const;

 private:
  struct Entry {
    std::uint32_t longest = 0;
    std::uint32_t stamp = 0;
    std::int64_t covered_ns = 0;
    std::int64_t longest_ns = -1;
  };
  bool busiest_of_only_category(NameTime& found) const;
  // REQUIRES: name < name_count
  Entry& touch(std::uint32_t name) {
    Entry& entry = entry_[name];
    if (entry.stamp != stamp_) {
      entry = Entry{0, stamp_, 0, -1};
      touched_.push_back(name);
    }
    return entry;
  }

  std::span<const proto::Category> category_;
  std::vector<Entry> entry_;  // by name
  std::vector<std::uint32_t> touched_;
  // Time by category that no touched name stands for: the rest of the nodes.
  CategoryTimes rest_ns_{};
  bool has_rest_ = false;
  std::int64_t covered_ns_ = 0;
  std::uint32_t stamp_ = 1;
};

// The categories that occur in a row, by number.
std::vector<proto::Category> categories_of(const SliceRow& row, const RowTally& tally);

class RowPyramid {
 public:
  static constexpr std::uint32_t kBlockSlices = 128;
  static constexpr std::uint32_t kFanout = 16;
  static constexpr std::size_t kNamesKept = 4;

  RowPyramid() = default;
  RowPyramid(const SliceRow& row, RowTally& tally);

  // Adds the whole slices [begin, end) to the tally.
  void add(const SliceRow& row, std::uint32_t begin, std::uint32_t end, RowTally& tally) const;
  // Time covered by the row in [from_ns, to_ns).
  std::int64_t covered_ns(const SliceRow& row, std::int64_t from_ns, std::int64_t to_ns) const;
  std::size_t memory_bytes() const;

 private:
  struct Node {
    std::int64_t covered_ns = 0;
    std::array<NameTime, kNamesKept> names;
    std::uint32_t name_count = 0;
  };
  struct Level {
    std::uint32_t slices_per_node = 0;
    std::vector<Node> nodes;                // full nodes only
    std::vector<std::int64_t> category_ns;  // node after node, one value a used category
  };
  void add_node(const SliceRow& row, const Level& level, std::size_t node, RowTally& tally) const;
  // The largest whole node that begins at a slice and ends at or before another.
  const Level* level_at(std::uint32_t begin, std::uint32_t end) const;
  void append_node(Level& level, const RowTally& tally) const;

  std::vector<proto::Category> used_;  // categories that occur in the row
  std::vector<Level> levels_;
};

}  // namespace tbprof::analyzer::timeline
