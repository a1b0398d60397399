#include "analyzer/report/capture_report.h"

#include "analyzer/report/device_words.h"
#include "analyzer/report/loss_words.h"
#include "analyzer/report/window_words.h"
#include "analyzer/report/words.h"

namespace tbprof::analyzer::report {

Json capture_json(const trace::Trace& trace) {
  const trace::Source& source = trace.source();
  Json json;
  json["state"] = trace::recording_state_name(source.state);
  json["state_detail"] = source.state_detail;
  json["format"] = source.format;
  json["path"] = source.path;
  json["size_bytes"] = source.size_bytes;
  json["covered_until_ns"] = source.covered_until_ns;
  json["start_unix_ms"] = trace.start_unix_ns() / 1'000'000;
  json["duration_ns"] = trace.duration_ns();
  json["recorded"] = with_plain_spaces(recorded_words(trace));
  json["windows"] = windows_json(trace);
  json["device_notes"] = Json::array();
  for (const std::string& sentence : device_sentences(trace)) {
    json["device_notes"].push_back(with_plain_spaces(sentence));
  }
  json["properties"] = Json::object();
  for (const proto::Property& property : trace.properties()) {
    json["properties"][property.key] = property.value;
  }
  return json;
}

Json counts_json(const trace::Trace& trace) {
  Json json;
  json["slices"] = trace.slice_count();
  json["steps"] = trace.steps().size();
  json["noted_steps"] = trace.windows().noted_steps.size();
  json["instants"] = trace.instants().size();
  json["counters"] = trace.counters().size();
  json["tracks"] = trace.tracks().size();
  json["links"] = trace.links_by_from().size();
  return json;
}

Json losses_json(const trace::Trace& trace) {
  Json json = Json::array();
  for (const trace::Loss& loss : trace.losses()) {
    json.push_back({{"kind", loss.kind},
                    {"label", loss_label(loss.kind)},
                    {"count", loss.count},
                    {"from_ns", loss.from_ns},
                    {"until_ns", loss.until_ns},
                    {"detail", loss_sentence(loss)},
                    {"meaning", loss_meaning(loss.kind)}});
  }
  return json;
}

}  // namespace tbprof::analyzer::report
