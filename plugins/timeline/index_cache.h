// Keeps the timeline index of the traces that are being looked at. An index lives as long as
// somebody else holds its trace. Any thread.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "analyzer/timeline/timeline_index.h"
#include "plugins/plugin.h"

namespace tbprof::plugins::timeline {

class IndexCache {
 public:
  // Built at the first question about a trace; questions that come meanwhile wait for it.
  // REQUIRES: the caller holds the trace for as long as it uses the index.
  std::shared_ptr<const analyzer::timeline::TimelineIndex> index_of(const TracePointer& trace);

 private:
  struct Entry {
    std::weak_ptr<const analyzer::trace::Trace> trace;
    std::once_flag built;
    std::shared_ptr<const analyzer::timeline::TimelineIndex> index;
  };
  std::mutex mutex_;
  std::vector<std::shared_ptr<Entry>> entries_;
};

}  // namespace tbprof::plugins::timeline
