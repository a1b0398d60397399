#include "analyzer/timeline/row_tally.h"

#include <algorithm>

namespace tbprof::analyzer::timeline {

RowTally::RowTally(std::size_t name_count, std::span<const proto::Category> category)
    : category_(category), time_(name_count), touched_(name_count + 1) {}

void RowTally::clear() {
  for (std::size_t i = 0; i < touched_count_; ++i) time_[touched_[i]] = 0;
  touched_count_ = 0;
  covered_ns_ = 0;
}

CategoryTimes RowTally::categories() const {
  CategoryTimes times{};
  for (std::size_t i = 0; i < touched_count_; ++i) {
    times[static_cast<std::size_t>(category_of(touched_[i]))] += time_of(touched_[i]);
  }
  return times;
}

// Most pixels of most rows hold one category, which needs no sums.
bool RowTally::busiest_of_only_category(Dominant& found) const {
  found = {category_of(touched_.front()), touched_.front()};
  std::int64_t most = time_of(found.name);
  for (std::size_t i = 1; i < touched_count_; ++i) {
    const std::uint32_t name = touched_[i];
    if (category_of(name) != found.category) return false;
    const std::int64_t time = time_of(name);
    if (time < most || (time == most && name > found.name)) continue;
    most = time;
    found.name = name;
  }
  return true;
}

RowTally::Dominant RowTally::dominant() const {
  Dominant only;
  if (busiest_of_only_category(only)) return only;
  const CategoryTimes times = categories();
  const auto greatest = std::max_element(times.begin(), times.end());
  // Where nothing took any time, the smallest name decides.
  const bool timed = *greatest > 0;
  const auto category = static_cast<proto::Category>(greatest - times.begin());
  std::uint32_t found = 0;
  std::int64_t most = -1;
  bool in_category = false;  // whether `found` is of the busiest category
  for (std::size_t i = 0; i < touched_count_; ++i) {
    const std::uint32_t name = touched_[i];
    const bool fits = timed && category_of(name) == category;
    if (in_category && !fits) continue;
    const std::int64_t time = time_of(name);
    const bool busier = time > most || (time == most && name < found);
    if (!busier && fits == in_category) continue;
    found = name;
    most = time;
    in_category = fits;
  }
  return {timed ? category : category_of(found), found};
}

NameTime RowTally::busiest() const {
  NameTime found{touched_[0], time_of(touched_[0])};
  for (std::size_t i = 1; i < touched_count_; ++i) {
    const NameTime part{touched_[i], time_of(touched_[i])};
    const bool busier = part.covered_ns > found.covered_ns ||
                        (part.covered_ns == found.covered_ns && part.name < found.name);
    found = busier ? part : found;
  }
  return found;
}

std::size_t RowTally::busiest(std::span<NameTime> out) const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < touched_count_; ++i) {
    const NameTime part{touched_[i], time_of(touched_[i])};
    std::size_t place = count;
    while (place > 0 &&
           (out[place - 1].covered_ns < part.covered_ns ||
            (out[place - 1].covered_ns == part.covered_ns && out[place - 1].name > part.name))) {
      --place;
    }
    if (place == out.size()) continue;
    if (count < out.size()) ++count;
    std::move_backward(out.begin() + static_cast<std::ptrdiff_t>(place),
                       out.begin() + static_cast<std::ptrdiff_t>(count) - 1,
                       out.begin() + static_cast<std::ptrdiff_t>(count));
    out[place] = part;
  }
  return count;
}

}  // namespace tbprof::analyzer::timeline
