#include "analyzer/report/csv.h"

#include "analyzer/report/overview_report.h"

namespace tbprof::analyzer::report {

namespace {

void flatten(const Json& json, const std::string& key, std::string& out) {
  if (json.is_object()) {
    for (const auto& [name, value] : json.items()) {
      flatten(value, key.empty() ? name : key + "." + name, out);
    }
  } else if (json.is_array()) {
    for (std::size_t i = 0; i < json.size(); ++i) {
      flatten(json[i], key + "." + std::to_string(i), out);
    }
  } else {
    const std::string value = json.is_string() ? json.get<std::string>() : json_text(json);
    out += csv_field(key) + "," + csv_field(value) + "\n";
  }
}

}  // namespace

std::string csv_field(std::string_view text) {
  // A leading sign of a formula is not defused: these are figures and names for scripts too.
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string steps_csv_head(const StepFigures& figures) {
  std::string line = "number,name,start_ns,duration_ns,complete,marked_start_ns,marked_duration_ns";
  for (const proto::Category key : figures.parts.keys) {
    line += "," + std::string(proto::category_name(key)) + "_ns";
  }
  return line + "\n";
}

std::string steps_csv_row(const trace::Trace& trace, const StepFigures& figures, std::size_t step) {
  const profile::StepTime& time = figures.table.steps[step];
  const std::string name = time.name < trace.names().size() ? trace.names()[time.name].text : "";
  std::string line =
      std::to_string(time.number) + "," + csv_field(name) + "," + std::to_string(time.start_ns) +
      "," + std::to_string(time.duration_ns) + "," + (time.complete ? "true" : "false") + "," +
      std::to_string(time.marked_start_ns) + "," + std::to_string(time.marked_duration_ns);
  for (const std::int64_t part_ns : figures.parts.parts_ns[step]) {
    line += "," + std::to_string(part_ns);
  }
  return line + "\n";
}

std::string ranges_csv_head() {
  return "name,category,count,total_ns,self_ns,mean_ns,min_ns,max_ns,p50_ns,p99_ns,"
         "in_steps_count,in_steps_ns\n";
}

std::string ranges_csv_row(const profile::RangeTable& table, std::size_t row) {
  const profile::RangeRow& range = table.rows[row];
  std::string line = csv_field(range.name) + "," + proto::category_name(range.category) + "," +
                     std::to_string(range.count);
  const auto count = static_cast<std::int64_t>(range.count);
  for (const std::int64_t value :
       {range.total_ns, range.self_ns, (range.total_ns + count / 2) / count, range.min_ns,
        range.max_ns, range.p50_ns, range.p99_ns}) {
    line += "," + std::to_string(value);
  }
  return line + "," + std::to_string(range.in_steps_count) + "," +
         std::to_string(range.in_steps_ns) + "\n";
}

std::string overview_csv(const trace::Trace& trace) {
  Json report = overview_report(trace, 1);
  report["steps"].erase("list");
  report["steps"].erase("steps_shown");
  std::string out = "key,value\n";
  flatten(report, "", out);
  return out;
}

}  // namespace tbprof::analyzer::report
