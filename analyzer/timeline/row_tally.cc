#include <algorithm>

#include "analyzer/timeline/row_pyramid.h"

namespace tbprof::analyzer::timeline {

RowTally::RowTally(std::size_t name_count, std::span<const proto::Category> category)
    : category_(category), entry_(name_count) {}

void RowTally::clear() {
  touched_.clear();
  category_ns_.fill(0);
  covered_ns_ = 0;
  if (++stamp_ == 0) {
    for (Entry& entry : entry_) entry.stamp = 0;
    stamp_ = 1;
  }
}

RowTally::Entry& RowTally::touch(std::uint32_t name) {
  if (name >= entry_.size()) entry_.resize(name + std::size_t{1});
  Entry& entry = entry_[name];
  if (entry.stamp != stamp_) {
    entry = Entry{0, stamp_, 0, -1};
    touched_.push_back(name);
  }
  return entry;
}

void RowTally::add(std::uint32_t name, std::uint32_t index, std::int64_t covered_ns,
                   std::int64_t duration_ns) {
  Entry& entry = touch(name);
  entry.covered_ns += covered_ns;
  if (duration_ns > entry.longest_ns) {
    entry.longest_ns = duration_ns;
    entry.longest = index;
  }
  covered_ns_ += covered_ns;
  category_ns_[static_cast<std::size_t>(category_of(name))] += covered_ns;
}

void RowTally::add_name(const NameTime& part, std::int64_t longest_ns) {
  Entry& entry = touch(part.name);
  entry.covered_ns += part.covered_ns;
  if (longest_ns > entry.longest_ns) {
    entry.longest_ns = longest_ns;
    entry.longest = part.longest;
  }
}

void RowTally::add_categories(const CategoryTimes& times) {
  for (std::size_t i = 0; i < times.size(); ++i) {
    category_ns_[i] += times[i];
    covered_ns_ += times[i];
  }
}

RowTally::Dominant RowTally::dominant() const {
  const auto most = std::max_element(category_ns_.begin(), category_ns_.end());
  // Where nothing took any time, the smallest name decides.
  const bool timed = *most > 0;
  const auto category = static_cast<proto::Category>(most - category_ns_.begin());
  NameTime found;
  bool any = false;
  bool in_category = false;  // whether `found` is of the busiest category
  for (const std::uint32_t name : touched_) {
    const Entry& entry = entry_[name];
    const bool fits = timed && category_of(name) == category;
    if (in_category && !fits) continue;
    const bool busier = entry.covered_ns > found.covered_ns ||
                        (entry.covered_ns == found.covered_ns && name < found.name);
    if (any && !busier && fits == in_category) continue;
    found = {name, entry.longest, entry.covered_ns};
    any = true;
    in_category = fits;
  }
  return {timed ? category : category_of(found.name), found};
}

std::uint32_t RowTally::busiest(std::span<NameTime> out) const {
  std::uint32_t count = 0;
  for (const std::uint32_t name : touched_) {
    const Entry& entry = entry_[name];
    const NameTime part{name, entry.longest, entry.covered_ns};
    std::size_t place = count;
    while (place > 0 &&
           (out[place - 1].covered_ns < part.covered_ns ||
            (out[place - 1].covered_ns == part.covered_ns && out[place - 1].name > part.name))) {
      --place;
    }
    if (place == out.size()) continue;
    if (count < out.size()) ++count;
    std::move_backward(out.begin() + static_cast<std::ptrdiff_t>(place), out.begin() + count - 1,
                       out.begin() + count);
    out[place] = part;
  }
  return count;
}

}  // namespace tbprof::analyzer::timeline
