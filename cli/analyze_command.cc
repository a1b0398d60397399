#include "cli/analyze_command.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/load.h"
#include "analyzer/profile/ranges.h"
#include "analyzer/report/csv.h"
#include "analyzer/report/json.h"
#include "analyzer/report/overview_report.h"
#include "analyzer/report/ranges_report.h"
#include "analyzer/report/samples_report.h"
#include "cli/analyze_text.h"

namespace tbprof::cli {

namespace {

namespace profile = analyzer::profile;
namespace report = analyzer::report;
using analyzer::trace::Trace;

constexpr const char* kFooter =
    "JSON, by view; times in nanoseconds since the capture began; keys may be added, none goes:\n"
    "  overview  capture, counts, losses, steps, parts_mean, devices, headline\n"
    "  steps     capture, losses, steps, parts_mean\n"
    "  ranges    capture, losses, span_ns, step_count, headline, row_count, rows, others, tree\n"
    "  samples   capture, losses, seen_ns, cpu_ns, delay_ns, waiting_ns, looks,\n"
    "            threads[] tid, name, track, the same five, places, stacks[] the same, frames\n"
    "  capture   state (live, finished, cut), state_detail, format, path, start_unix_ms,\n"
    "            duration_ns, covered_until_ns, size_bytes, properties\n"
    "  losses[]  kind, label, count, from_ns, until_ns, detail, meaning\n"
    "  steps     count, complete_count, median_ns, mean_ns, p99_ns, min_ns, max_ns,\n"
    "            list[] number, name, start_ns, duration_ns, complete, parts {category: ns},\n"
    "            slow[] number, excess_ns, because_key, because_ns, sentence\n"
    "  rows[]    name, category, count, total_ns, self_ns, mean_ns, min_ns, max_ns, p50_ns,\n"
    "            p99_ns, per_step_ns\n"
    "  devices[] device, name, busy_ns, idle_ns, span_ns, computation_ns, memcpy_exposed_ns,\n"
    "            communication_exposed_ns, streams\n"
    "\n"
    "Exit status: 0; 1 if the path holds no capture that can be read; 2 for a wrong command line.\n"
    "\n"
    "Examples:\n"
    "  tbprof analyze runs                                the newest recording under runs/\n"
    "  tbprof analyze runs --view ranges --limit 50       the 50 longest ranges\n"
    "  tbprof analyze runs --format json | jq .steps.median_ns\n"
    "  tbprof analyze runs --view steps --format csv > steps.csv";

constexpr std::size_t kTextRows = 20;
constexpr std::size_t kWidthOfAFile = 120;
constexpr std::size_t kNarrowest = 40;

std::string text_output(const Trace& trace, const AnalyzeOptions& options) {
  const TextLayout layout{options.width_columns, options.limit.value_or(kTextRows)};
  switch (options.view) {
    case AnalyzeView::overview:
      return overview_text(trace, layout);
    case AnalyzeView::steps:
      return steps_text(trace, layout);
    case AnalyzeView::ranges:
      return ranges_text(trace, layout);
    case AnalyzeView::samples:
      return samples_text(trace, layout);
  }
  return "";
}

std::string json_output(const Trace& trace, const AnalyzeOptions& options) {
  switch (options.view) {
    case AnalyzeView::overview:
      return report::json_text(
                 report::overview_report(trace, options.limit.value_or(report::kOverviewSteps))) +
             "\n";
    case AnalyzeView::steps:
      return report::json_text(report::steps_report(trace, options.limit.value_or(0))) + "\n";
    case AnalyzeView::ranges: {
      report::RangesOptions ranges;
      ranges.limit = options.limit.value_or(0);
      return report::json_text(report::ranges_report(trace, ranges)) + "\n";
    }
    case AnalyzeView::samples:
      return report::json_text(report::samples_report(trace, options.limit.value_or(0))) + "\n";
  }
  return "";
}

std::string steps_csv(const Trace& trace, std::size_t limit) {
  const report::StepFigures figures = report::step_figures(trace);
  std::string out = report::steps_csv_head(figures);
  for (const std::size_t step : report::steps_to_show(figures.table, limit)) {
    out += report::steps_csv_row(trace, figures, step);
  }
  return out;
}

std::string ranges_csv(const Trace& trace, std::size_t limit) {
  const profile::RangeTable table = profile::range_table(trace);
  const std::size_t shown = limit == 0 ? table.rows.size() : std::min(limit, table.rows.size());
  std::string out = report::ranges_csv_head();
  for (std::size_t row = 0; row < shown; ++row) out += report::ranges_csv_row(table, row);
  return out;
}

std::string csv_output(const Trace& trace, const AnalyzeOptions& options) {
  switch (options.view) {
    case AnalyzeView::overview:
      return report::overview_csv(trace);
    case AnalyzeView::steps:
      return steps_csv(trace, options.limit.value_or(0));
    case AnalyzeView::ranges:
      return ranges_csv(trace, options.limit.value_or(0));
    case AnalyzeView::samples:
      return report::samples_csv(trace, options.limit.value_or(0));
  }
  return "";
}

// COLUMNS, where it is exported, is what the user wants; else the terminal's own.
std::size_t terminal_width() {
  if (const char* columns = std::getenv("COLUMNS")) {
    const long wanted = std::strtol(columns, nullptr, 10);
    if (wanted > 0) return std::max(static_cast<std::size_t>(wanted), kNarrowest);
  }
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 ||
      size.ws_col == 0) {
    return kWidthOfAFile;
  }
  return std::max<std::size_t>(size.ws_col, kNarrowest);
}

// A reader that went away (`| head`) has what it wanted; any other failure is reported.
int print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) {
    return 0;
  }
  if (errno == EPIPE) return 0;
  std::fprintf(stderr, "tbprof analyze: The output cannot be written: %s.\n", std::strerror(errno));
  return 1;
}

