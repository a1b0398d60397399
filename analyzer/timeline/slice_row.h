// One row of the picture: slices that are sorted by time and never overlap. Either a lane of a
// trace or a row derived from one (idle gaps, busy unions, steps).
// Borrows its columns: the trace or the index that they belong to must outlive it.
// Immutable: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::timeline {

class SliceRow {
 public:
  // An empty row.
  SliceRow() = default;
  SliceRow(const trace::Trace& trace, const trace::Lane& lane);
  // `name` may be empty: then every slice has name 0.
  SliceRow(std::span<const std::int64_t> start_ns, std::span<const std::int64_t> duration_ns,
           std::span<const std::uint32_t> name);

  std::uint32_t size() const { return size_; }
  std::int64_t start_ns(std::uint32_t index) const { return start_[index]; }
  std::int64_t duration_ns(std::uint32_t index) const {
    if (trace_ == nullptr) return long_[index];
    const std::uint32_t duration = short_[index];
    return duration != trace::kLongDuration ? duration : trace_->slice_duration_ns(first_ + index);
  }
  std::int64_t end_ns(std::uint32_t index) const { return start_[index] + duration_ns(index); }
  std::uint32_t name(std::uint32_t index) const { return name_ != nullptr ? name_[index] : 0; }
  // What identifies the slice outside the row: its SliceId, or its index in a derived row.
  std::uint32_t id(std::uint32_t index) const { return first_ + index; }

  // use(index, name, duration) for the slices [begin, end).
  template <typename Use>
  void for_each(std::uint32_t begin, std::uint32_t end, Use use) const {
    if (trace_ == nullptr || name_ == nullptr) {
      for (std::uint32_t i = begin; i < end; ++i) use(i, name(i), duration_ns(i));
      return;
    }
    // Copies, because whatever `use` writes could otherwise change the columns' addresses.
    const std::uint32_t* const names = name_;
    const std::uint32_t* const durations = short_;
    for (std::uint32_t i = begin; i < end; ++i) {
      const bool is_short = durations[i] != trace::kLongDuration;
      use(i, names[i], is_short ? std::int64_t{durations[i]} : duration_ns(i));
    }
  }

  // The first slice that ends after the time or starts at it or later; size() if there is none.
  std::uint32_t first_touching(std::int64_t time_ns) const;
  // The first slice from `hint` on that starts at the time or later, found by doubling steps.
  std::uint32_t first_starting(std::int64_t time_ns, std::uint32_t hint) const;

 private:
  const trace::Trace* trace_ = nullptr;
  const std::int64_t* start_ = nullptr;
  const std::uint32_t* short_ = nullptr;  // of a lane
  const std::int64_t* long_ = nullptr;    // of a derived row
  const std::uint32_t* name_ = nullptr;
  std::uint32_t first_ = 0;
  std::uint32_t size_ = 0;
};

// The columns of a derived row. One thread at a time while it is filled.
struct DerivedRow {
  std::vector<std::int64_t> start_ns;
  std::vector<std::int64_t> duration_ns;
  std::vector<std::uint32_t> name;

  SliceRow row() const { return SliceRow(start_ns, duration_ns, name); }
};

}  // namespace tbprof::analyzer::timeline
