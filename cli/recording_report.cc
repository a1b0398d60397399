#include "cli/recording_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <vector>

#include "analyzer/file.h"
#include "analyzer/import/samples_reader.h"
#include "analyzer/load.h"
#include "analyzer/profile/steps.h"
#include "analyzer/report/loss_words.h"
#include "analyzer/report/window_words.h"
#include "analyzer/report/words.h"
#include "analyzer/samples_beside.h"
#include "analyzer/shell_word.h"
#include "analyzer/trace/trace.h"
#include "cli/python_options.h"

namespace tbprof::cli {
namespace {

using analyzer::trace::RecordingState;
using analyzer::trace::Trace;

// The files of one recording, one a process, taken together.
struct Recording {
  std::size_t files = 0;
  std::size_t steps = 0;
  std::size_t noted_steps = 0;  // outside of windows
  std::size_t windows = 0;
  std::string recorded;  // of the process with most steps, if it was recorded in windows
  bool is_windowed = false;
  std::size_t unfinished_steps = 0;
  std::uint64_t ranges = 0;         // on the host, without steps
  std::uint64_t device_slices = 0;  // kernels and copies
  std::uint64_t samples = 0;        // of counters, and instants
  std::uint64_t looks = 0;          // at threads, from outside
  std::uint64_t lost = 0;
  std::uint64_t gpu_memory_bytes = 0;  // the most that recording can have taken
  std::size_t most_steps = 0;          // complete ones of one process: the next is about that one
  std::int64_t median_step_ns = 0;
  std::size_t cut_files = 0;
  std::size_t live_files = 0;
  std::int64_t least_covered_ns = 0;  // since its start, of the cut ones
  std::int64_t most_covered_ns = 0;
  std::string hookless_option;  // of a Python whose PyTorch is not marked for it
  std::vector<std::string> problems;

