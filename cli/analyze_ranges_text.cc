#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/profile/ranges.h"
#include "analyzer/report/ranges_headline.h"
#include "analyzer/report/words.h"
#include "cli/analyze_prose.h"
#include "cli/analyze_text.h"
#include "cli/figure_column.h"
#include "cli/text_table.h"

namespace tbprof::cli {

namespace {

namespace profile = analyzer::profile;
namespace report = analyzer::report;
namespace trace = analyzer::trace;

struct RangeUnits {
  explicit RangeUnits(const profile::RangeTable& table, std::size_t shown)
      : total(largest(table, shown, [](const auto& row) { return row.total_ns; })),
        single(largest(table, shown, [](const auto& row) { return row.max_ns; })) {}
  DurationColumn total;
  DurationColumn single;

 private:
  template <typename Value>
  static std::int64_t largest(const profile::RangeTable& table, std::size_t shown, Value value) {
    std::int64_t largest_ns = 0;
    for (std::size_t i = 0; i < shown; ++i) {
      largest_ns = std::max(largest_ns, value(table.rows[i]));
    }
    return largest_ns;
  }
};

// The last argument of a column is its rank: the highest goes first where there is no room.
TextTable range_rows(const profile::RangeTable& ranges, std::size_t shown) {
  const RangeUnits units(ranges, shown);
  const bool has_steps = ranges.step_count > 0;
  TextTable table;
  table.add_text("range", Cut::middle);
  table.add_text("category", std::nullopt, 6);
  table.add_number("count");
  table.add_number("total", units.total.unit());
  table.add_number("self", units.total.unit());
  table.add_number("% of time", "", 2);
  table.add_number("mean", units.single.unit(), 1);
  table.add_number("p50", units.single.unit(), 7);
  table.add_number("p99", units.single.unit(), 4);
  table.add_number("max", units.single.unit(), 5);
  if (has_steps) table.add_number("a step", units.single.unit(), 3);
  for (std::size_t i = 0; i < shown; ++i) {
    const profile::RangeRow& row = ranges.rows[i];
    const auto cell = [](const DurationColumn& column, std::int64_t ns) {
      return column.cell(static_cast<double>(ns));
    };
    std::vector<std::string> cells = {
        row.name,
        proto::category_name(row.category),
        std::to_string(row.count),
        cell(units.total, row.total_ns),
        cell(units.total, row.self_ns),
        share_cell(static_cast<double>(row.total_ns), static_cast<double>(ranges.span_ns)),
        units.single.cell(row.mean_ns()),
        cell(units.single, row.p50_ns),
        cell(units.single, row.p99_ns),
        cell(units.single, row.max_ns)};
    if (has_steps) {
      cells.push_back(units.single.cell(static_cast<double>(row.in_steps_ns) /
                                        static_cast<double>(ranges.step_count)));
    }
    table.add_row(std::move(cells));
  }
  return table;
}

// Of the columns that are shown and whose head does not say all.
std::string definitions(const profile::RangeTable& ranges, const TextTable& table,
                        std::size_t width) {
  const std::vector<std::string> left_out = table.left_out(width);
  const auto is_shown = [&](const char* head) {
    return std::find(left_out.begin(), left_out.end(), head) == left_out.end();
  };
  std::string text = "Self is total less what is nested in it.";
  if (is_shown("% of time")) {
    text += " % of time is total against the " + report::duration_words(ranges.span_ns) +
            " that were recorded; each thread counts, so threads at once, and ranges within their "
            "like, add up to more than 100.";
  }
  if (ranges.step_count > 0 && is_shown("a step")) {
    text += " A step: the total inside complete steps, by their number.";
  }
  return prose(text, width);
}

}  // namespace

std::string ranges_text(const trace::Trace& capture, const TextLayout& layout) {
  const std::size_t width = layout.width_columns;
  const profile::RangeTable ranges = profile::range_table(capture);
  std::string out = capture_head(capture, width) + "\n";
  if (ranges.rows.empty()) {
    return out + prose("No range was recorded on the host.", width) +
           prose("Add ranges with tbprof::Range, or with NVTX, to see where the time goes.", width);
  }
  const report::Headline words = report::ranges_headline(ranges);
  out += prose(words.finding, width);
  if (!words.advice.empty()) out += prose(words.advice, width);
  const std::size_t shown =
      layout.row_limit == 0 ? ranges.rows.size() : std::min(layout.row_limit, ranges.rows.size());
  const TextTable table = range_rows(ranges, shown);
  out += "\n" + table.text(width);
  if (shown < ranges.rows.size()) {
    std::int64_t self_ns = 0;
    for (std::size_t i = shown; i < ranges.rows.size(); ++i) self_ns += ranges.rows[i].self_ns;
    out += prose("\u2026 and " + report::counted(ranges.rows.size() - shown, "range") + " more, " +
                     report::duration_words(self_ns) + " of self time; --limit 0 lists all.",
                 width);
  }
  return out + "\n" + definitions(ranges, table, width) + left_out_note(table, width);
}

}  // namespace tbprof::cli