int analyze(const AnalyzeOptions& options) {
  const auto trace = analyzer::load(options.path);
  if (!trace.ok()) {
    std::fprintf(stderr, "tbprof analyze: %s\n", trace.error().message.c_str());
    return 1;
  }
  return print(analyze_output(*trace.value(), options));
}

template <typename Value>
using Choices = std::vector<std::pair<std::string, Value>>;

// An option that takes one of some words, the first of which is the default.
template <typename Value>
void add_choice(CLI::App& command, const std::string& flag, const std::string& description,
                const Choices<Value>& choices, std::function<void(Value)> set) {
  std::string words;
  for (const auto& [word, value] : choices) words += (words.empty() ? "" : "|") + word;
  const auto choose = [=](const std::string& text) {
    for (const auto& [word, value] : choices) {
      if (word == text) return set(value);
    }
    throw CLI::ValidationError(flag + " takes " + words + ", not '" + text + "'");
  };
  command.add_option_function<std::string>(flag, choose, description)
      ->type_name(words)
      ->default_str(choices.front().first);
}

std::size_t row_limit(const std::string& text) {
  std::size_t limit = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, limit);
  if (text.empty() || error != std::errc() || stop != end) {
    throw CLI::ValidationError("--limit takes a number of rows, 0 for all, not '" + text + "'");
  }
  return limit;
}

}  // namespace

std::string analyze_output(const Trace& trace, const AnalyzeOptions& options) {
  switch (options.format) {
    case AnalyzeFormat::text:
      return text_output(trace, options);
    case AnalyzeFormat::json:
      return json_output(trace, options);
    case AnalyzeFormat::csv:
      return csv_output(trace, options);
  }
  return "";
}

CLI::App* add_analyze_command(CLI::App& app, int& exit_status) {
  auto options = std::make_shared<AnalyzeOptions>();
  CLI::App* command = app.add_subcommand(
      "analyze", "Print where the time of a recording went, as tables, JSON or CSV");
  command
      ->add_option("PATH", options->path,
                   "A trace file (.tbtrace, or torch.profiler's .json or .json.gz),\n"
                   "or a folder: then the newest recording in it")
      ->required();
  add_choice<AnalyzeView>(*command, "--view",
                          "overview: what was found, steps, devices, losses;\n"
                          "steps: every step and its parts; ranges: time by name;\n"
                          "samples: what each thread was seen doing",
                          {{"overview", AnalyzeView::overview},
                           {"steps", AnalyzeView::steps},
                           {"ranges", AnalyzeView::ranges},
                           {"samples", AnalyzeView::samples}},
                          [options](AnalyzeView view) { options->view = view; });
  add_choice<AnalyzeFormat>(
      *command, "--format",
      "text: tables for a terminal, as wide as it is or as COLUMNS says;\n"
      "json: one object, as below; csv: units in the heads (overview: key and value)",
      {{"text", AnalyzeFormat::text}, {"json", AnalyzeFormat::json}, {"csv", AnalyzeFormat::csv}},
      [options](AnalyzeFormat format) { options->format = format; });
  command
      ->add_option_function<std::string>(
          "--limit", [options](const std::string& text) { options->limit = row_limit(text); },
          "Rows at most, 0 for all; without it 20 in a text table, all in JSON\n"
          "and CSV (of the steps of an overview 2000)")
      ->type_name("N");
  command->footer(kFooter);
  command->callback([options, &exit_status] {
    options->width_columns = terminal_width();
    exit_status = analyze(*options);
  });
  return command;
}

}  // namespace tbprof::cli