  // Without a window, what is there only ran while recording was being switched off.
  bool has_no_window() const { return is_windowed && windows == 0; }
  bool is_empty() const {
    const bool has_slices = ranges > 0 || device_slices > 0 || samples > 0;
    return steps == 0 && lost == 0 && (!has_slices || has_no_window());
  }
};

void add_slices(const Trace& trace, Recording& recording) {
  for (const auto& track : trace.tracks()) {
    const bool is_device = track.kind == analyzer::trace::TrackKind::stream;
    for (const auto& lane : trace.lanes_of(track)) {
      if (is_device) {
        recording.device_slices += lane.slice_count;
        continue;
      }
      for (std::uint32_t i = 0; i < lane.slice_count; ++i) {
        const bool is_step = trace.category_of(lane.first_slice + i) == proto::Category::step;
        recording.ranges += is_step ? 0 : 1;
      }
    }
  }
}

void add_looks(const Trace& trace, Recording& recording) {
  for (const auto& row : trace.samples().rows) recording.looks += row.count;
}

std::uint64_t gpu_memory_bytes(const Trace& trace) {
  std::uint64_t total = 0;
  for (const proto::Property& property : trace.properties()) {
    if (!property.key.ends_with(".profiler_memory_bytes")) continue;
    std::uint64_t bytes = 0;
    std::from_chars(property.value.data(), property.value.data() + property.value.size(), bytes);
    total += bytes;
  }
  return total;
}

void add_command(const Trace& trace, Recording& recording) {
  for (const proto::Property& property : trace.properties()) {
    if (property.key != "command" || !recording.hookless_option.empty()) continue;
    recording.hookless_option = option_without_hook(property.value);
  }
}

void add(const Trace& trace, Recording& recording) {
  const auto steps = analyzer::profile::step_table(trace).duration;  // of complete ones
  recording.files += 1;
  add_command(trace, recording);
  recording.steps += trace.steps().size();
  recording.noted_steps += trace.windows().noted_steps.size();
  recording.windows += trace.windows().windows.size();
  recording.is_windowed |= trace.windows().is_windowed;
  recording.unfinished_steps += trace.steps().size() - steps.count;
  add_slices(trace, recording);
  for (const auto& counter : trace.counters()) recording.samples += counter.value.size();
  recording.samples += trace.instants().size();
  for (const auto& loss : trace.losses()) {
    if (analyzer::report::is_missing_events(loss.kind)) recording.lost += loss.count;
  }
  recording.gpu_memory_bytes += gpu_memory_bytes(trace);
  add_looks(trace, recording);
  if (recording.recorded.empty() || steps.count > recording.most_steps) {
    recording.recorded =
        analyzer::report::with_plain_spaces(analyzer::report::recorded_words(trace));
  }
  if (steps.count > recording.most_steps) {
    recording.most_steps = steps.count;
    recording.median_step_ns = steps.median;
  }
  const analyzer::trace::Source& source = trace.source();
  if (source.state == RecordingState::live) recording.live_files += 1;
  if (source.state != RecordingState::cut) return;
  const std::int64_t covered_ns = source.covered_until_ns;
  recording.least_covered_ns =
      recording.cut_files == 0 ? covered_ns : std::min(recording.least_covered_ns, covered_ns);
  recording.most_covered_ns = std::max(recording.most_covered_ns, covered_ns);
  recording.cut_files += 1;
}

bool has_trace(const std::string& samples, const std::vector<analyzer::FolderEntry>& entries) {
  return std::any_of(entries.begin(), entries.end(), [&](const analyzer::FolderEntry& entry) {
    return entry.name.ends_with(".tbtrace") &&
           analyzer::process_of_file(entry.name) == analyzer::process_of_file(samples);
  });
}

Recording read_recording(const RecordingPlace& place) {
  Recording recording;
  auto root = analyzer::Root::open(place.folder());
  if (!root.ok()) return recording;  // no process of the program recorded anything
  auto entries = root.value().list("");
  if (!entries.ok()) {
    recording.problems.push_back(entries.error().message);
    return recording;
  }
  for (const analyzer::FolderEntry& entry : entries.value()) {
    // Samples of a process that recorded something itself come with its trace.
    const bool is_alone = entry.name.ends_with(analyzer::import::kSamplesEnding) &&
                          !has_trace(entry.name, entries.value());
    if (!entry.name.ends_with(".tbtrace") && !is_alone) continue;
    const auto trace = analyzer::load(place.folder() + "/" + entry.name);
    if (trace.ok() && is_alone) {
      add_looks(*trace.value(), recording);
    } else if (trace.ok()) {
      add(*trace.value(), recording);
    } else {
      recording.problems.push_back(trace.error().message);
    }
  }
  return recording;
}

std::string duration(double nanoseconds) {
  if (nanoseconds < 1e3) return fmt::format("{:.0f} ns", nanoseconds);
  if (nanoseconds < 1e6) return fmt::format("{:.3g} µs", nanoseconds / 1e3);
  if (nanoseconds < 1e9) return fmt::format("{:.3g} ms", nanoseconds / 1e6);
  return fmt::format("{:.2f} s", nanoseconds / 1e9);
}

std::string counted(std::uint64_t count, const char* singular) {
  return fmt::format("{} {}{}", count, singular, count == 1 ? "" : "s");
}

std::string steps_text(const Recording& recording) {
  std::string text = counted(recording.steps, "step");
  if (recording.files == 1 && !recording.recorded.empty()) {
    text = recording.recorded;
  } else if (recording.noted_steps > 0) {
    text = fmt::format("{} of {}", recording.steps,
                       counted(recording.steps + recording.noted_steps, "step"));
  }
  std::vector<std::string> facts;
  if (recording.most_steps > 0) {
    facts.push_back("median " + duration(static_cast<double>(recording.median_step_ns)));
  }
  if (recording.unfinished_steps > 0) {
    facts.push_back(fmt::format("{} not complete", recording.unfinished_steps));
  }
  return facts.empty() ? text : fmt::format("{} ({})", text, fmt::join(facts, ", "));
}

// Only the program's own end is known: that a signal ended another process, or _exit or exec, is
// not seen.
std::string cut_text(const Recording& recording, const ProgramEnd& end) {
  std::string text;
  if (end.signal != 0) {
    text += fmt::format("; the program was killed ({})", strsignal(end.signal));
  }
  if (recording.cut_files == 0) return text;
  if (recording.files > 1) {
    text +=
        fmt::format("; {} of {} processes ended without closing {} recording", recording.cut_files,
                    recording.files, recording.cut_files == 1 ? "its" : "their");
  } else if (end.signal == 0) {
    text += "; it ended without closing its recording";
  }
  if (end.signal == 0) text += " (killed, _exit or exec)";
  const std::string least = duration(static_cast<double>(recording.least_covered_ns));
  const std::string most = duration(static_cast<double>(recording.most_covered_ns));
  return text + (recording.cut_files == 1
                     ? fmt::format(", recorded up to {} after its start", most)
                     : fmt::format(", recorded up to {} to {} after their start", least, most));
}

std::string what(const Recording& recording, const ProgramEnd& end) {
  std::string text =
      "recorded " + steps_text(recording) + " and " + counted(recording.ranges, "range");
  if (recording.device_slices > 0) {
    text +=
        fmt::format(", {} of the GPU", recording.device_slices == 1
                                           ? "1 activity"
                                           : fmt::format("{} activities", recording.device_slices));
  }
  if (recording.gpu_memory_bytes > 0) {
    text += fmt::format(" with at most {} MiB of GPU memory", recording.gpu_memory_bytes >> 20);
  }
  if (recording.files > 1) text += fmt::format(", of {} processes", recording.files);
  text += recording.lost == 0 ? ", nothing lost"
                              : fmt::format(", {} lost", counted(recording.lost, "event"));
  text += cut_text(recording, end);
  if (recording.live_files > 0) {
    text += fmt::format("; {} of its processes still recorded", recording.live_files);
  }
  return text;
}

// REQUIRES: nothing was recorded, and no file was unreadable.
std::string why_nothing(const Recording& recording, const std::string& program,
                        const ProgramEnd& end) {
  const std::string killed =
      end.signal == 0 ? "" : fmt::format("was killed ({}) ", strsignal(end.signal));
  if (recording.files == 0 && end.signal != 0) {
    return fmt::format("{} {}before it called tbprof or NVTX", program, killed);
  }
  if (recording.files == 0) {
    return fmt::format(
        "{} called neither tbprof nor NVTX (and a statically linked program cannot be seen); mark "
        "its steps as `tbprof run --help` shows",
        program);
  }
  if (recording.has_no_window()) {
    return fmt::format("no window was opened in {} that {} made",
                       counted(recording.noted_steps, "step"), program);
  }
  if (recording.cut_files > 0) {
    return fmt::format("{} {}before its first events were written", program,
                       end.signal != 0 ? killed
                                       : "ended without closing its recording (killed, _exit or "
                                         "exec), ");
  }
  return fmt::format("{} used tbprof or NVTX, but marked neither a step nor a range", program);
}

}  // namespace

std::string describe_recording(const RecordingPlace& place, const std::string& logdir_as_given,
                               const std::string& program, const ProgramEnd& end) {
  const Recording recording = read_recording(place);
  std::string text;
  for (const std::string& problem : recording.problems) text += "tbprof: " + problem + "\n";
  if (recording.is_empty()) {
    if (!recording.problems.empty()) return text;
    const std::string why = why_nothing(recording, program, end);
    if (recording.looks == 0) return "tbprof: nothing was recorded: " + why + ".\n";
    return "tbprof: no step or range was recorded: " + why +
           "\ntbprof: its threads were looked at " + counted(recording.looks, "time") +
           "; to see what they did: tbprof analyze " + analyzer::shell_word(place.folder()) +
           " --view samples\n";
  }
  text += "tbprof: " + what(recording, end) + "\n";
  if (!recording.hookless_option.empty()) {
    text += fmt::format(
        "tbprof: steps and phases of PyTorch are not marked by themselves, as Python was started "
        "with {}, which keeps tbprof's hook out; start it without\n",
        recording.hookless_option);
  }
  text += "tbprof: in " + place.folder() + "\n";
  text +=
      "tbprof: to see it: tbprof serve --logdir " + analyzer::shell_word(logdir_as_given) + "\n";
  return text;
}

}  // namespace tbprof::cli
