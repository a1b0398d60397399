#include "cli/analyze_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "analyzer/profile/device_busy.h"
#include "analyzer/profile/ranges.h"
#include "analyzer/report/headline.h"
#include "analyzer/report/step_figures.h"
#include "analyzer/report/words.h"
#include "cli/display_width.h"
#include "cli/figure_column.h"
#include "cli/text_table.h"

namespace tbprof::cli {

namespace {

namespace profile = analyzer::profile;
namespace report = analyzer::report;
namespace trace = analyzer::trace;

// A line of prose; what comes from a file cannot steer the terminal.
std::string line(const std::string& text) {
  return printable(report::with_plain_spaces(text)) + "\n";
}

std::string head_text(const trace::Trace& capture) {
  const trace::Source& source = capture.source();
  std::string out = line(source.path.empty() ? "(no file)" : source.path);
  std::string state = trace::recording_state_name(source.state);
  if (!source.state_detail.empty()) state += ": " + source.state_detail;
  out += line(source.format + ", " + state);
  const auto start_s = static_cast<std::time_t>(capture.start_unix_ns() / 1'000'000'000);
  // Some formats count from an arbitrary zero; a time of the seventies says nothing.
  const std::string when = start_s > 365 * 86'400
                               ? fmt::format(" from {:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(start_s))
                               : "";
  out += line(report::duration_words(capture.duration_ns()) + when + ": " +
              report::counted(capture.slice_count(), "slice") + " on " +
              report::counted(capture.tracks().size(), "track") + ", " +
              report::counted(capture.steps().size(), "step"));
  for (const trace::Loss& loss : capture.losses()) {
    const std::string detail = loss.detail.empty() ? "" : ": " + loss.detail;
    out += line("Lost: " + report::count_words(loss.count) + " " + loss.kind + detail);
  }
  return out;
}

// REQUIRES: something was measured. One value is said once.
std::string distribution_text(const profile::Distribution& duration, bool has_others) {
  const std::string median = report::duration_words(duration.median);
  if (duration.count == 1) return (has_others ? "; the complete one takes " : ": ") + median + ".";
  return ": median " + median + ", mean " +
         report::duration_words(static_cast<std::int64_t>(duration.mean)) + ", p99 " +
         report::duration_words(duration.p99) + ", min " + report::duration_words(duration.min) +
         ", max " + report::duration_words(duration.max) + ".";
}

std::string steps_sentence(const report::StepFigures& figures) {
  const profile::Distribution& duration = figures.table.duration;
  const std::size_t incomplete = figures.table.steps.size() - duration.count;
  std::string text = report::counted(figures.table.steps.size(), "step");
  if (incomplete > 0) text += ", " + report::count_words(incomplete) + " of them not complete";
  if (duration.count == 0) return line(text + ".");
  std::string out = line(text + distribution_text(duration, incomplete > 0));
  if (figures.table.includes_device_work) {
    out += line("A step lasts until the device work that it launched has ended.");
  }
  return out;
}

std::string parts_text(const report::StepFigures& figures, std::size_t width) {
  const profile::StepParts& parts = figures.parts;
  const double mean_ns = figures.table.duration.mean;
  const DurationColumn duration(static_cast<std::int64_t>(mean_ns));
  TextTable table;
  table.add_text("mean step");
  table.add_number(duration.head(""));
  table.add_number("%");
  for (std::size_t key = 0; key < parts.keys.size(); ++key) {
    table.add_row({proto::category_name(parts.keys[key]), duration.cell(parts.mean_ns[key]),
                   share_cell(parts.mean_ns[key], mean_ns)});
  }
  table.add_row({"all", duration.cell(mean_ns), share_cell(mean_ns, mean_ns)});
  return table.text(width);
}

std::string devices_text(const std::vector<profile::DeviceBusy>& devices, std::size_t width) {
  std::int64_t largest_ns = 0;
  for (const profile::DeviceBusy& device : devices) {
    largest_ns = std::max(largest_ns, device.span_ns);
  }
  const DurationColumn duration(largest_ns);
  TextTable table;
  table.add_text("device", Cut::end);
  table.add_number("streams");
  for (const char* head : {"span", "busy", "idle"}) table.add_number(duration.head(head));
  table.add_number("idle %");
  for (const char* head : {"compute", "copy only", "comm. only"}) {
    table.add_number(duration.head(head));
  }
  std::string notes;
  for (const profile::DeviceBusy& device : devices) {
    const auto cell = [&](std::int64_t ns) { return duration.cell(static_cast<double>(ns)); };
    table.add_row(
        {device.name.empty() ? std::to_string(device.device) : device.name,
         std::to_string(device.stream_count), cell(device.span_ns), cell(device.busy_ns),
         cell(device.idle_ns),
         share_cell(static_cast<double>(device.idle_ns), static_cast<double>(device.span_ns)),
         cell(device.computation_ns), cell(device.memcpy_exposed_ns),
         cell(device.communication_exposed_ns)});
    if (device.left_over_count > 0) {
      notes += line("Not counted: " + report::count_words(device.left_over_count) +
                    " kernels and copies of " + device.name +
                    " that were launched before the recording began (" +
                    report::duration_words(device.left_over_busy_ns) + ").");
    }
  }
  return table.text(width) + notes;
}

std::string slow_text(const report::StepFigures& figures, std::size_t limit) {
  std::string out;
  std::size_t shown = 0;
  for (const profile::SlowStep& slow : figures.table.slow) {
    if (limit > 0 && shown == limit) break;
    out += line(report::slow_step_sentence(figures, slow));
    ++shown;
  }
  if (shown < figures.table.slow.size()) {
    out += line("And " + report::count_words(figures.table.slow.size() - shown) +
                " more slow steps; --limit 0 lists all.");
  }
  return out;
}

std::string step_note(const report::StepFigures& figures, std::size_t index) {
  const profile::StepTime& step = figures.table.steps[index];
  if (!step.complete) return "not complete";
  if (step.duration_ns <= figures.table.slow_above_ns) return "";
  return report::with_plain_spaces(
      "+" + report::duration_words(step.duration_ns - figures.table.duration.median));
}

TextTable step_rows(const report::StepFigures& figures, const std::vector<std::size_t>& shown) {
  std::int64_t latest_ns = 0;
  std::int64_t longest_ns = 0;
  for (const std::size_t index : shown) {
    latest_ns = std::max(latest_ns, figures.table.steps[index].start_ns);
    longest_ns = std::max(longest_ns, figures.table.steps[index].duration_ns);
  }
  const DurationColumn start(latest_ns);
  const DurationColumn duration(longest_ns);
  TextTable table;
  table.add_number("step");
  table.add_number(start.head("start"));
  table.add_number(duration.head("takes"));
  for (const proto::Category key : figures.parts.keys) {
    table.add_number(duration.head(proto::category_name(key)));
  }
  table.add_text("");
  for (const std::size_t index : shown) {
    const profile::StepTime& step = figures.table.steps[index];
    std::vector<std::string> cells = {std::to_string(step.number),
                                      start.cell(static_cast<double>(step.start_ns)),
                                      duration.cell(static_cast<double>(step.duration_ns))};
    for (const std::int64_t part_ns : figures.parts.parts_ns[index]) {
      cells.push_back(duration.cell(static_cast<double>(part_ns)));
    }
    cells.push_back(step_note(figures, index));
    table.add_row(std::move(cells));
  }
  return table;
}

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

TextTable range_rows(const profile::RangeTable& ranges, std::size_t shown) {
  const RangeUnits units(ranges, shown);
  TextTable table;
  table.add_text("range", Cut::middle);
  table.add_text("category");
  table.add_number("count");
  table.add_number(units.total.head("total"));
  table.add_number(units.total.head("self"));
  table.add_number("% of time");
  table.add_number(units.single.head("mean"));
  table.add_number(units.single.head("p50"));
  table.add_number(units.single.head("p99"));
  table.add_number(units.single.head("max"));
  if (ranges.step_count > 0) table.add_number(units.single.head("a step"));
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
    if (ranges.step_count > 0) {
      cells.push_back(units.single.cell(static_cast<double>(row.in_steps_ns) /
                                        static_cast<double>(ranges.step_count)));
    }
    table.add_row(std::move(cells));
  }
  return table;
}

}  // namespace

std::string overview_text(const trace::Trace& capture, const TextLayout& layout) {
  const report::StepFigures figures = report::step_figures(capture);
  const std::vector<profile::DeviceBusy> devices = profile::device_busy(capture);
  const report::Headline words = report::headline(capture, figures, devices);
  std::string out = head_text(capture);
  out += "\n" + line(words.finding);
  if (!words.advice.empty()) out += line(words.advice);
  if (!figures.table.steps.empty()) out += "\n" + steps_sentence(figures);
  if (figures.table.duration.count > 0) out += "\n" + parts_text(figures, layout.width_columns);
  if (!devices.empty()) out += "\n" + devices_text(devices, layout.width_columns);
  if (!figures.table.slow.empty()) out += "\n" + slow_text(figures, layout.row_limit);
  return out;
}

std::string steps_text(const trace::Trace& capture, const TextLayout& layout) {
  const report::StepFigures figures = report::step_figures(capture);
  std::string out = head_text(capture) + "\n";
  if (figures.table.steps.empty()) {
    const report::Headline words = report::headline(capture, figures, {});
    return out + line(words.finding) + line(words.advice);
  }
  const auto shown = report::steps_to_show(figures.table, layout.row_limit);
  out += steps_sentence(figures) + "\n" + step_rows(figures, shown).text(layout.width_columns);
  if (shown.size() < figures.table.steps.size()) {
    out += line("\u2026 " + std::to_string(shown.size()) + " of " +
                report::counted(figures.table.steps.size(), "step") +
                ": the first, the last, slow ones, others evenly; --limit 0 lists all.");
  }
  return out;
}

std::string ranges_text(const trace::Trace& capture, const TextLayout& layout) {
  const profile::RangeTable ranges = profile::range_table(capture);
  std::string out = head_text(capture) + "\n";
  if (ranges.rows.empty()) {
    return out + line("No range was recorded on the host.") +
           line("Add ranges with tbprof::Range, or with NVTX, to see where the time goes.");
  }
  const std::size_t shown =
      layout.row_limit == 0 ? ranges.rows.size() : std::min(layout.row_limit, ranges.rows.size());
  out += range_rows(ranges, shown).text(layout.width_columns);
  if (shown < ranges.rows.size()) {
    std::int64_t self_ns = 0;
    for (std::size_t i = shown; i < ranges.rows.size(); ++i) self_ns += ranges.rows[i].self_ns;
    out += line("\u2026 and " + report::counted(ranges.rows.size() - shown, "range") + " more, " +
                report::duration_words(self_ns) + " of self time; --limit 0 lists all.");
  }
  return out;
}

}  // namespace tbprof::cli
