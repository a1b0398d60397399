#include "analyzer/trace/slice_rows.h"

#include <algorithm>

namespace tbprof::analyzer::trace {

void SliceRows::add_block() {
  const std::size_t rows =
      blocks_.empty() ? kFirstBlockRows : std::min(blocks_.back().row.size() * 2, kBlockRows);
  Block& block = blocks_.emplace_back();
  block.start_ns.reserve(rows);
  block.duration.reserve(rows);
  block.name.reserve(rows);
  block.row.reserve(rows);
}

void SliceRows::add(const SliceRow& row) {
  if (blocks_.empty() || blocks_.back().row.size() == blocks_.back().row.capacity()) add_block();
  Block& block = blocks_.back();
  block.start_ns.push_back(row.start_ns);
  if (row.duration_ns >= kLong) {
    block.duration.push_back(kLong);
    long_.emplace_back(row.row, row.duration_ns);
  } else {
    block.duration.push_back(static_cast<std::uint32_t>(row.duration_ns));
  }
  block.name.push_back(row.name);
  block.row.push_back(row.row);
  if (size_ > 0) {
    if (row.start_ns < last_.start_ns ||
        (row.start_ns == last_.start_ns && row.duration_ns > last_.duration_ns)) {
      in_start_order_ = false;
    }
    if (row.end_ns() < last_.end_ns() ||
        (row.end_ns() == last_.end_ns() && row.start_ns > last_.start_ns)) {
      in_end_order_ = false;
    }
  }
  last_ = row;
  ++size_;
}

void SliceRows::clear() { *this = SliceRows(); }

}  // namespace tbprof::analyzer::trace
