// The slices of one track while the trace is built, in the order in which they came.
// Grows in blocks, so that adding never copies what is there; a copy shares the blocks, and who
// adds to one that others hold too makes its own of it first. One thread at a time.
#pragma once

#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace tbprof::analyzer::trace {

struct SliceRow {
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
  std::uint32_t name = 0;
  std::uint32_t row = 0;  // number over the whole trace
  std::int64_t end_ns() const { return start_ns + duration_ns; }
};

class SliceRows {
 public:
  // Rows arrive with ascending numbers.
  void add(const SliceRow& row);
  // Several at once, numbered from `first_row`; the columns are equally long, no duration negative.
  void add_many(std::span<const std::int64_t> start_ns, std::span<const std::int64_t> duration_ns,
                std::span<const std::uint32_t> name, std::uint32_t first_row);
  std::size_t size() const { return size_; }

  // Calls visit(row) in order of arrival.
  template <typename Visit>
  void each(Visit visit) const {
    auto long_duration = long_.begin();
    auto run = runs_.begin();
    std::uint32_t position = 0;
    for (const auto& block : blocks_) {
      for (std::size_t i = 0; i < block->start_ns.size(); ++i) {
        std::int64_t duration = block->duration[i];
        if (duration == kLong) duration = (long_duration++)->second;
        if (std::next(run) != runs_.end() && std::next(run)->position == position) ++run;
        const std::uint32_t row = run->row + (position++ - run->position);
        visit(SliceRow{block->start_ns[i], duration, block->name[i], row});
      }
    }
  }

  // The same from the last to the first.
  template <typename Visit>
  void each_reversed(Visit visit) const {
    auto long_duration = long_.rbegin();
    auto run = runs_.rbegin();
    auto position = static_cast<std::uint32_t>(size_);
    for (auto at = blocks_.rbegin(); at != blocks_.rend(); ++at) {
      const Block* block = at->get();
      for (std::size_t i = block->start_ns.size(); i-- > 0;) {
        std::int64_t duration = block->duration[i];
        if (duration == kLong) duration = (long_duration++)->second;
        if (--position < run->position) ++run;
        const std::uint32_t row = run->row + (position - run->position);
        visit(SliceRow{block->start_ns[i], duration, block->name[i], row});
      }
    }
  }

  // Whether each row starts no earlier than the one before, longer first where they tie.
  bool in_start_order() const { return in_start_order_; }
  // Whether each row ends no earlier than the one before, shorter first where they tie.
  bool in_end_order() const { return in_end_order_; }
  void clear();
  std::size_t memory_bytes() const;

 private:
  static constexpr std::uint32_t kLong = 0xffffffffu;
  static constexpr std::size_t kFirstBlockRows = 64;
  static constexpr std::size_t kBlockRows = 65536;

  struct Block {
    std::vector<std::int64_t> start_ns;
    std::vector<std::uint32_t> duration;
    std::vector<std::uint32_t> name;
    void reserve(std::size_t rows);
  };
  // Rows that came one after the other: the first one's position here, and its number.
  struct Run {
    std::uint32_t position;
    std::uint32_t row;
  };
  Block& block_with_room();
  void note_row(std::uint32_t row);
  void note_order(std::int64_t start_ns, std::int64_t duration_ns);

  std::vector<std::shared_ptr<Block>> blocks_;  // the k-th holds min(64 << k, 65536) rows
  std::vector<std::pair<std::uint32_t, std::int64_t>> long_;  // row number, duration
  std::vector<Run> runs_;
  std::size_t size_ = 0;
  SliceRow last_;
  bool in_start_order_ = true;
  bool in_end_order_ = true;
};

}  // namespace tbprof::analyzer::trace
