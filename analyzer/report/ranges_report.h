// Ranges as JSON: the flat table and the tree, bounded. `tbprof analyze --view ranges --format
// json` prints it and the server answers with it. Pure functions of a sealed trace. Any thread.
//
//   {capture, losses, span_ns, step_count, headline: {finding, advice}, row_count,
//    rows: [{name, category, count, total_ns, self_ns, mean_ns, min_ns, max_ns, p50_ns, p99_ns,
//            longest_slice, per_step_ns}],
//    others: {rows, count, total_ns, self_ns},          what `limit` leaves out of the rows
//    tree: {name, category, key, count, total_ns, self_ns, mean_ns, min_ns, max_ns, longest_slice,
//           child_count,
//           children: [the same …], others: {nodes, count, total_ns}},
//    left_out_count}
// A node's `key` is "category:name" and tells it from its siblings; the keys from below the root
// to a node are its path. Children are cut at `limit` a node and `depth` levels; child_count says
// how many there are. The root has no name and no key. Definitions: profile/ranges.h.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "analyzer/profile/ranges.h"
#include "analyzer/report/json.h"
#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::report {

struct RangesOptions {
  profile::RangeFilter filter;
  std::size_t limit = 200;        // rows, and children of a node; 0: all
  std::size_t depth = 3;          // levels of the tree below the node asked for
  std::vector<std::string> path;  // keys of the node to begin with; empty: the root
};

Json ranges_report(const trace::Trace& trace, const RangesOptions& options = {});

// Only losses, headline and rows, or only the tree. The tree is null where no node has the path.
Json range_rows_report(const trace::Trace& trace, const RangesOptions& options = {});
Json range_tree_report(const trace::Trace& trace, const RangesOptions& options = {});

}  // namespace tbprof::analyzer::report
