#include "plugins/timeline/index_cache.h"

namespace tbprof::plugins::timeline {

std::shared_ptr<const analyzer::timeline::TimelineIndex> IndexCache::index_of(
    const TracePointer& trace) {
  std::shared_ptr<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [](const auto& kept) { return kept->trace.expired(); });
    for (const auto& kept : entries_) {
      // An expired trace's address may come again, hence the comparison by owner.
      if (!kept->trace.owner_before(trace) && !trace.owner_before(kept->trace)) entry = kept;
    }
    if (entry == nullptr) {
      entry = std::make_shared<Entry>();
      entry->trace = trace;
      entries_.push_back(entry);
    }
  }
  std::call_once(entry->built, [&] {
    entry->index = std::make_shared<const analyzer::timeline::TimelineIndex>(*trace);
  });
  return entry->index;
}

}  // namespace tbprof::plugins::timeline
