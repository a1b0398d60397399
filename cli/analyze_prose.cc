#include "cli/analyze_prose.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ctime>
#include <span>

#include "analyzer/report/device_words.h"
#include "analyzer/report/loss_words.h"
#include "analyzer/report/window_words.h"
#include "analyzer/report/words.h"
#include "cli/display_width.h"

namespace tbprof::cli {

namespace {

namespace report = analyzer::report;
namespace trace = analyzer::trace;

// A path can be copied from its line: it is never broken.
std::string unbroken(const std::string& text) { return printable(text) + "\n"; }

std::string when(const trace::Trace& capture) {
  const auto start_s = static_cast<std::time_t>(capture.start_unix_ns() / 1'000'000'000);
  // Some formats count from an arbitrary zero; a time of the seventies says nothing.
  return start_s > 365 * 86'400
             ? fmt::format(" from {:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(start_s))
             : "";
}

std::string losses_text(std::span<const trace::Loss> losses, std::size_t width) {
  std::string out;
  for (const trace::Loss& loss : losses) {
    const char* head = report::is_missing_events(loss.kind) ? "Lost: " : "Damaged: ";
    out += prose(head + report::loss_sentence(loss), width);
  }
  for (const std::string& meaning : report::loss_meanings(losses)) out += prose(meaning, width);
  return out;
}

// Which process of a distributed job it is.
std::string place(const trace::Trace& capture) {
  const std::string rank(capture.property("rank"));
  if (rank.empty()) return "";
  const std::string world_size(capture.property("world_size"));
  const std::string local_rank(capture.property("local_rank"));
  std::string text = ", rank " + rank;
  if (!world_size.empty()) text += " of " + world_size;
  if (!local_rank.empty() && local_rank != rank) text += " (rank " + local_rank + " of its node)";
  return text;
}

}  // namespace

std::string prose(const std::string& text, std::size_t width_columns) {
  // No-break spaces hold a number and its unit together until the lines are made.
  const std::string words = printable(text);
  std::string out;
  std::string line;
  for (std::size_t begin = 0; begin <= words.size();) {
    const std::size_t end = std::min(words.find(' ', begin), words.size());
    const std::string word = words.substr(begin, end - begin);
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width_columns) {
      out += line + "\n";
      line = word;
    } else {
      line += (begin == 0 ? "" : " ") + word;
    }
    begin = end + 1;
  }
  return report::with_plain_spaces(out + line) + "\n";
}

std::string capture_head(const trace::Trace& capture, std::size_t width_columns) {
  const trace::Source& source = capture.source();
  std::string out = unbroken(source.path.empty() ? "(no file)" : source.path);
  std::string state = trace::recording_state_name(source.state);
  if (!source.state_detail.empty()) state += ": " + source.state_detail;
  out += prose(source.format + ", " + state, width_columns);
  out += prose(report::duration_words(capture.duration_ns()) + when(capture) + place(capture) +
                   ": " + report::counted(capture.slice_count(), "slice") + " on " +
                   report::counted(capture.tracks().size(), "track") + ", " +
                   report::counted(capture.steps().size(), "step"),
               width_columns);
  const std::string recorded = report::recorded_words(capture);
  if (!recorded.empty()) out += prose("Recorded: " + recorded + ".", width_columns);
  for (const std::string& sentence : report::device_sentences(capture)) {
    out += prose(sentence, width_columns);
  }
  return out + losses_text(capture.losses(), width_columns);
}

std::string left_out_note(const TextTable& table, std::size_t width_columns) {
  const std::vector<std::string> heads = table.left_out(width_columns);
  if (heads.empty()) return "";
  return prose(fmt::format("No room for {}: a wider terminal, COLUMNS=200 or --format csv has {}.",
                           fmt::join(heads, ", "), heads.size() == 1 ? "it" : "them"),
               width_columns);
}

}  // namespace tbprof::cli
