// Searching by name against a plain scan in the order of time.
#include "analyzer/timeline/name_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/analyzer/timeline/random_trace.h"

namespace tbprof::analyzer::timeline {
namespace {

class NameSearch : public testing::Test {
 protected:
  std::vector<SearchPlace> all_named(const std::string& text) const {
    std::vector<SearchPlace> places;
    for (trace::SliceId id = 0; id < trace_->slice_count(); ++id) {
      const trace::Slice slice = trace_->slice(id);
      if (trace_->names()[slice.name].text.find(text) == std::string::npos) continue;
      places.push_back({slice.start_ns, static_cast<std::int64_t>(id)});
    }
    std::sort(places.begin(), places.end());
    return places;
  }

  std::shared_ptr<const trace::Trace> trace_ = tbprof::tests::random_trace(7, {500, 200, 300, 12});
  TimelineIndex index_{*trace_};
};

TEST_F(NameSearch, GoesThroughAllOfThemInTheOrderOfTimeAndStartsAgain) {
  const auto places = all_named("name 1");  // also "name 10" and "name 11"
  ASSERT_GT(places.size(), 50u);
  SearchPlace at{0, -1};
  for (std::size_t i = 0; i < places.size(); ++i) {
    const SearchAnswer found = search_names(index_, "NAME 1", at, true);
    EXPECT_EQ(found.count, places.size());
    EXPECT_EQ(found.before, i);
    ASSERT_EQ(found.slice, static_cast<trace::SliceId>(places[i].id));
    at = places[i];
  }
  const SearchAnswer again = search_names(index_, "name 1", at, true);
  EXPECT_EQ(again.slice, static_cast<trace::SliceId>(places[0].id));
  EXPECT_EQ(again.before, 0u);
}

TEST_F(NameSearch, GoesBackTheSameWay) {
  const auto places = all_named("name 3");
  SearchPlace at = places.front();
  for (std::size_t i = places.size(); i-- > 0;) {
    const SearchAnswer found = search_names(index_, "name 3", at, false);
    EXPECT_EQ(found.before, i);
    ASSERT_EQ(found.slice, static_cast<trace::SliceId>(places[i].id));
    at = places[i];
  }
}

TEST_F(NameSearch, SaysThatThereIsNone) {
  const SearchAnswer found = search_names(index_, "no such name", {}, true);
  EXPECT_EQ(found.count, 0u);
  EXPECT_FALSE(found.slice.has_value());
}

}  // namespace
}  // namespace tbprof::analyzer::timeline
