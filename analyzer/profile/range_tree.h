// The tree of ranges: the same path of names from the outermost range inwards is one node,
// whichever thread and step it ran in. Pure functions of a sealed trace, linear in its slices.
// Owns its nodes. Any thread.
//
// total, self, count   as in ranges.h, of the slices that lie on the path
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analyzer/profile/range_names.h"
#include "analyzer/profile/ranges.h"
#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::profile {

struct RangeNode {
  std::uint32_t parent = trace::kNone;
  RangeId range = trace::kNone;
  std::uint64_t count = 0;
  std::int64_t total_ns = 0;
  std::int64_t self_ns = 0;
  std::int64_t min_ns = 0;
  std::int64_t max_ns = 0;
  trace::SliceId longest = trace::kNone;  // the first that takes max_ns
  std::vector<std::uint32_t> children;    // largest total first
};

struct RangeTree {
  // Node 0 is the root: no range, and the sum of the outermost ones.
  std::vector<RangeNode> nodes;
  RangeNames names;
  // Slices on paths beyond kMaxRangeNodes, in no node; their time is self time of the node above.
  std::uint64_t left_out_count = 0;

  const trace::Name& name_of(const RangeNode& node) const { return names[node.range]; }
  // The child of that name and category, or kNone.
  std::uint32_t child(std::uint32_t node, std::string_view name, proto::Category category) const;
};

inline constexpr std::size_t kMaxRangeNodes = 1'000'000;

RangeTree range_tree(const trace::Trace& trace, const RangeFilter& filter = {});

}  // namespace tbprof::analyzer::profile
