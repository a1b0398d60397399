#include "analyzer/trace/correlation.h"

#include <algorithm>
#include <tuple>

namespace tbprof::analyzer::trace {

void link_by_correlation(std::vector<CorrelatedSlice>& slices, std::vector<Link>& links) {
  std::sort(slices.begin(), slices.end(),
            [](const CorrelatedSlice& left, const CorrelatedSlice& right) {
              return std::tie(left.correlation_id, left.on_device, left.slice) <
                     std::tie(right.correlation_id, right.on_device, right.slice);
            });
  const CorrelatedSlice* host = nullptr;
  for (const CorrelatedSlice& entry : slices) {
    if (!entry.on_device) {
      if (host == nullptr || host->correlation_id != entry.correlation_id) host = &entry;
    } else if (host != nullptr && host->correlation_id == entry.correlation_id) {
      links.push_back({host->slice, entry.slice});
    }
  }
}

}  // namespace tbprof::analyzer::trace
