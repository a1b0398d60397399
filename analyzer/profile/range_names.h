// Which names count as one range in tables and trees: a name with its category. The markers of
// steps ("ProfilerStep#7", "step 12") differ only in their number and count as one,
// "ProfilerStep#*". Owns the texts. Immutable. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::profile {

using RangeId = std::uint32_t;  // index into RangeNames

class RangeNames {
 public:
  explicit RangeNames(const trace::Trace& trace);
  std::size_t size() const { return names_.size(); }
  RangeId of(trace::NameId name) const { return range_of_[name]; }
  const trace::Name& operator[](RangeId range) const { return names_[range]; }

 private:
  std::vector<RangeId> range_of_;
  std::vector<trace::Name> names_;
};

}  // namespace tbprof::analyzer::profile
