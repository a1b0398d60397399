#include "cli/figure_column.h"

#include <fmt/format.h>

#include <cmath>

namespace tbprof::cli {

namespace {

std::string with_digits(double value, int digits) {
  if (value == 0) return "0";
  if (std::fabs(value) < 0.5 * std::pow(10, -digits)) {
    return fmt::format("<{:.{}f}", std::pow(10, -digits), digits);
  }
  return fmt::format("{:.{}f}", value, digits);
}

}  // namespace

DurationColumn::DurationColumn(std::int64_t largest_ns) : unit_("ns"), unit_ns_(1), digits_(0) {
  if (largest_ns < 10'000) return;
  if (largest_ns < 1'000'000) {
    unit_ = "µs";
    unit_ns_ = 1e3;
  } else if (largest_ns < 10'000'000'000) {
    unit_ = "ms";
    unit_ns_ = 1e6;
  } else {
    unit_ = "s";
    unit_ns_ = 1e9;
  }
  const double largest = static_cast<double>(largest_ns) / unit_ns_;
  digits_ = largest >= 100 ? 1 : (largest >= 10 ? 2 : 3);
}

std::string DurationColumn::cell(double duration_ns) const {
  return with_digits(duration_ns / unit_ns_, digits_);
}

std::string share_cell(double part, double whole) {
  return whole > 0 ? with_digits(100 * part / whole, 1) : "0";
}

}  // namespace tbprof::cli
