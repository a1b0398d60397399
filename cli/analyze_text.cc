#include "cli/analyze_text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/profile/device_busy.h"
#include "analyzer/report/headline.h"
#include "analyzer/report/step_figures.h"
#include "analyzer/report/words.h"
#include "cli/analyze_prose.h"
#include "cli/figure_column.h"
#include "cli/text_table.h"

namespace tbprof::cli {

namespace {

namespace profile = analyzer::profile;
namespace report = analyzer::report;
namespace trace = analyzer::trace;

// REQUIRES: something was measured. One value is said once.
std::string distribution_text(const profile::Distribution& duration, bool has_others) {
  const std::string median = report::duration_words(duration.median);
  if (duration.count == 1) return (has_others ? "; the complete one takes " : ": ") + median + ".";
  return ": median " + median + ", mean " +
         report::duration_words(static_cast<std::int64_t>(duration.mean)) + ", p99 " +
         report::duration_words(duration.p99) + ", min " + report::duration_words(duration.min) +
         ", max " + report::duration_words(duration.max) + ".";
}

std::string steps_sentence(const report::StepFigures& figures, std::size_t width) {
  const profile::Distribution& duration = figures.table.duration;
  const std::size_t incomplete = figures.table.steps.size() - duration.count;
  std::string text = report::counted(figures.table.steps.size(), "step");
  if (incomplete > 0) text += ", " + report::count_words(incomplete) + " of them not complete";
  if (duration.count == 0) return prose(text + ".", width);
  std::string out = prose(text + distribution_text(duration, incomplete > 0), width);
  if (figures.table.includes_device_work) {
    out += prose("A step lasts until the device work that it launched has ended.", width);
  }
  return out;
}

std::string parts_text(const report::StepFigures& figures, std::size_t width) {
  const profile::StepParts& parts = figures.parts;
  const double mean_ns = figures.table.duration.mean;
  const DurationColumn duration(static_cast<std::int64_t>(mean_ns));
  TextTable table;
  table.add_text("mean step");
  table.add_number(duration.unit());
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
  table.add_number("streams", "", 2);
  for (const char* head : {"span", "busy", "idle"}) table.add_number(head, duration.unit());
  table.add_number("idle", "%");
  for (const char* head : {"compute", "copy only", "comm. only"}) {
    table.add_number(head, duration.unit(), 1);
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
      const bool is_one = device.left_over_count == 1;
      notes += prose("Not counted: " + report::count_words(device.left_over_count) +
                         (is_one ? " kernel or copy of " : " kernels and copies of ") +
                         device.name + " that " + (is_one ? "was" : "were") +
                         " launched before the recording began (" +
                         report::duration_words(device.left_over_busy_ns) + ").",
                     width);
    }
  }
  return table.text(width) + left_out_note(table, width) + notes;
}

std::string slow_text(const report::StepFigures& figures, const TextLayout& layout) {
  std::string out;
  std::size_t shown = 0;
  for (const profile::SlowStep& slow : figures.table.slow) {
    if (layout.row_limit > 0 && shown == layout.row_limit) break;
    out += prose(report::slow_step_sentence(figures, slow), layout.width_columns);
    ++shown;
  }
  if (const std::size_t more = figures.table.slow.size() - shown; more > 0) {
    out +=
        prose("And " + report::count_words(more) +
                  (more == 1 ? " more slow step" : " more slow steps") + "; --limit 0 lists all.",
              layout.width_columns);
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

// A part of which these steps have some; where there is no room the smallest goes first.
struct ShownPart {
  std::size_t key;
  std::size_t rank;
};

std::vector<ShownPart> shown_parts(const report::StepFigures& figures,
                                   const std::vector<std::size_t>& shown) {
  std::vector<std::int64_t> sums_ns(figures.parts.keys.size());
  for (const std::size_t index : shown) {
    for (std::size_t key = 0; key < sums_ns.size(); ++key) {
      sums_ns[key] += figures.parts.parts_ns[index][key];
    }
  }
  std::vector<ShownPart> parts;
  for (std::size_t key = 0; key < sums_ns.size(); ++key) {
    if (sums_ns[key] == 0) continue;
    const auto rank = 1 + std::count_if(sums_ns.begin(), sums_ns.end(),
                                        [&](std::int64_t other) { return other > sums_ns[key]; });
    parts.push_back({key, static_cast<std::size_t>(rank)});
  }
  return parts;
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
  const std::vector<ShownPart> parts = shown_parts(figures, shown);
  TextTable table;
  table.add_number("step");
  table.add_number("start", start.unit());
  table.add_number("takes", duration.unit());
  for (const ShownPart& part : parts) {
    table.add_number(proto::category_name(figures.parts.keys[part.key]), duration.unit(),
                     part.rank);
  }
  table.add_text("");
  for (const std::size_t index : shown) {
    const profile::StepTime& step = figures.table.steps[index];
    std::vector<std::string> cells = {std::to_string(step.number),
                                      start.cell(static_cast<double>(step.start_ns)),
                                      duration.cell(static_cast<double>(step.duration_ns))};
    for (const ShownPart& part : parts) {
      const std::int64_t part_ns = figures.parts.parts_ns[index][part.key];
      cells.push_back(duration.cell(static_cast<double>(part_ns)));
    }
    cells.push_back(step_note(figures, index));
    table.add_row(std::move(cells));
  }
  return table;
}

}  // namespace

std::string overview_text(const trace::Trace& capture, const TextLayout& layout) {
  const std::size_t width = layout.width_columns;
  const report::StepFigures figures = report::step_figures(capture);
  const std::vector<profile::DeviceBusy> devices = profile::device_busy(capture);
  const report::Headline words = report::headline(capture, figures, devices);
  std::string out = capture_head(capture, width);
  out += "\n" + prose(words.finding, width);
  if (!words.advice.empty()) out += prose(words.advice, width);
  if (!figures.table.steps.empty()) out += "\n" + steps_sentence(figures, width);
  if (figures.table.duration.count > 0) out += "\n" + parts_text(figures, width);
  if (!devices.empty()) out += "\n" + devices_text(devices, width);
  if (!figures.table.slow.empty()) out += "\n" + slow_text(figures, layout);
  return out;
}

std::string steps_text(const trace::Trace& capture, const TextLayout& layout) {
  const std::size_t width = layout.width_columns;
  const report::StepFigures figures = report::step_figures(capture);
  std::string out = capture_head(capture, width) + "\n";
  if (figures.table.steps.empty()) {
    const report::Headline words = report::headline(capture, figures, {});
    return out + prose(words.finding, width) + prose(words.advice, width);
  }
  const auto shown = report::steps_to_show(figures.table, layout.row_limit);
  const TextTable table = step_rows(figures, shown);
  out += steps_sentence(figures, width) + "\n" + table.text(width);
  if (shown.size() < figures.table.steps.size()) {
    out += prose("\u2026 " + std::to_string(shown.size()) + " of " +
                     report::counted(figures.table.steps.size(), "step") +
                     ": the first, the last, slow ones, others evenly; --limit 0 lists all.",
                 width);
  }
  return out + left_out_note(table, width);
}

}  // namespace tbprof::cli
