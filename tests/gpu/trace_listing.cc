// Prints what a recording holds, by name and number, as JSON: the side of the recorder in the
// comparison with truth.json.
// usage: gpu_trace_listing PATH
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analyzer/load.h"

namespace tbprof::tests {
namespace {

using analyzer::trace::SliceId;
using analyzer::trace::Trace;
using nlohmann::json;
using proto::Category;
using proto::TrackKind;

// Of each kernel so many starts and durations are listed.
constexpr std::uint64_t kMostListed = 1000;

struct Sum {
  std::uint64_t count = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t linked = 0;  // to the call that started it
  std::uint64_t total_ns = 0;
  std::map<std::string, std::uint64_t> shapes;
  std::vector<std::pair<std::int64_t, std::int64_t>> times_ns;  // start, duration
};

json to_json(const Sum& sum) {
  json out = {{"count", sum.count}, {"linked", sum.linked}, {"total_ns", sum.total_ns}};
  if (sum.size_bytes > 0) out["bytes"] = sum.size_bytes;
  if (!sum.shapes.empty()) out["shapes"] = sum.shapes;
  if (sum.count <= kMostListed) out["times_ns"] = sum.times_ns;
  return out;
}

json to_json(const std::map<std::string, Sum>& sums) {
  json out = json::object();
  for (const auto& [name, sum] : sums) out[name] = to_json(sum);
  return out;
}

using Values = std::unordered_map<SliceId, std::string>;

Values values_of(const Trace& trace, std::string_view key) {
  Values values;
  for (const auto& attribute : trace.attributes()) {
    if (attribute.key != key) continue;
    for (std::size_t i = 0; i < attribute.slice.size(); ++i) {
      values[attribute.slice[i]] = trace.value_text(attribute.value[i]);
    }
  }
  return values;
}

std::string_view value_of(const Values& values, SliceId slice) {
  const auto found = values.find(slice);
  return found != values.end() ? found->second : std::string_view();
}

class Listing {
 public:
  explicit Listing(const Trace& trace)
      : trace_(trace),
        bytes_(values_of(trace, "bytes")),
        grids_(values_of(trace, "grid")),
        blocks_(values_of(trace, "block")) {}

  json list() {
    for (SliceId id = 0; id < trace_.slice_count(); ++id) add(id);
    std::sort(busy_.begin(), busy_.end());
    json out = {{"state", recording_state_name(trace_.source().state)},
                {"size_bytes", trace_.source().size_bytes},
                {"slices", trace_.slice_count()},
                {"steps", trace_.steps().size()},
                {"kernels", to_json(kernels_)},
                {"graph_launches", to_json(graphs_)},
                {"copies", to_json(copies_)},
                {"memsets", to_json(memsets_)},
                {"calls", calls_},
                {"waits", waits_},
                {"overheads", overheads_},
                {"launches_by_thread", threads_}};
    out["streams"] = json::array();
    for (const auto& [track, count] : streams_) out["streams"].push_back(count);
    add_rest(out);
    return out;
  }

 private:
  void add(SliceId id) {
    const auto& track = trace_.tracks()[trace_.lane_of(id).track];
    const auto& name = trace_.names()[trace_.slice(id).name];
    switch (name.category) {
      case Category::kernel:
        add_work(name.text.starts_with("CUDA graph ") ? graphs_["replays"] : kernels_[name.text],
                 id);
        busy_.emplace_back(trace_.slice(id).start_ns, trace_.slice(id).end_ns());
        break;
      case Category::memcpy:
        add_work(copies_[name.text], id);
        break;
      case Category::memset:
        add_work(memsets_[name.text], id);
        break;
      case Category::runtime_api:
      case Category::driver_api:
        ++calls_[name.text];
        if (name.text == "cudaLaunchKernel") ++threads_[std::to_string(track.tid)];
        return;
      case Category::synchronization:
        ++waits_[name.text];
        return;
      case Category::overhead:
        ++overheads_[name.text];
        return;
      default:
        return;
    }
    if (track.kind == TrackKind::stream) ++streams_[trace_.lane_of(id).track];
  }

