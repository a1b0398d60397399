#include "analyzer/report/overview_report.h"

#include "analyzer/profile/device_busy.h"
#include "analyzer/report/capture_report.h"
#include "analyzer/report/headline.h"
#include "analyzer/report/step_figures.h"

namespace tbprof::analyzer::report {

namespace {

const char* division_name(profile::StepDivision division) {
  return division == profile::StepDivision::by_priority ? "by_priority" : "by_self_time";
}

Json step_json(const trace::Trace& trace, const StepFigures& figures, std::size_t index) {
  const profile::StepTime& step = figures.table.steps[index];
  Json json;
  json["number"] = step.number;
  json["start_ns"] = step.start_ns;
  json["duration_ns"] = step.duration_ns;
  json["complete"] = step.complete;
  json["name"] = step.name < trace.names().size() ? trace.names()[step.name].text : "";
  json["marked_start_ns"] = step.marked_start_ns;
  json["marked_duration_ns"] = step.marked_duration_ns;
  Json& parts = json["parts"] = Json::object();
  for (std::size_t key = 0; key < figures.parts.keys.size(); ++key) {
    parts[proto::category_name(figures.parts.keys[key])] = figures.parts.parts_ns[index][key];
  }
  return json;
}

Json slow_json(const StepFigures& figures, const profile::SlowStep& slow) {
  const profile::StepTime& step = figures.table.steps[slow.step];
  const profile::GrownPart grown = profile::grown_part(figures.parts, slow.step);
  Json json;
  json["number"] = step.number;
  json["start_ns"] = step.start_ns;
  json["duration_ns"] = step.duration_ns;
  json["excess_ns"] = slow.excess_ns;
  json["because_key"] = proto::category_name(figures.parts.keys[grown.key]);
  json["because_ns"] = grown.grown_ns;
  json["sentence"] = slow_step_sentence(figures, slow);
  return json;
}

Json steps_json(const trace::Trace& trace, const StepFigures& figures, std::size_t limit) {
  const profile::StepTable& table = figures.table;
  const std::vector<std::size_t> shown = steps_to_show(table, limit);
  Json json;
  json["count"] = table.steps.size();
  json["complete_count"] = table.duration.count;
  json["steps_shown"] = shown.size();
  json["median_ns"] = table.duration.median;
  json["mean_ns"] = table.duration.mean;
  json["p99_ns"] = table.duration.p99;
  json["min_ns"] = table.duration.min;
  json["max_ns"] = table.duration.max;
  json["slow_above_ns"] = table.slow_above_ns;
  json["between_ns"] = table.between_ns;
  json["division"] = division_name(figures.parts.division);
  json["includes_device_work"] = table.includes_device_work;
  Json& keys = json["part_keys"] = Json::array();
  for (const proto::Category key : figures.parts.keys) keys.push_back(proto::category_name(key));
  Json& list = json["list"] = Json::array();
  for (const std::size_t index : shown) list.push_back(step_json(trace, figures, index));
  Json& slow_list = json["slow"] = Json::array();
  for (const profile::SlowStep& slow : table.slow) {
    if (limit > 0 && slow_list.size() >= limit) break;
    slow_list.push_back(slow_json(figures, slow));
  }
  return json;
}

Json parts_mean_json(const StepFigures& figures) {
  Json json = Json::object();
  for (std::size_t key = 0; key < figures.parts.keys.size(); ++key) {
    json[proto::category_name(figures.parts.keys[key])] = figures.parts.mean_ns[key];
  }
  return json;
}

Json device_json(const profile::DeviceBusy& device) {
  Json json;
  json["device"] = device.device;
  json["name"] = device.name;
  json["busy_ns"] = device.busy_ns;
  json["idle_ns"] = device.idle_ns;
  json["span_ns"] = device.span_ns;
  json["computation_ns"] = device.computation_ns;
  json["communication_exposed_ns"] = device.communication_exposed_ns;
  json["memcpy_exposed_ns"] = device.memcpy_exposed_ns;
  json["streams"] = device.stream_count;
  json["start_ns"] = device.start_ns;
  json["left_over_count"] = device.left_over_count;
  json["left_over_busy_ns"] = device.left_over_busy_ns;
  return json;
}

}  // namespace

Json overview_report(const trace::Trace& trace, std::size_t step_limit) {
  const StepFigures figures = step_figures(trace);
  const std::vector<profile::DeviceBusy> devices = profile::device_busy(trace);
  Json json;
  json["capture"] = capture_json(trace);
  json["counts"] = counts_json(trace);
  json["losses"] = losses_json(trace);
  json["steps"] = steps_json(trace, figures, step_limit);
  json["parts_mean"] = parts_mean_json(figures);
  Json& list = json["devices"] = Json::array();
  for (const profile::DeviceBusy& device : devices) list.push_back(device_json(device));
  const Headline words = headline(trace, figures, devices);
  json["headline"] = {{"finding", words.finding}, {"advice", words.advice}};
  return json;
}

Json steps_report(const trace::Trace& trace, std::size_t step_limit) {
  const StepFigures figures = step_figures(trace);
  Json json;
  json["capture"] = capture_json(trace);
  json["losses"] = losses_json(trace);
  json["steps"] = steps_json(trace, figures, step_limit);
  json["parts_mean"] = parts_mean_json(figures);
  return json;
}

}  // namespace tbprof::analyzer::report
