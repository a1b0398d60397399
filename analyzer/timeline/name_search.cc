#include "analyzer/timeline/name_search.h"

#include <algorithm>
#include <vector>

namespace tbprof::analyzer::timeline {

namespace {

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool has_text(std::string_view name, std::string_view text) {
  return std::search(name.begin(), name.end(), text.begin(), text.end(),
                     [](char a, char b) { return lower(a) == lower(b); }) != name.end();
}

// The earliest or the latest of the places that are offered.
class Extreme {
 public:
  explicit Extreme(bool earliest) : earliest_(earliest) {}
  void offer(const SearchPlace& place) {
    if (!any_ || (earliest_ ? place < best_ : best_ < place)) best_ = place;
    any_ = true;
  }
  bool any() const { return any_; }
  trace::SliceId id() const { return static_cast<trace::SliceId>(best_.id); }

 private:
  bool earliest_;
  bool any_ = false;
  SearchPlace best_;
};

}  // namespace

SearchAnswer search_names(const TimelineIndex& index, std::string_view text, SearchPlace place,
                          bool forward) {
  const trace::Trace& trace = index.trace();
  std::vector<char> matches(trace.names().size());
  std::transform(trace.names().begin(), trace.names().end(), matches.begin(),
                 [&](const trace::Name& name) { return has_text(name.text, text) ? 1 : 0; });
  SearchAnswer answer;
  std::uint64_t passed = 0;
  Extreme beyond(forward);
  Extreme from_the_end(forward);
  const auto names = trace.name_column();
  for (std::size_t id = 0; id < names.size(); ++id) {
    if (matches[names[id]] == 0) continue;
    const SearchPlace here{trace.start_column_ns()[id], static_cast<std::int64_t>(id)};
    ++answer.count;
    from_the_end.offer(here);
    if (here < place) ++passed;
    if (forward ? place < here : here < place) {
      beyond.offer(here);
    } else if (forward && here == place) {
      ++passed;
    }
  }
  if (answer.count == 0) return answer;
  if (beyond.any()) {
    answer.slice = beyond.id();
    answer.before = forward ? passed : passed - 1;
  } else {
    answer.slice = from_the_end.id();
    answer.before = forward ? 0 : answer.count - 1;
  }
  return answer;
}

}  // namespace tbprof::analyzer::timeline
