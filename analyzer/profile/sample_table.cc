#include "analyzer/profile/sample_table.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace tbprof::analyzer::profile {
namespace {

using trace::kNoSample;
using trace::Sample;
using trace::Samples;
using trace::StackId;

// Stacks of the same functions, whatever their lines, get the same number.
class StackGroups {
 public:
  explicit StackGroups(const Samples& samples) {
    std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::uint32_t> known;
    group_.reserve(samples.stacks.size());
    for (const trace::SampleStack& stack : samples.stacks) {
      const std::uint32_t caller = stack.caller == kNoSample ? kNoSample : group_[stack.caller];
      const bool has_frame = stack.frame < samples.frames.size();
      const auto key =
          std::tuple(caller, has_frame ? samples.frames[stack.frame].function : kNoSample,
                     has_frame ? samples.frames[stack.frame].file : kNoSample);
      group_.push_back(
          known.try_emplace(key, static_cast<std::uint32_t>(known.size())).first->second);
    }
  }
  std::uint32_t of(StackId stack) const { return group_[stack]; }

 private:
  std::vector<std::uint32_t> group_;  // by stack
};

// More is no stack that was looked at: it would be written out for each row.
constexpr std::size_t kMostFrames = 512;

std::vector<StackFrame> frames_of(const Samples& samples, StackId stack) {
  std::vector<StackFrame> frames;
  for (; stack != kNoSample && frames.size() < kMostFrames; stack = samples.stacks[stack].caller) {
    const std::uint32_t id = samples.stacks[stack].frame;
    if (id >= samples.frames.size()) {
      frames.push_back({"?", "?", 0});
      continue;
    }
    const trace::SampleFrame& frame = samples.frames[id];
    frames.push_back({samples.text(frame.function), samples.text(frame.file), frame.line});
  }
  return frames;
}

template <typename Places>
std::vector<SampledPlace> longest_first(const Samples& samples, const Places& by_text) {
  std::vector<SampledPlace> places;
  for (const auto& [text, waiting_ns] : by_text) {
    if (waiting_ns > 0) places.push_back({samples.text(text), waiting_ns});
  }
  std::stable_sort(places.begin(), places.end(), [](const auto& left, const auto& right) {
    return left.waiting_ns > right.waiting_ns;
  });
  return places;
}

ThreadRow thread_row(const Samples& samples, const trace::SampledThread& thread,
                     const StackGroups& groups) {
  struct Group {
    SampledTime time;
    std::map<StackId, std::int64_t> seen_ns;  // by stack with its lines
  };
  ThreadRow row{thread.tid, thread.name, thread.track, {}, 0, {}, {}};
  std::map<std::uint32_t, std::int64_t> places;
  std::map<std::uint32_t, Group> by_group;
  for (const Sample& sample : samples.rows_of(thread)) {
    row.time.add(sample);
    if (sample.place != kNoSample) places[sample.place] += sample.waiting_ns();
    if (sample.stack == kNoSample) {
      row.without_stack_ns += sample.duration_ns;
      continue;
    }
    Group& group = by_group[groups.of(sample.stack)];
    group.time.add(sample);
    group.seen_ns[sample.stack] += sample.duration_ns;
  }
  row.places = longest_first(samples, places);
  for (const auto& [id, group] : by_group) {
    const auto longest = std::max_element(
        group.seen_ns.begin(), group.seen_ns.end(),
        [](const auto& left, const auto& right) { return left.second < right.second; });
    row.stacks.push_back({group.time, frames_of(samples, longest->first)});
  }
  std::stable_sort(row.stacks.begin(), row.stacks.end(), [](const auto& left, const auto& right) {
    return left.time.seen_ns > right.time.seen_ns;
  });
  return row;
}

}  // namespace

void SampledTime::add(const Sample& row) {
  seen_ns += row.duration_ns;
  cpu_ns += row.cpu_ns;
  delay_ns += row.delay_ns;
  looks += row.count;
  // Of sums: the kernel tells the time for a CPU when it is over, often in a later row.
  waiting_ns = std::max<std::int64_t>(seen_ns - cpu_ns - delay_ns, 0);
}

SampleTable sample_table(const trace::Trace& trace) {
  const Samples& samples = trace.samples();
  const StackGroups groups(samples);
  SampleTable table;
  for (const trace::SampledThread& thread : samples.threads) {
    table.threads.push_back(thread_row(samples, thread, groups));
    const SampledTime& time = table.threads.back().time;
    table.time.seen_ns += time.seen_ns;
    table.time.cpu_ns += time.cpu_ns;
    table.time.delay_ns += time.delay_ns;
    table.time.waiting_ns += time.waiting_ns;
    table.time.looks += time.looks;
  }
  std::stable_sort(table.threads.begin(), table.threads.end(),
                   [](const ThreadRow& left, const ThreadRow& right) {
                     return left.time.cpu_ns > right.time.cpu_ns;
                   });
  return table;
}

std::optional<SampledStretch> sampled_stretch(const trace::Trace& trace, trace::TrackId track,
                                              std::int64_t from_ns, std::int64_t until_ns) {
  const Samples& samples = trace.samples();
  SampledStretch stretch;
  std::map<std::uint32_t, std::int64_t> places;
  for (const trace::SampledThread& thread : samples.threads) {
    if (thread.track != track) continue;
    const auto rows = samples.rows_of(thread);
    auto row = std::lower_bound(
        rows.begin(), rows.end(), from_ns,
        [](const Sample& sample, std::int64_t time_ns) { return sample.end_ns() <= time_ns; });
    for (; row != rows.end() && row->start_ns < until_ns; ++row) {
      const std::int64_t part_ns =
          std::min(row->end_ns(), until_ns) - std::max(row->start_ns, from_ns);
      if (part_ns <= 0) continue;
      const double part = static_cast<double>(part_ns) / static_cast<double>(row->duration_ns);
      Sample cut = *row;
      cut.duration_ns = part_ns;
      cut.cpu_ns = static_cast<std::int64_t>(static_cast<double>(row->cpu_ns) * part);
      cut.delay_ns = static_cast<std::int64_t>(static_cast<double>(row->delay_ns) * part);
      stretch.time.add(cut);
      if (cut.place != kNoSample) places[cut.place] += cut.waiting_ns();
    }
  }
  if (stretch.time.looks == 0) return std::nullopt;
  stretch.places = longest_first(samples, places);
  return stretch;
}

}  // namespace tbprof::analyzer::profile
