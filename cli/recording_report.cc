#include "cli/recording_report.h"

#include <fmt/format.h>

#include <cstring>
#include <string>
#include <vector>

#include "analyzer/file.h"
#include "analyzer/load.h"
#include "analyzer/profile/steps.h"
#include "analyzer/trace/trace.h"

namespace tbprof::cli {
namespace {

using analyzer::trace::RecordingState;
using analyzer::trace::Trace;

// The files of one recording, one a process, taken together.
struct Recording {
  std::size_t files = 0;
  std::size_t steps = 0;
  std::size_t ranges = 0;
  std::uint64_t lost = 0;
  std::size_t most_steps = 0;  // of one process: the next two are about that one
  std::int64_t median_step_ns = 0;
  std::int64_t covered_until_ns = 0;  // since its start
  bool cut = false;
  std::vector<std::string> problems;
};

void add(const Trace& trace, Recording& recording) {
  const auto steps = analyzer::profile::step_table(trace).duration;  // of complete ones
  recording.files += 1;
  recording.steps += steps.count;
  recording.ranges += trace.slice_count();
  for (const auto& loss : trace.losses()) recording.lost += loss.count;
  recording.cut = recording.cut || trace.source().state == RecordingState::cut;
  if (recording.files == 1 || steps.count > recording.most_steps) {
    recording.most_steps = steps.count;
    recording.median_step_ns = steps.median;
    recording.covered_until_ns = trace.source().covered_until_ns;
  }
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
    if (!entry.name.ends_with(".tbtrace")) continue;
    const auto trace = analyzer::load(place.folder() + "/" + entry.name);
    if (trace.ok()) {
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

std::string what(const Recording& recording, const ProgramEnd& end) {
  std::string text = "recorded " + counted(recording.steps, "step");
  if (recording.most_steps > 0) {
    text += " (median " + duration(static_cast<double>(recording.median_step_ns)) + ")";
  }
  text += " and " + counted(recording.ranges, "range");
  if (recording.files > 1) text += fmt::format(" of {} processes", recording.files);
  text += recording.lost == 0 ? ", nothing lost"
                              : fmt::format(", {} lost", counted(recording.lost, "event"));
  if (recording.cut) {
    text += end.signal != 0 ? fmt::format("; the program was killed ({})", strsignal(end.signal))
                            : std::string("; a process of the program was killed");
    text += fmt::format(", it is recorded up to {} after its start",
                        duration(static_cast<double>(recording.covered_until_ns)));
  }
  return text;
}

}  // namespace

std::string describe_recording(const RecordingPlace& place, const std::string& logdir_as_given,
                               const std::string& program, const ProgramEnd& end) {
  const Recording recording = read_recording(place);
  std::string text;
  for (const std::string& problem : recording.problems) text += "tbprof: " + problem + "\n";
  if (recording.steps + recording.ranges == 0) {
    if (!recording.problems.empty()) return text;
    return fmt::format(
        "tbprof: nothing was recorded, because {} called neither tbprof nor NVTX (and a "
        "statically linked program cannot be seen); mark its steps as `tbprof run --help` shows.\n",
        program);
  }
  text += "tbprof: " + what(recording, end) + "\n";
  text += "tbprof: in " + place.folder() + "\n";
  text += "tbprof: to see it: tbprof serve --logdir " + logdir_as_given + "\n";
  return text;
}

}  // namespace tbprof::cli
