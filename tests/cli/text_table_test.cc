#include "cli/text_table.h"

#include <gtest/gtest.h>

#include "cli/display_width.h"
#include "cli/figure_column.h"

namespace tbprof::cli {
namespace {

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("µs"), 2u);
  EXPECT_EQ(display_width("中文"), 4u);
  EXPECT_EQ(display_width("e\u0301"), 1u);  // combining accent
  EXPECT_EQ(display_width(""), 0u);
}

TEST(DisplayWidth, CutsAtTheEndOrInTheMiddle) {
  EXPECT_EQ(cut_to_width("abcdefghij", 10, Cut::end), "abcdefghij");
  EXPECT_EQ(cut_to_width("abcdefghij", 6, Cut::end), "abcde…");
  EXPECT_EQ(cut_to_width("abcdefghij", 6, Cut::middle), "abc…ij");
  EXPECT_EQ(cut_to_width("中文中文", 5, Cut::end), "中文…");
  EXPECT_LE(display_width(cut_to_width("中文中文中文", 8, Cut::middle)), 8u);
  EXPECT_EQ(cut_to_width("abc", 1, Cut::end), "…");
}

TEST(DisplayWidth, ShowsWhatATerminalWouldObey) {
  EXPECT_EQ(printable("a\x1b[31mb\tc"), "a\uFFFD[31mb\uFFFDc");
  EXPECT_EQ(printable("ok µ 中"), "ok µ 中");
  EXPECT_EQ(printable("\xff\xc3"), "\uFFFD\uFFFD");
  EXPECT_EQ(printable("\xc0\xaf"), "\uFFFD\uFFFD");  // overlong
  EXPECT_EQ(printable("a\u202e b"), "a\uFFFD b");    // reorders text
}

TEST(TextTable, AlignsTextLeftAndNumbersRight) {
  TextTable table;
  table.add_text("name");
  table.add_number("ms");
  table.add_row({"µ", "1.5"});
  table.add_row({"中文", "12.5"});
  EXPECT_EQ(table.text(80),
            "name    ms\n"
            "µ      1.5\n"
            "中文  12.5\n");
}

TEST(TextTable, CutsOnlyColumnsThatMayBe) {
  TextTable table;
  table.add_text("name", Cut::middle);
  table.add_number("ms");
  table.add_row({"a_name_that_is_far_too_long", "1"});
  const std::string text = table.text(28);
  EXPECT_EQ(text,
            "name                      ms\n"
            "a_name_that_…ar_too_long   1\n");
}

TEST(TextTable, UnitsStandBelowTheHeads) {
  TextTable table;
  table.add_text("name");
  table.add_number("total", "ms");
  table.add_number("count");
  table.add_row({"a", "1.5", "3"});
  EXPECT_EQ(table.text(80),
            "name  total  count\n"
            "         ms\n"
            "a       1.5      3\n");
}

TEST(TextTable, WithoutRoomTheHighestRankGoesFirst) {
  TextTable table;
  table.add_text("name", Cut::middle);
  table.add_number("first", "", 2);
  table.add_number("second", "", 1);
  table.add_number("third");
  table.add_row({"a_name_that_is_far_too_long", "1", "2", "3"});
  EXPECT_TRUE(table.left_out(100).empty());
  EXPECT_EQ(table.left_out(42), std::vector<std::string>{"first"});
  EXPECT_EQ(table.text(42),
            "name                         second  third\n"
            "a_name_that_is_far_too_long       2      3\n");
  EXPECT_EQ(table.text(40),
            "name                       second  third\n"
            "a_name_that_…far_too_long       2      3\n");
}

TEST(DurationColumn, HasOneUnitAndOnePrecision) {
  const DurationColumn column(412'000'000);
  EXPECT_EQ(column.unit(), "ms");
  EXPECT_EQ(column.cell(412'000'000), "412.0");
  EXPECT_EQ(column.cell(710'000), "0.7");
  EXPECT_EQ(column.cell(0), "0");
  EXPECT_EQ(column.cell(1000), "<0.1");
  EXPECT_EQ(DurationColumn(900).cell(85), "85");
  EXPECT_EQ(DurationColumn(20'000'000'000).unit(), "s");
  EXPECT_EQ(share_cell(1, 3), "33.3");
  EXPECT_EQ(share_cell(0, 0), "0");
}

}  // namespace
}  // namespace tbprof::cli
