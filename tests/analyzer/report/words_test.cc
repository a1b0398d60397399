#include "analyzer/report/words.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace tbprof::analyzer::report {
namespace {

// As tests/browser/kit.test.mjs expects of the pages.
TEST(Words, DurationsReadAsOnThePages) {
  for (const auto& [duration_ns, words] : {std::pair<std::int64_t, const char*>{0, "0 ns"},
                                           {912, "912 ns"},
                                           {7'100, "7.10 µs"},
                                           {41'300, "41.3 µs"},
                                           {412'000, "412 µs"},
                                           {710'000, "710 µs"},
                                           {1'000'000, "1.00 ms"},
                                           {13'800'000, "13.8 ms"},
                                           {412'000'000, "412.0 ms"},
                                           {1'613'000'000, "1 613 ms"},
                                           {41'300'000'000, "41.30 s"},
                                           {1'613'604'000'000'000, "1 613 604 s"},
                                           {-29'800'000, "\u221229.8 ms"}}) {
    EXPECT_EQ(with_plain_spaces(duration_words(duration_ns)), words);
  }
}

TEST(Words, OneIsNotMany) {
  EXPECT_EQ(with_plain_spaces(counted(1, "step")), "1 step");
  EXPECT_EQ(with_plain_spaces(counted(0, "step")), "0 steps");
  EXPECT_EQ(with_plain_spaces(counted(44'700, "slice")), "44.7 k slices");
}

}  // namespace
}  // namespace tbprof::analyzer::report
