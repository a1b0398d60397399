#include "analyzer/report/window_words.h"

#include <vector>

#include "analyzer/profile/recorded_time.h"
#include "analyzer/report/words.h"

namespace tbprof::analyzer::report {
namespace {

constexpr std::size_t kMostSpans = 4;

const char* cause_name(proto::WindowCause cause) {
  switch (cause) {
    case proto::WindowCause::steps:
      return "steps";
    case proto::WindowCause::schedule:
      return "schedule";
    case proto::WindowCause::time:
      return "time";
    case proto::WindowCause::range:
      return "range";
    case proto::WindowCause::profiler:
      return "profiler";
    case proto::WindowCause::program:
      return "program";
    case proto::WindowCause::capture:
      return "capture";
  }
  return "unknown";
}

// "10-14, 30": the numbers of the recorded steps, in the order in which they ran.
std::string numbers_of_steps(const trace::Trace& trace) {
  std::vector<std::pair<std::int64_t, std::int64_t>> spans;
  for (const trace::Step& step : trace.steps()) {
    if (!spans.empty() && step.number > spans.back().second &&
        step.number - 1 == spans.back().second) {
      spans.back().second = step.number;
    } else {
      spans.emplace_back(step.number, step.number);
    }
  }
  std::string text;
  for (std::size_t i = 0; i < spans.size() && i < kMostSpans; ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(spans[i].first);
    if (spans[i].second != spans[i].first) text += "-" + std::to_string(spans[i].second);
  }
  if (spans.size() > kMostSpans) text += " …";
  return text;
}

std::string steps_words(const trace::Trace& trace) {
  const std::size_t all = step_count_with_noted(trace);
  const std::size_t recorded = trace.steps().size();
  if (recorded == 0) return "none of " + counted(all, "step");
  return (recorded == 1 ? "step " : "steps ") + numbers_of_steps(trace) + " of " +
         std::to_string(all);
}

}  // namespace

std::size_t step_count_with_noted(const trace::Trace& trace) {
  return trace.steps().size() + trace.windows().noted_steps.size();
}

std::string recorded_words(const trace::Trace& trace) {
  const trace::RecordingWindows& recorded = trace.windows();
  if (!recorded.is_windowed) return {};
  const std::size_t all = step_count_with_noted(trace);
  if (recorded.windows.empty()) {
    return "nothing: no window was opened" +
           (all > 0 ? " in " + counted(all, "step") : std::string());
  }
  bool is_by_step = all > 0;
  for (const trace::RecordingWindow& window : recorded.windows) {
    is_by_step &=
        window.cause == proto::WindowCause::steps || window.cause == proto::WindowCause::schedule;
  }
  if (is_by_step) return steps_words(trace);
  std::string text = counted(recorded.windows.size(), "window") + " of " +
                     duration_words(profile::recorded_ns(trace));
  if (recorded.windows.size() > 1) text += " together";
  return all > 0 ? text + ", with " + steps_words(trace) : text;
}

Json windows_json(const trace::Trace& trace) {
  if (!trace.windows().is_windowed) return nullptr;
  Json list = Json::array();
  for (const trace::RecordingWindow& window : trace.windows().windows) {
    list.push_back({{"start_ns", window.start_ns},
                    {"end_ns", window.end_ns},
                    {"cause", cause_name(window.cause)},
                    {"label", window.label}});
  }
  return list;
}

}  // namespace tbprof::analyzer::report
