#include "analyzer/report/headline.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "analyzer/report/window_words.h"
#include "analyzer/report/words.h"

namespace tbprof::analyzer::report {

namespace {

using proto::Category;

// Shares of the time below which a loss is no finding.
constexpr double kSlowMatters = 0.01;
constexpr double kIdleMatters = 0.10;
constexpr double kPartMatters = 0.10;
constexpr double kLossMatters = 0.01;

struct Finding {
  double share = 0;
  Headline words;
};

double part_mean_ns(const profile::StepParts& parts, Category key) {
  const auto found = std::find(parts.keys.begin(), parts.keys.end(), key);
  return found == parts.keys.end()
             ? 0
             : parts.mean_ns[static_cast<std::size_t>(found - parts.keys.begin())];
}

// The longest part of the mean step, of those that `counts` lets in.
std::optional<Category> longest_part(const profile::StepParts& parts,
                                     const std::function<bool(Category)>& counts) {
  std::optional<Category> longest;
  double longest_ns = 0;
  for (std::size_t i = 0; i < parts.keys.size(); ++i) {
    if (!counts(parts.keys[i]) || parts.mean_ns[i] <= longest_ns) continue;
    longest = parts.keys[i];
    longest_ns = parts.mean_ns[i];
  }
  return longest;
}

std::string share_of_step(const StepFigures& figures, Category key) {
  return share_words(part_mean_ns(figures.parts, key), figures.table.duration.mean);
}

std::string input_advice(const StepFigures& figures) {
  return "Load input ahead of time or with more workers: input takes " +
         share_of_step(figures, Category::input) + " of a step.";
}

std::optional<Finding> slow_finding(const StepFigures& figures) {
  const profile::StepTable& table = figures.table;
  if (table.slow.empty()) return std::nullopt;
  std::int64_t excess_ns = 0;
  for (const profile::SlowStep& slow : table.slow) excess_ns += slow.excess_ns;
  Finding finding;
  finding.share = static_cast<double>(excess_ns) / static_cast<double>(table.duration.total);
  if (finding.share < kSlowMatters) return std::nullopt;
  const profile::SlowStep& worst = table.slow.front();
  const std::string number = std::to_string(table.steps[worst.step].number);
  finding.words.finding = std::to_string(table.slow.size()) + " of " +
                          counted(table.duration.count, "step") +
                          (table.slow.size() == 1 ? " is" : " are") + " slow: step " + number +
                          " takes " + duration_words(worst.excess_ns) + " more.";
  if (worst.step == 0 && table.slow.size() == 1) {
    finding.words.advice =
        "It is the first step, into which start-up work falls; judge the speed by the later ones, "
        "which take " +
        duration_words(table.duration.median) + ".";
    return finding;
  }
  const profile::GrownPart grown = profile::grown_part(figures.parts, worst.step);
  finding.words.advice = "Open step " + number + " in the timeline";
  if (grown.grown_ns > 0) {
    finding.words.advice += ": " + duration_words(std::min(grown.grown_ns, worst.excess_ns)) +
                            " of it are in " + part_words(figures.parts.keys[grown.key]);
  }
  finding.words.advice += ".";
  return finding;
}

std::string idle_advice(const StepFigures& figures) {
  const auto host_side = [](Category key) {
    return key == Category::runtime_api || key == Category::input ||
           key == Category::cpu_operator || key == Category::other;
  };
  const std::optional<Category> longest = longest_part(figures.parts, host_side);
  if (figures.table.duration.count == 0 || !longest) {
    return "Mark steps to see which part of one keeps the device waiting.";
  }
  const std::string share = share_of_step(figures, *longest);
  switch (*longest) {
    case Category::input:
      return input_advice(figures);
    case Category::runtime_api:
      return "Launch less often or with CUDA graphs: calls into the CUDA runtime take " + share +
             " of a step while the device does nothing.";
    case Category::cpu_operator:
      return "Give the device more at once: host code takes " + share +
             " of a step while the device does nothing.";
    default:
      return "Add ranges to the host code: during " + share +
             " of a step the device does nothing and nothing else was recorded.";
  }
}

std::optional<Finding> idle_finding(const StepFigures& figures,
                                    const std::vector<profile::DeviceBusy>& devices) {
  const profile::DeviceBusy* worst = nullptr;
  double worst_share = 0;
  for (const profile::DeviceBusy& device : devices) {
    if (device.span_ns == 0) continue;
    const double share = static_cast<double>(device.idle_ns) / static_cast<double>(device.span_ns);
    if (share <= worst_share) continue;
    worst = &device;
    worst_share = share;
  }
  if (worst == nullptr || worst_share < kIdleMatters) return std::nullopt;
  const std::string who = devices.size() == 1 || worst->name.empty() ? "The GPU" : worst->name;
  return Finding{
      worst_share,
      {who + " is idle " +
           share_words(static_cast<double>(worst->idle_ns), static_cast<double>(worst->span_ns)) +
           " of the time.",
       idle_advice(figures)}};
}

std::optional<Finding> part_finding(const StepFigures& figures, Category key,
                                    const std::string& subject, const std::string& advice) {
  const double mean_ns = figures.table.duration.mean;
  if (!(mean_ns > 0)) return std::nullopt;
  const double share = part_mean_ns(figures.parts, key) / mean_ns;
  if (share < kPartMatters) return std::nullopt;
  return Finding{share,
                 {subject + " takes " + share_of_step(figures, key) + " of a step.", advice}};
}

Headline without_window(const trace::Trace& trace) {
  const std::size_t steps = step_count_with_noted(trace);
  return {"No window was opened" + (steps > 0 ? " in " + counted(steps, "step") : "") + ".",
          "Record steps, a range or a time that the program comes to, or ask by `tbprof capture` "
          "while it runs."};
}

Headline without_steps(const trace::Trace& trace) {
  if (trace.slice_count() == 0) {
    const trace::RecordingWindows& recorded = trace.windows();
    if (recorded.is_windowed && recorded.windows.empty()) return without_window(trace);
    if (!trace.samples().empty()) {
      return {"No step or range was recorded, but what the threads did was seen.",
              "tbprof analyze --view samples prints it; PyTorch's steps are marked by themselves, "
              "those of other programs with tbprof.h or NVTX."};
    }
    if (trace.source().state == trace::RecordingState::cut) {
      return {"Nothing of this recording could be read.", trace.source().state_detail};
    }
    const bool is_live = trace.source().state == trace::RecordingState::live;
    return {is_live ? "Nothing has been recorded yet." : "Nothing is in this recording.",
            "Give the program steps and ranges with tbprof.h or NVTX, and record it with tbprof "
            "run."};
  }
  return {"No step was marked in " + duration_words(trace.duration_ns()) + ".",
          "Mark each step with tbprof::Step, in Python with tbprof.step(), or with an NVTX range "
          "named \u201cstep 1\u201d; their times then stand here."};
}

Headline no_complete_step(const trace::Trace& trace) {
  return {"No step is complete yet in " + duration_words(trace.duration_ns()) + ".",
          trace.source().state == trace::RecordingState::live
              ? "The figures appear with the end of the first step."
              : "Record for longer than one step takes."};
}

// Slow ones that together are too few to be the finding.
std::string few_slow(std::size_t count) {
  if (count == 0) return "none is slow.";
  return count_words(count) + (count == 1 ? " is slow." : " are slow.");
}

Headline nothing_wrong(const StepFigures& figures) {
  const profile::Distribution& duration = figures.table.duration;
  Headline words;
  words.finding = duration.count == 1
                      ? "The one complete step takes " + duration_words(duration.median) + "."
                      : counted(duration.count, "step") + " take " +
                            duration_words(duration.median) + " at the median; " +
                            few_slow(figures.table.slow.size());
  const std::optional<Category> longest =
      longest_part(figures.parts, [](Category) { return true; });
  if (!longest) return words;
  words.advice =
      *longest == Category::other
          ? "Add ranges to see more: nothing was recorded during " +
                share_of_step(figures, *longest) + " of a step."
          : "To make a step shorter, begin with its longest part: " + part_words(*longest) + ", " +
                share_of_step(figures, *longest) + ".";
  return words;
}

// Events that the recorder could not keep; damage of a file is not counted in events.
std::uint64_t lost_events(const trace::Trace& trace, std::string_view kind) {
  std::uint64_t lost = 0;
  for (const trace::Loss& loss : trace.losses()) lost += loss.kind == kind ? loss.count : 0;
  return lost;
}

std::uint64_t kept_events(const trace::Trace& trace) {
  std::uint64_t kept = trace.slice_count() + trace.instants().size();
  for (const trace::Counter& counter : trace.counters()) kept += counter.value.size();
  return kept;
}

// Said before all else where so much is missing that the figures may mislead.
std::optional<Headline> loss_headline(const trace::Trace& trace, const Headline& rest) {
  const std::uint64_t refused = lost_events(trace, "write_failed");
  const std::uint64_t lost = refused + lost_events(trace, "buffer_full") +
                             lost_events(trace, "memory_limit") +
                             lost_events(trace, "cupti_dropped");
  const auto all = static_cast<double>(lost + kept_events(trace));
  if (static_cast<double>(lost) < kLossMatters * all || lost == 0) return std::nullopt;
  const bool is_disk = 2 * refused > lost;
  return Headline{share_words(static_cast<double>(lost), all) + " of the events were lost" +
                      (is_disk ? ", because the disk refused them. " : ". ") + rest.finding,
                  is_disk ? "Make room on the disk and record again: the figures hold for the rest "
                            "only."
                          : "Record fewer or longer ranges, or with a larger TBPROF_BUFFER_KB: the "
                            "figures hold for the rest only."};
}

Headline headline_of_figures(const trace::Trace& trace, const StepFigures& figures,
                             const std::vector<profile::DeviceBusy>& devices) {
  const std::optional<Finding> candidates[] = {
      idle_finding(figures, devices),
      part_finding(figures, Category::input, "Input",
                   "Load input ahead of time or with more workers."),
      part_finding(figures, Category::communication, "Communication",
                   "Let communication run while something is computed: during this time nothing "
                   "is."),
      slow_finding(figures),
  };
  const Finding* worst = nullptr;
  for (const auto& candidate : candidates) {
    if (candidate && (worst == nullptr || candidate->share > worst->share)) worst = &*candidate;
  }
  if (worst != nullptr) return worst->words;
  if (figures.table.steps.empty()) return without_steps(trace);
  if (figures.table.duration.count == 0) return no_complete_step(trace);
  return nothing_wrong(figures);
}

}  // namespace

Headline headline(const trace::Trace& trace, const StepFigures& figures,
                  const std::vector<profile::DeviceBusy>& devices) {
  Headline words = headline_of_figures(trace, figures, devices);
  return loss_headline(trace, words).value_or(words);
}

}  // namespace tbprof::analyzer::report
