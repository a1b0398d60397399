#include <algorithm>

#include "analyzer/timeline/row_pyramid.h"

namespace tbprof::analyzer::timeline {

RowTally::RowTally(std::size_t name_count, std::span<const proto::Category> category)
    : category_(category), entry_(name_count) {}

void RowTally::clear() {
  touched_.clear();
  if (has_rest_) rest_ns_.fill(0);
  has_rest_ = false;
  covered_ns_ = 0;
  if (++stamp_ == 0) {
    for (Entry& entry : entry_) entry.stamp = 0;
    stamp_ = 1;
  }
}

void RowTally::add_name(const NameTime& part, std::int64_t longest_ns) {
  Entry& entry = touch(part.name);
  entry.covered_ns += part.covered_ns;
  rest_ns_[static_cast<std::size_t>(category_of(part.name))] -= part.covered_ns;
  has_rest_ = true;
  if (longest_ns > entry.longest_ns) {
    entry.longest_ns = longest_ns;
    entry.longest = part.longest;
  }
}

void RowTally::add_categories(const CategoryTimes& times) {
  for (std::size_t i = 0; i < times.size(); ++i) {
    rest_ns_[i] += times[i];
    covered_ns_ += times[i];
  }
  has_rest_ = true;
}

CategoryTimes RowTally::categories() const {
  CategoryTimes times = rest_ns_;
  for (const std::uint32_t name : touched_) {
    times[static_cast<std::size_t>(category_of(name))] += entry_[name].covered_ns;
  }
  return times;
}

// Most pixels of most rows hold one category, which needs no sums.
bool RowTally::busiest_of_only_category(NameTime& found) const {
  if (has_rest_) return false;
  const proto::Category only = category_of(touched_.front());
  const Entry* most = &entry_[touched_.front()];
  found.name = touched_.front();
  for (const std::uint32_t name : touched_) {
    if (category_of(name) != only) return false;
    const Entry& entry = entry_[name];
    if (entry.covered_ns < most->covered_ns) continue;
    if (entry.covered_ns == most->covered_ns && name > found.name) continue;
    most = &entry;
    found.name = name;
  }
  found.longest = most->longest;
  found.covered_ns = most->covered_ns;
  return true;
}

RowTally::Dominant RowTally::dominant() const {
  NameTime only;
  if (busiest_of_only_category(only)) return {category_of(only.name), only};
  const CategoryTimes times = categories();
  const auto most = std::max_element(times.begin(), times.end());
  // Where nothing took any time, the smallest name decides.
  const bool timed = *most > 0;
  const auto category = static_cast<proto::Category>(most - times.begin());
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
