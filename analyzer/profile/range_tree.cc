#include "analyzer/profile/range_tree.h"

#include <algorithm>
#include <unordered_map>

#include "analyzer/profile/nesting_walk.h"

namespace tbprof::analyzer::profile {

namespace {

class TreeMaker {
 public:
  explicit TreeMaker(const trace::Trace& trace)
      : trace_(trace),
        tree_{{}, RangeNames(trace), 0},
        node_of_(trace.slice_count(), trace::kNone) {
    tree_.nodes.emplace_back();
  }

  void add(const trace::Track& track) {
    NestingWalk walk(trace_, track);
    while (walk.next()) {
      const trace::Slice& slice = walk.slice();
      const std::uint32_t above = walk.parent() == trace::kNone ? 0 : node_of_[walk.parent()];
      const std::uint32_t id =
          above == trace::kNone ? trace::kNone : child_of(above, tree_.names.of(slice.name));
      node_of_[slice.id] = id;
      if (id == trace::kNone) {
        ++tree_.left_out_count;
        continue;
      }
      RangeNode& node = tree_.nodes[id];
      node.min_ns = node.count == 0 ? slice.duration_ns : std::min(node.min_ns, slice.duration_ns);
      ++node.count;
      node.total_ns += slice.duration_ns;
      if (node.longest == trace::kNone || slice.duration_ns > node.max_ns) {
        node.max_ns = slice.duration_ns;
        node.longest = slice.id;
      }
      node.self_ns += slice.duration_ns;
      if (above == 0) {
        tree_.nodes[0].total_ns += slice.duration_ns;
      } else {
        tree_.nodes[above].self_ns -= walk.taken_ns();
      }
    }
  }

  RangeTree finish() {
    for (RangeNode& node : tree_.nodes) {
      std::sort(node.children.begin(), node.children.end(), [&](std::uint32_t a, std::uint32_t b) {
        const RangeNode& left = tree_.nodes[a];
        const RangeNode& right = tree_.nodes[b];
        if (left.total_ns != right.total_ns) return left.total_ns > right.total_ns;
        return tree_.name_of(left).text < tree_.name_of(right).text;
      });
    }
    return std::move(tree_);
  }

 private:
  std::uint32_t child_of(std::uint32_t above, RangeId range) {
    // Calls repeat: most often it is the child that was met last.
    std::uint32_t& last = last_child_[above];
    if (last != trace::kNone && tree_.nodes[last].range == range) return last;
    const std::uint64_t key = (std::uint64_t{above} << 32) | range;
    if (const auto found = node_at_.find(key); found != node_at_.end()) {
      return last = found->second;
    }
    const auto id = static_cast<std::uint32_t>(tree_.nodes.size());
    if (id >= kMaxRangeNodes) return trace::kNone;
    node_at_.emplace(key, id);
    tree_.nodes.emplace_back();
    tree_.nodes.back().parent = above;
    tree_.nodes.back().range = range;
    tree_.nodes[above].children.push_back(id);
    last = id;
    last_child_.push_back(trace::kNone);
    return id;
  }

  const trace::Trace& trace_;
  RangeTree tree_;
  std::vector<std::uint32_t> node_of_;  // by slice
  std::unordered_map<std::uint64_t, std::uint32_t> node_at_;
  std::vector<std::uint32_t> last_child_ = {trace::kNone};  // by node
};

}  // namespace

std::uint32_t RangeTree::child(std::uint32_t node, std::string_view name,
                               proto::Category category) const {
  for (const std::uint32_t id : nodes[node].children) {
    const trace::Name& candidate = name_of(nodes[id]);
    if (candidate.text == name && candidate.category == category) return id;
  }
  return trace::kNone;
}

RangeTree range_tree(const trace::Trace& trace, const RangeFilter& filter) {
  TreeMaker maker(trace);
  for (trace::TrackId id = 0; id < trace.tracks().size(); ++id) {
    if (filter.holds(trace.tracks()[id], id)) maker.add(trace.tracks()[id]);
  }
  return maker.finish();
}

}  // namespace tbprof::analyzer::profile
