#include "analyzer/trace/slice_rows.h"

#include <algorithm>

namespace tbprof::analyzer::trace {

void SliceRows::Block::reserve(std::size_t rows) {
  start_ns.reserve(rows);
  duration.reserve(rows);
  name.reserve(rows);
}

SliceRows::Block& SliceRows::block_with_room() {
  if (!blocks_.empty() && blocks_.back()->name.size() < blocks_.back()->name.capacity()) {
    std::shared_ptr<Block>& last = blocks_.back();
    if (last.use_count() > 1) {
      auto own = std::make_shared<Block>();
      own->reserve(last->name.capacity());
      own->start_ns.assign(last->start_ns.begin(), last->start_ns.end());
      own->duration.assign(last->duration.begin(), last->duration.end());
      own->name.assign(last->name.begin(), last->name.end());
      last = std::move(own);
    }
    return *last;
  }
  const std::size_t rows =
      blocks_.empty() ? kFirstBlockRows : std::min(blocks_.back()->name.size() * 2, kBlockRows);
  blocks_.push_back(std::make_shared<Block>());
  blocks_.back()->reserve(rows);
  return *blocks_.back();
}

void SliceRows::note_row(std::uint32_t row) {
  const auto position = static_cast<std::uint32_t>(size_);
  if (runs_.empty() || row != runs_.back().row + (position - runs_.back().position)) {
    runs_.push_back({position, row});
  }
}

void SliceRows::note_order(std::int64_t start_ns, std::int64_t duration_ns) {
  const std::int64_t end_ns = start_ns + duration_ns;
  if (size_ > 0) {
    const std::int64_t last_end_ns = last_.end_ns();
    if (start_ns < last_.start_ns ||
        (start_ns == last_.start_ns && duration_ns > last_.duration_ns)) {
      in_start_order_ = false;
    }
    if (end_ns < last_end_ns || (end_ns == last_end_ns && start_ns > last_.start_ns)) {
      in_end_order_ = false;
    }
  }
  last_.start_ns = start_ns;
  last_.duration_ns = duration_ns;
  ++size_;
}

void SliceRows::add(const SliceRow& row) {
  Block& block = block_with_room();
  block.start_ns.push_back(row.start_ns);
  if (row.duration_ns >= kLong) {
    block.duration.push_back(kLong);
    long_.emplace_back(row.row, row.duration_ns);
  } else {
    block.duration.push_back(static_cast<std::uint32_t>(row.duration_ns));
  }
  block.name.push_back(row.name);
  note_row(row.row);
  note_order(row.start_ns, row.duration_ns);
}

void SliceRows::add_many(std::span<const std::int64_t> start_ns,
                         std::span<const std::int64_t> duration_ns,
                         std::span<const std::uint32_t> name, std::uint32_t first_row) {
  note_row(first_row);
  for (std::size_t done = 0; done < start_ns.size();) {
    Block& block = block_with_room();
    const std::size_t before = block.name.size();
    const std::size_t count = std::min(start_ns.size() - done, block.name.capacity() - before);
    const auto first = static_cast<std::ptrdiff_t>(done);
    const auto last = static_cast<std::ptrdiff_t>(done + count);
    block.start_ns.insert(block.start_ns.end(), start_ns.begin() + first, start_ns.begin() + last);
    block.name.insert(block.name.end(), name.begin() + first, name.begin() + last);
    block.duration.resize(before + count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t duration = duration_ns[done + i];
      if (duration >= kLong) {
        long_.emplace_back(first_row + static_cast<std::uint32_t>(done + i), duration);
      }
      block.duration[before + i] =
          static_cast<std::uint32_t>(std::min<std::int64_t>(duration, kLong));
      note_order(start_ns[done + i], duration);
    }
    done += count;
  }
}

void SliceRows::clear() { *this = SliceRows(); }

std::size_t SliceRows::memory_bytes() const {
  std::size_t total = long_.capacity() * sizeof(long_[0]) + runs_.capacity() * sizeof(Run);
  for (const auto& block : blocks_) {
    total += block->name.capacity() * (sizeof(std::int64_t) + 2 * sizeof(std::uint32_t));
  }
  return total;
}

}  // namespace tbprof::analyzer::trace
