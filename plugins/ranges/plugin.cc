// What ran how often and for how long. Routes: table and tree (JSON). Streams: ranges.csv.
// Parameters of all: where = host | device | all, track; of table and tree: limit; of tree: depth
// and path, once for each level from the root: the `key` of a node.
#include "plugins/plugin.h"

#include <memory>
#include <utility>

#include "analyzer/report/csv.h"
#include "analyzer/report/json.h"
#include "analyzer/report/ranges_report.h"

namespace tbprof::plugins::ranges {

namespace {

namespace profile = analyzer::profile;
namespace report = analyzer::report;

constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr std::int64_t kMaxRows = 100'000;
constexpr std::int64_t kMaxDepth = 16;
// Bounds the answer: a tree is asked for level by level.
constexpr std::int64_t kMaxChildren = 1000;

proto::Result<profile::RangeFilter> filter_of(const Params& params,
                                              const analyzer::trace::Trace& trace) {
  profile::RangeFilter filter;
  const std::string_view where = params.find("where").value_or("host");
  if (where != "host" && where != "device" && where != "all") {
    return proto::Error{
        proto::ErrorCode::invalid_argument,
        "The parameter 'where' must be host, device or all, not '" + std::string(where) + "'."};
  }
  filter.host = where != "device";
  filter.device = where != "host";
  if (params.find("track")) {
    const auto last = static_cast<std::int64_t>(trace.tracks().size()) - 1;
    filter.track =
        static_cast<analyzer::trace::TrackId>(TBPROF_TRY(params.integer("track", 0, last)));
  }
  return filter;
}

proto::Result<Answer> answer_table(const Question& question) {
  const TracePointer trace = TBPROF_TRY(question.trace());
  report::RangesOptions options;
  options.filter = TBPROF_TRY(filter_of(question.params, *trace));
  options.limit =
      static_cast<std::size_t>(TBPROF_TRY(question.params.integer_or("limit", 200, 1, kMaxRows)));
  return Answer{kJson, report::json_text(report::range_rows_report(*trace, options)), ""};
}

proto::Result<Answer> answer_tree(const Question& question) {
  const TracePointer trace = TBPROF_TRY(question.trace());
  report::RangesOptions options;
  options.filter = TBPROF_TRY(filter_of(question.params, *trace));
  options.limit = static_cast<std::size_t>(
      TBPROF_TRY(question.params.integer_or("limit", 50, 1, kMaxChildren)));
  options.depth =
      static_cast<std::size_t>(TBPROF_TRY(question.params.integer_or("depth", 2, 1, kMaxDepth)));
  for (const std::string_view key : question.params.all("path")) options.path.emplace_back(key);
  const report::Json json = report::range_tree_report(*trace, options);
  if (json["tree"].is_null()) {
    return proto::Error{proto::ErrorCode::not_found,
                        "The capture has no range with this path; ask for the tree without "
                        "'path' and follow the keys of its nodes."};
  }
  return Answer{kJson, report::json_text(json), ""};
}

proto::Result<NextPiece> open_csv(const Question& question) {
  struct State {
    profile::RangeTable table;
    std::size_t next = 0;
    bool head_sent = false;
  };
  const TracePointer trace = TBPROF_TRY(question.trace());
  auto state = std::make_shared<State>();
  state->table = profile::range_table(*trace, TBPROF_TRY(filter_of(question.params, *trace)));
  return NextPiece([state](std::string& piece) -> proto::Result<bool> {
    if (!std::exchange(state->head_sent, true)) piece += report::ranges_csv_head();
    while (state->next < state->table.rows.size() && piece.size() < kPieceBytes) {
      piece += report::ranges_csv_row(state->table, state->next++);
    }
    return state->next < state->table.rows.size();
  });
}

}  // namespace

Plugin plugin() {
  Plugin plugin;
  plugin.title = "Ranges";
  plugin.routes.push_back({"table", answer_table});
  plugin.routes.push_back({"tree", answer_tree});
  plugin.streams.push_back({"ranges.csv", kCsv, "ranges.csv", open_csv});
  return plugin;
}

}  // namespace tbprof::plugins::ranges
