// Which range names are steps: alternatives divided by '|', in each the last '#' stands for a
// number of decimal digits, everything else for itself without regard to case (ASCII).
// "step #|ProfilerStep##" takes "Step 12" and "profilerstep#12". The whole name must match.
// Borrows the pattern. Immutable: any thread, also a signal handler.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "proto/category.h"

namespace tbprof::collector {

struct NumberedName {
  std::int64_t number = 0;
  std::string_view stem;  // the name before the number, without blanks and '#' at its end
};

class StepPattern {
 public:
  constexpr explicit StepPattern(std::string_view pattern) : pattern_(pattern) {}
  std::optional<NumberedName> match(std::string_view name) const;
  // Only ranges that say nothing better of themselves are asked for a step's number.
  std::optional<NumberedName> match(std::string_view name, proto::Category category) const;

 private:
  std::string_view pattern_;
};

}  // namespace tbprof::collector
