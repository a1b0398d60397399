#include "analyzer/import/loss_tally.h"

#include <gtest/gtest.h>

#include "analyzer/trace/trace_builder.h"

namespace tbprof::analyzer::import {
namespace {

TEST(LossTally, SaysOneAndManyInTheirNumber) {
  constexpr const char* kWhat = "[record is|records are] damaged and [was|were] left out";
  LossTally tally;
  tally.add("bad_payload", kWhat, 40);
  tally.add("bad_counter", "counter [event has|events have] no time", 7, 3);
  tally.add("elsewhere", "[file|files] beside this one [ends|end] too early", 0);
  trace::TraceBuilder builder;
  tally.report(builder);
  const auto trace = builder.seal();
  ASSERT_EQ(trace->losses().size(), 3u);
  EXPECT_EQ(trace->losses()[0].detail, "1 record is damaged and was left out (at byte 40).");
  EXPECT_EQ(trace->losses()[1].detail, "3 counter events have no time (the first at byte 7).");
  EXPECT_EQ(trace->losses()[2].detail, "1 file beside this one ends too early.");
  tally.add("bad_payload", kWhat, 90);
  trace::TraceBuilder again;
  tally.report(again);
  EXPECT_EQ(again.seal()->losses()[0].detail,
            "2 records are damaged and were left out (the first at byte 40).");
}

}  // namespace
}  // namespace tbprof::analyzer::import
