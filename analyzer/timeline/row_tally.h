// What a stretch of a row adds up to: time by category, and time by name to find the busiest.
// Reused from pixel to pixel: clear() costs what was touched. Borrows the categories of the names.
// One thread at a time.
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
  std::int64_t covered_ns = 0;
};

class RowTally {
 public:
  // `category` by name; names beyond it count as other.
  RowTally(std::size_t name_count, std::span<const proto::Category> category);

  void clear();
  // A part of a slice.
  void add(std::uint32_t name, std::int64_t covered_ns) {
    touch(name, covered_ns);
    covered_ns_ += covered_ns;
  }
  // The whole slices [begin, end).
  void add(const SliceRow& row, std::uint32_t begin, std::uint32_t end) {
    // Copies, because what is written could otherwise change them.
    Touched touched{time_.data(), touched_.data(), touched_count_};
    std::int64_t covered_ns = 0;
    row.for_each(begin, end, [&](std::uint32_t, std::uint32_t name, std::int64_t duration_ns) {
      touched.add(name, duration_ns);
      covered_ns += duration_ns;
    });
    touched_count_ = touched.count;
    covered_ns_ += covered_ns;
  }
  std::int64_t covered_ns() const { return covered_ns_; }
  CategoryTimes categories() const;
  proto::Category category_of(std::uint32_t name) const {
    return name < category_.size() ? category_[name] : proto::Category::other;
  }
  // The busiest category, and in it the busiest name: ties go to the smaller number.
  struct Dominant {
    proto::Category category = proto::Category::other;
    std::uint32_t name = 0;
  };
  // REQUIRES: something was added.
  Dominant dominant() const;
  // The busiest names, greatest first, at most as many as fit.
  std::size_t busiest(std::span<NameTime> out) const;
  // The busiest of all: of equal ones the smallest number. REQUIRES: something was added.
  NameTime busiest() const;

 private:
  struct Touched {
    std::int64_t* time;
    std::uint32_t* name;
    std::size_t count;
    // Without a branch on whether the name is new, which in a dense pixel is anybody's guess.
    // REQUIRES: added < name_count
    void add(std::uint32_t added, std::int64_t covered_ns) {
      const bool is_new = time[added] == 0;
      name[count] = added;
      count += is_new;
      time[added] += covered_ns + is_new;
    }
  };
  void touch(std::uint32_t name, std::int64_t covered_ns) {
    Touched touched{time_.data(), touched_.data(), touched_count_};
    touched.add(name, covered_ns);
    touched_count_ = touched.count;
  }
  std::int64_t time_of(std::uint32_t name) const { return time_[name] - 1; }
  bool busiest_of_only_category(Dominant& found) const;

  std::span<const proto::Category> category_;
  std::vector<std::int64_t> time_;      // by name: one more than its time, 0 if it is not touched
  std::vector<std::uint32_t> touched_;  // room for one more than there are names
  std::size_t touched_count_ = 0;
  std::int64_t covered_ns_ = 0;
};

}  // namespace tbprof::analyzer::timeline
