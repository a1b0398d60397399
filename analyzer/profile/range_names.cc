#include "analyzer/profile/range_names.h"

#include <map>
#include <utility>

namespace tbprof::analyzer::profile {

namespace {

std::string without_number(const std::string& text) {
  const std::size_t last = text.find_last_not_of("0123456789");
  const std::size_t kept = last == std::string::npos ? 0 : last + 1;
  return kept == text.size() ? text : text.substr(0, kept) + "*";
}

}  // namespace

RangeNames::RangeNames(const trace::Trace& trace) {
  std::vector<bool> marks_step(trace.names().size(), false);
  for (const trace::Step& step : trace.steps()) {
    if (step.name < marks_step.size()) marks_step[step.name] = true;
  }
  std::map<std::pair<std::string, proto::Category>, RangeId> folded;
  for (std::size_t id = 0; id < trace.names().size(); ++id) {
    const trace::Name& name = trace.names()[id];
    auto range = static_cast<RangeId>(names_.size());
    if (marks_step[id] || name.category == proto::Category::step) {
      const std::string text = without_number(name.text);
      range = folded.try_emplace({text, name.category}, range).first->second;
      if (range == names_.size()) names_.push_back({text, name.category});
    } else {
      names_.push_back(name);
    }
    range_of_.push_back(range);
  }
}

}  // namespace tbprof::analyzer::profile
