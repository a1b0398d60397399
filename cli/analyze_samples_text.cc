#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/profile/sample_table.h"
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
using profile::SampledTime;
using profile::StackFrame;
using profile::ThreadRow;

constexpr std::size_t kCallersShown = 6;

std::string share_of(std::int64_t part_ns, std::int64_t whole_ns) {
  return share_cell(static_cast<double>(part_ns), static_cast<double>(whole_ns));
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string place_words(const ThreadRow& thread) {
  return thread.places.empty() ? "" : thread.places[0].name;
}

TextTable thread_rows(const profile::SampleTable& samples, std::size_t shown) {
  std::int64_t longest_ns = 0;
  for (const ThreadRow& thread : samples.threads) {
    longest_ns = std::max(longest_ns, thread.time.seen_ns);
  }
  const DurationColumn seen(longest_ns);
  TextTable table;
  table.add_text("thread", Cut::middle);
  table.add_number("id", "", 4);
  table.add_number("seen", seen.unit());
  table.add_number("on a CPU", "%");
  table.add_number("for a CPU", "%", 1);
  table.add_number("waiting", "%");
  table.add_text("mostly in", std::nullopt, 2);
  table.add_number("looks", "", 3);
  for (std::size_t i = 0; i < shown; ++i) {
    const ThreadRow& thread = samples.threads[i];
    const SampledTime& time = thread.time;
    table.add_row(
        {thread.name, std::to_string(thread.tid), seen.cell(static_cast<double>(time.seen_ns)),
         share_of(time.cpu_ns, time.seen_ns), share_of(time.delay_ns, time.seen_ns),
         share_of(time.waiting_ns, time.seen_ns), place_words(thread), std::to_string(time.looks)});
  }
  return table;
}

std::string place_of(const StackFrame& frame) {
  const std::string file = base_name(frame.file);
  return frame.line == 0 ? file : file + ":" + std::to_string(frame.line);
}

std::string callers(const std::vector<StackFrame>& frames) {
  std::string text;
  for (std::size_t i = 1; i < frames.size() && i <= kCallersShown; ++i) {
    text += (i == 1 ? "" : " \u2190 ") + frames[i].function;
  }
  return frames.size() > kCallersShown + 1 ? text + " \u2190 \u2026" : text;
}

struct ShownStack {
  const ThreadRow* thread;
  const profile::StackRow* stack;
};

// Of all threads, those seen longest doing something; waiting alone is no news.
std::vector<ShownStack> longest_stacks(const profile::SampleTable& samples) {
  std::vector<ShownStack> stacks;
  for (const ThreadRow& thread : samples.threads) {
    for (const profile::StackRow& stack : thread.stacks) stacks.push_back({&thread, &stack});
  }
  std::stable_sort(stacks.begin(), stacks.end(), [](const auto& left, const auto& right) {
    return left.stack->time.seen_ns > right.stack->time.seen_ns;
  });
  return stacks;
}

TextTable stack_rows(const std::vector<ShownStack>& stacks, std::size_t shown) {
  const DurationColumn seen(stacks.empty() ? 0 : stacks[0].stack->time.seen_ns);
  TextTable table;
  table.add_text("function", Cut::end);
  table.add_text("line", Cut::middle);
  table.add_text("thread", Cut::middle, 1);
  table.add_number("seen", seen.unit());
  table.add_number("of thread", "%", 3);
  table.add_number("on a CPU", "%");
  table.add_number("waiting", "%", 2);
  table.add_text("called from", Cut::end, 4);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& [thread, stack] = stacks[i];
    const SampledTime& time = stack->time;
    table.add_row({stack->frames[0].function, place_of(stack->frames[0]), thread->name,
                   seen.cell(static_cast<double>(time.seen_ns)),
                   share_of(time.seen_ns, thread->time.seen_ns),
                   share_of(time.cpu_ns, time.seen_ns), share_of(time.waiting_ns, time.seen_ns),
                   callers(stack->frames)});
  }
  return table;
}

std::string more(std::size_t shown, std::size_t all, const char* what, std::size_t width) {
  if (shown == all) return "";
  return prose("\u2026 and " + report::counted(all - shown, what) + " more; --limit 0 lists all.",
               width);
}

// How it was looked at, as the file says.
std::string manner(const trace::Trace& capture) {
  const std::string rate(capture.property("sampler.rate_hz"));
  if (rate.empty()) return "";
  std::string text = "Looked at " + rate + " times a second from outside";
  if (const auto lowest = capture.property("sampler.lowest_rate_hz"); !lowest.empty()) {
    text += ", at times only " + std::string(lowest) + ", as more took over 3 % of a core";
  }
  if (const auto percent = capture.property("sampler.core_percent"); !percent.empty()) {
    text += "; it took " + std::string(percent) + " % of a core";
  }
  if (const auto torn = capture.property("sampler.torn_stacks"); !torn.empty()) {
    const std::string whole(capture.property("sampler.stacks"));
    text += ". Of the stacks, " + std::string(torn) +
            " changed while they were read and are left "
            "out, " +
            (whole.empty() ? "0" : whole) + " were whole";
  }
  if (const auto problem = capture.property("python.problem"); !problem.empty()) {
    text += ". There are no Python stacks: " + std::string(problem);
  }
  return text + ".";
}

}  // namespace

std::string samples_text(const trace::Trace& capture, const TextLayout& layout) {
  const std::size_t width = layout.width_columns;
  const profile::SampleTable samples = profile::sample_table(capture);
  std::string out = capture_head(capture, width) + "\n";
  if (samples.threads.empty()) {
    return out + prose("Nobody looked at its threads.", width) +
           prose(
               "`tbprof run` does, 200 times a second, unless --sample-rate 0 or --quiet is given.",
               width);
  }
  out += prose(manner(capture), width) + "\n";
  const auto bounded = [&](std::size_t count) {
    return layout.row_limit == 0 ? count : std::min(layout.row_limit, count);
  };
  const std::size_t threads = bounded(samples.threads.size());
  const TextTable thread_table = thread_rows(samples, threads);
  out += thread_table.text(width) + more(threads, samples.threads.size(), "thread", width);
  const std::vector<ShownStack> stacks = longest_stacks(samples);
  if (stacks.empty()) {
    if (!capture.property("python.problem").empty()) return out;  // said above
    return out + "\n" + prose("No stacks: they are read of Python programs only.", width);
  }
  const std::size_t shown = bounded(stacks.size());
  const TextTable table = stack_rows(stacks, shown);
  out += "\n" + table.text(width) + more(shown, stacks.size(), "stack", width);
  return out + "\n" +
         prose(
             "On a CPU and waiting are shares of the time seen; what is missing to 100 it was "
             "ready and waited for a CPU. A line is the one seen longest.",
             width) +
         left_out_note(table, width);
}

}  // namespace tbprof::cli
