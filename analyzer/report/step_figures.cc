#include "analyzer/report/step_figures.h"

#include <algorithm>
#include <set>

#include "analyzer/report/words.h"

namespace tbprof::analyzer::report {

StepFigures step_figures(const trace::Trace& trace) {
  StepFigures figures;
  figures.table = profile::step_table(trace);
  figures.parts = profile::step_parts(trace, figures.table);
  return figures;
}

std::string slow_step_sentence(const StepFigures& figures, const profile::SlowStep& slow) {
  const profile::StepTime& step = figures.table.steps[slow.step];
  const profile::GrownPart grown = profile::grown_part(figures.parts, slow.step);
  std::string sentence = "Step " + std::to_string(step.number) + " takes " +
                         duration_words(slow.excess_ns) + " more than the median step";
  if (grown.grown_ns <= 0) return sentence + ".";
  const std::int64_t of_it_ns = std::min(grown.grown_ns, slow.excess_ns);
  return sentence + ", " + duration_words(of_it_ns) + " of it in " +
         part_words(figures.parts.keys[grown.key]) + ".";
}

std::vector<std::size_t> steps_to_show(const profile::StepTable& table, std::size_t limit) {
  const std::size_t count = table.steps.size();
  std::vector<std::size_t> all(count);
  for (std::size_t i = 0; i < count; ++i) all[i] = i;
  if (count <= limit || limit == 0) return all;
  std::set<std::size_t> shown{0, count - 1};
  for (const profile::SlowStep& slow : table.slow) {
    if (shown.size() >= limit / 2) break;
    shown.insert(slow.step);
  }
  std::vector<std::size_t> others;
  for (const std::size_t index : all) {
    if (!shown.contains(index)) others.push_back(index);
  }
  const std::size_t evenly = limit > shown.size() ? limit - shown.size() : 0;
  for (std::size_t i = 0; i < evenly; ++i) shown.insert(others[i * others.size() / evenly]);
  return {shown.begin(), shown.end()};
}

}  // namespace tbprof::analyzer::report
