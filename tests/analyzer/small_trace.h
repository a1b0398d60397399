// Builds small traces for tests: one process with threads and streams, times in nanoseconds.
// One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "analyzer/trace/trace.h"
#include "analyzer/trace/trace_builder.h"

namespace tbprof::analyzer::tests {

using proto::Category;

class SmallTrace {
 public:
  SmallTrace() {
    trace::Source source;
    source.path = "small.tbtrace";
    source.format = "tbtrace";
    builder_.set_source(source);
    builder_.set_start_ns(0);
  }

  trace::TraceBuilder& builder() { return builder_; }

  trace::TrackId thread(std::string name, std::int64_t tid = 1) {
    trace::Track track;
    track.kind = trace::TrackKind::thread;
    track.name = std::move(name);
    track.group = "python 1";
    track.tid = tid;
    return builder_.add_track(std::move(track));
  }

  trace::TrackId stream(std::int32_t device, std::int64_t number) {
    trace::Track track;
    track.kind = trace::TrackKind::stream;
    track.name = "stream " + std::to_string(number);
    track.group = "GPU " + std::to_string(device);
    track.device = device;
    track.stream = number;
    return builder_.add_track(std::move(track));
  }

  trace::RowId slice(trace::TrackId track, std::string_view name, Category category,
                     std::int64_t start_ns, std::int64_t end_ns) {
    return builder_.add_slice(track, start_ns, end_ns - start_ns,
                              builder_.intern_name(name, category));
  }

  void step(trace::TrackId track, std::int64_t number, std::int64_t start_ns, std::int64_t end_ns,
            bool complete = true) {
    trace::Step step;
    step.number = number;
    step.start_ns = start_ns;
    step.duration_ns = end_ns - start_ns;
    step.track = track;
    step.name = builder_.intern_name("step " + std::to_string(number), Category::step);
    step.complete = complete;
    builder_.add_step(step);
  }

  std::shared_ptr<const trace::Trace> seal() { return builder_.seal(); }

 private:
  trace::TraceBuilder builder_;
};

}  // namespace tbprof::analyzer::tests
