// The first page of a capture: what was recorded, how long its steps take and why, whether a
// device waits. Routes: report (JSON). Streams: steps.csv. Pushes: progress.
#include "plugins/plugin.h"

#include <memory>
#include <utility>

#include "analyzer/profile/steps.h"
#include "analyzer/report/csv.h"
#include "analyzer/report/json.h"
#include "analyzer/report/overview_report.h"

namespace tbprof::plugins::overview {

namespace {

namespace report = analyzer::report;

constexpr std::size_t kPieceBytes = 64 * 1024;

proto::Result<Answer> answer_report(const Question& question) {
  const TracePointer trace = TBPROF_TRY(question.trace());
  return Answer{kJson, report::json_text(report::overview_report(*trace)), ""};
}

proto::Result<NextPiece> open_steps_csv(const Question& question) {
  struct State {
    TracePointer trace;
    report::StepFigures figures;
    std::size_t next = 0;
    bool head_sent = false;
  };
  auto state = std::make_shared<State>();
  state->trace = TBPROF_TRY(question.trace());
  state->figures = report::step_figures(*state->trace);
  return NextPiece([state](std::string& piece) -> proto::Result<bool> {
    const std::size_t count = state->figures.table.steps.size();
    if (!std::exchange(state->head_sent, true)) piece += report::steps_csv_head(state->figures);
    while (state->next < count && piece.size() < kPieceBytes) {
      piece += report::steps_csv_row(*state->trace, state->figures, state->next++);
    }
    return state->next < count;
  });
}

// What a page shows of a recording that goes on: small, because it is sent at every change.
proto::Result<std::string> push_progress(const analyzer::trace::Trace& trace) {
  const analyzer::profile::StepTable table = analyzer::profile::step_table(trace);
  std::uint64_t lost = 0;
  for (const analyzer::trace::Loss& loss : trace.losses()) lost += loss.count;
  report::Json json;
  json["duration_ns"] = trace.duration_ns();
  json["steps"] = table.steps.size();
  json["complete_steps"] = table.duration.count;
  json["median_ns"] = table.duration.median;
  json["slices"] = trace.slice_count();
  json["lost"] = lost;
  json["state"] = analyzer::trace::recording_state_name(trace.source().state);
  return report::json_text(json);
}

}  // namespace

Plugin plugin() {
  Plugin plugin;
  plugin.title = "Overview";
  plugin.routes.push_back({"report", answer_report});
  plugin.streams.push_back({"steps.csv", kCsv, "steps.csv", open_steps_csv});
  plugin.pushes.push_back({"progress", push_progress});
  return plugin;
}

}  // namespace tbprof::plugins::overview
