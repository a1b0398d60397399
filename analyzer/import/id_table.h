// What the ids of a .tbtrace file stand for. Ids count through the file, but a lost chunk leaves a
// gap, so the table is a list of runs without gaps. Owns its entries. One thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace tbprof::analyzer::import {

template <typename Entry>
class IdTable {
 public:
  // The next add() gets this id, or the next unused one where ids would go back.
  void begin_at(std::uint32_t id) {
    if (runs_.empty() || id > next_id()) runs_.push_back({id, {}});
  }
  void add(Entry entry) { runs_.back().entries.push_back(std::move(entry)); }

  // nullptr if the id was never defined.
  const Entry* find(std::uint32_t id) const {
    const auto next =
        std::upper_bound(runs_.begin(), runs_.end(), id,
                         [](std::uint32_t wanted, const Run& run) { return wanted < run.first; });
    if (next == runs_.begin()) return nullptr;
    const Run& run = *std::prev(next);
    const std::size_t index = id - run.first;
    return index < run.entries.size() ? &run.entries[index] : nullptr;
  }

 private:
  struct Run {
    std::uint32_t first;
    std::vector<Entry> entries;
  };
  std::uint64_t next_id() const {
    return runs_.back().first + std::uint64_t{runs_.back().entries.size()};
  }

  std::vector<Run> runs_;
};

}  // namespace tbprof::analyzer::import
