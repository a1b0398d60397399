// Figures of one column of a table: one unit and one precision for all, chosen by the largest.
// Values. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tbprof::cli {

class DurationColumn {
 public:
  explicit DurationColumn(std::int64_t largest_ns);
  std::string unit() const { return unit_; }
  // "13.8"; "0" for nothing; "<0.1" for what is too small for the precision.
  std::string cell(double duration_ns) const;

 private:
  const char* unit_;
  double unit_ns_;
  int digits_;
};

// Percent with one digit, without the sign: "16.0", "0", "<0.1".
std::string share_cell(double part, double whole);

}  // namespace tbprof::cli
