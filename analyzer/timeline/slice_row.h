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

inline void prefetch_lines(const void* begin, std::size_t size_bytes) {
  const char* const first = static_cast<const char*>(begin);
  for (std::size_t at = 0; at < size_bytes; at += 64) __builtin_prefetch(first + at);
  if (size_bytes > 0) __builtin_prefetch(first + size_bytes - 1);
}

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

  // Tells the processor that names and durations, or starts, will be asked for soon.
  void prefetch(std::uint32_t begin, std::uint32_t end) const {
    if (trace_ == nullptr) return;
    prefetch_lines(name_ + begin, (end - begin) * sizeof(std::uint32_t));
    prefetch_lines(short_ + begin, (end - begin) * sizeof(std::uint32_t));
  }
  void prefetch_starts(std::uint32_t begin, std::uint32_t count) const {
    prefetch_lines(start_ + begin, count * sizeof(std::int64_t));
  }
  // The longest of the slices [begin, end) that have a name: of several the first.
  // REQUIRES: one of them has it.
  std::uint32_t longest(std::uint32_t begin, std::uint32_t end, std::uint32_t name) const {
    std::uint32_t found = begin;
    std::int64_t longest_ns = -1;
    // Without a branch on the name, which in a dense pixel is anybody's guess.
    for_each(begin, end, [&](std::uint32_t i, std::uint32_t of, std::int64_t duration_ns) {
      const std::int64_t candidate_ns = of == name ? duration_ns : -1;
      found = candidate_ns > longest_ns ? i : found;
      longest_ns = candidate_ns > longest_ns ? candidate_ns : longest_ns;
    });
    return found;
  }

  // The first slice that ends after the time or starts at it or later; size() if there is none.
  std::uint32_t first_touching(std::int64_t time_ns) const;
  // The first slice from `hint` on that starts at the time or later, found soon if about as
  // many slices lie between as are expected.
  std::uint32_t first_starting(std::int64_t time_ns, std::uint32_t hint,
                               std::uint32_t expected = 1) const;

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