  void add_work(Sum& sum, SliceId id) {
    const auto slice = trace_.slice(id);
    ++sum.count;
    sum.total_ns += static_cast<std::uint64_t>(slice.duration_ns);
    if (!trace_.links_to(id).empty()) ++sum.linked;
    const std::string_view bytes = value_of(bytes_, id);
    if (!bytes.empty()) sum.size_bytes += std::stoull(std::string(bytes));
    const std::string_view grid = value_of(grids_, id);
    if (!grid.empty()) {
      ++sum.shapes[std::string(grid) + " " + std::string(value_of(blocks_, id))];
    }
    if (sum.times_ns.size() <= kMostListed) {
      sum.times_ns.emplace_back(slice.start_ns, slice.duration_ns);
    }
  }

  void add_rest(json& out) const {
    out["losses"] = json::object();
    for (const auto& loss : trace_.losses()) out["losses"][loss.kind] = loss.count;
    out["properties"] = json::object();
    for (const auto& property : trace_.properties())
      out["properties"][property.key] = property.value;
    out["counters"] = json::object();
    for (const auto& counter : trace_.counters()) {
      out["counters"][counter.name] = changes(counter);
      add_means(counter, out["counters"][counter.name]);
    }
  }

  // While a kernel ran, and while none did; times within a kernel's first and last millisecond,
  // which a sample may straddle, are of neither.
  void add_means(const analyzer::trace::Counter& counter, json& out) const {
    constexpr std::int64_t kEdgeNs = 1'000'000;
    double busy = 0;
    double idle = 0;
    std::size_t busy_count = 0;
    std::size_t idle_count = 0;
    for (std::size_t i = 0; i < counter.value.size(); ++i) {
      const std::int64_t time_ns = counter.time_ns[i];
      const auto next = std::upper_bound(busy_.begin(), busy_.end(),
                                         std::pair<std::int64_t, std::int64_t>(time_ns, INT64_MAX));
      const bool is_first = next == busy_.begin();
      const std::int64_t until_next_ns = next == busy_.end() ? kEdgeNs : next->first - time_ns;
      const std::int64_t since_start_ns = is_first ? kEdgeNs : time_ns - std::prev(next)->first;
      const std::int64_t since_end_ns = is_first ? kEdgeNs : time_ns - std::prev(next)->second;
      if (since_start_ns >= kEdgeNs && since_end_ns <= -kEdgeNs) {
        busy += counter.value[i];
        ++busy_count;
      } else if (since_end_ns >= kEdgeNs && until_next_ns >= kEdgeNs) {
        idle += counter.value[i];
        ++idle_count;
      }
    }
    out["values"] = counter.value.size();
    out["mean_while_busy"] = busy_count > 0 ? busy / static_cast<double>(busy_count) : 0;
    out["mean_while_idle"] = idle_count > 0 ? idle / static_cast<double>(idle_count) : 0;
  }

  static json changes(const analyzer::trace::Counter& counter) {
    Sum up;
    Sum down;
    double before = 0;
    double highest = 0;
    for (const double value : counter.value) {
      Sum& sum = value >= before ? up : down;
      ++sum.count;
      sum.size_bytes +=
          static_cast<std::uint64_t>(value >= before ? value - before : before - value);
      highest = std::max(highest, value);
      before = value;
    }
    return {{"rises", up.count},   {"risen_by", up.size_bytes},
            {"falls", down.count}, {"fallen_by", down.size_bytes},
            {"highest", highest},  {"last", before}};
  }

  const Trace& trace_;
  const Values bytes_, grids_, blocks_;
  std::map<std::string, Sum> kernels_, graphs_, copies_, memsets_;
  std::map<std::string, std::uint64_t> calls_, waits_, overheads_, threads_;
  std::map<analyzer::trace::TrackId, std::uint64_t> streams_;
  std::vector<std::pair<std::int64_t, std::int64_t>> busy_;  // by start; kernels on streams overlap
};

}  // namespace
}  // namespace tbprof::tests

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: gpu_trace_listing PATH\n", stderr);
    return 2;
  }
  const auto trace = tbprof::analyzer::load(argv[1]);
  if (!trace.ok()) {
    std::fprintf(stderr, "gpu_trace_listing: %s\n", trace.error().message.c_str());
    return 1;
  }
  std::printf("%s\n", tbprof::tests::Listing(*trace.value()).list().dump(1).c_str());
  return 0;
}
