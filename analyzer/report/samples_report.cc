#include "analyzer/report/samples_report.h"

#include <algorithm>

#include "analyzer/report/capture_report.h"
#include "analyzer/report/csv.h"

namespace tbprof::analyzer::report {
namespace {

using profile::SampledTime;
using profile::StackFrame;
using profile::StackRow;
using profile::ThreadRow;

void add_time(const SampledTime& time, Json& json) {
  json["seen_ns"] = time.seen_ns;
  json["cpu_ns"] = time.cpu_ns;
  json["delay_ns"] = time.delay_ns;
  json["waiting_ns"] = time.waiting_ns;
  json["looks"] = time.looks;
}

std::size_t shown(const ThreadRow& thread, std::size_t limit) {
  return limit == 0 ? thread.stacks.size() : std::min(limit, thread.stacks.size());
}

Json stack_json(const StackRow& stack) {
  Json json;
  add_time(stack.time, json);
  Json& frames = json["frames"] = Json::array();
  for (const StackFrame& frame : stack.frames) {
    frames.push_back({{"function", frame.function}, {"file", frame.file}, {"line", frame.line}});
  }
  return json;
}

Json thread_json(const ThreadRow& thread, std::size_t limit) {
  Json json;
  json["tid"] = thread.tid;
  json["name"] = thread.name;
  json["track"] = thread.track == trace::kNone ? Json() : Json(thread.track);
  add_time(thread.time, json);
  json["without_stack_ns"] = thread.without_stack_ns;
  Json& places = json["places"] = Json::array();
  for (const profile::SampledPlace& place : thread.places) {
    places.push_back({{"name", place.name}, {"waiting_ns", place.waiting_ns}});
  }
  json["stack_count"] = thread.stacks.size();
  Json& stacks = json["stacks"] = Json::array();
  for (std::size_t i = 0; i < shown(thread, limit); ++i) {
    stacks.push_back(stack_json(thread.stacks[i]));
  }
  return json;
}

std::string csv_row(const ThreadRow& thread, const SampledTime& time,
                    const std::vector<StackFrame>& frames) {
  std::string line = csv_field(thread.name) + "," + std::to_string(thread.tid);
  for (const std::int64_t value : {time.seen_ns, time.cpu_ns, time.delay_ns, time.waiting_ns}) {
    line += "," + std::to_string(value);
  }
  line += "," + std::to_string(time.looks);
  if (frames.empty()) return line + ",,,,\n";
  std::string stack;
  for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
    stack += (stack.empty() ? "" : ";") + frame->function;
  }
  return line + "," + csv_field(frames[0].function) + "," + csv_field(frames[0].file) + "," +
         (frames[0].line == 0 ? "" : std::to_string(frames[0].line)) + "," + csv_field(stack) +
         "\n";
}

}  // namespace

Json samples_report(const trace::Trace& trace, std::size_t limit) {
  const profile::SampleTable table = profile::sample_table(trace);
  Json json;
  json["capture"] = capture_json(trace);
  json["losses"] = losses_json(trace);
  add_time(table.time, json);
  Json& threads = json["threads"] = Json::array();
  for (const ThreadRow& thread : table.threads) threads.push_back(thread_json(thread, limit));
  return json;
}

std::string samples_csv(const trace::Trace& trace, std::size_t limit) {
  std::string out =
      "thread,tid,seen_ns,cpu_ns,delay_ns,waiting_ns,looks,function,file,line,stack\n";
  for (const ThreadRow& thread : profile::sample_table(trace).threads) {
    SampledTime rest = thread.time;
    for (std::size_t i = 0; i < thread.stacks.size(); ++i) {
      const SampledTime& time = thread.stacks[i].time;
      rest.seen_ns -= time.seen_ns;
      rest.cpu_ns -= time.cpu_ns;
      rest.delay_ns -= time.delay_ns;
      rest.waiting_ns -= time.waiting_ns;
      rest.looks -= time.looks;
      if (i < shown(thread, limit)) out += csv_row(thread, time, thread.stacks[i].frames);
    }
    if (rest.looks > 0) out += csv_row(thread, rest, {});
  }
  return out;
}

}  // namespace tbprof::analyzer::report
