#include "analyzer/report/words.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>

namespace tbprof::analyzer::report {

namespace {

constexpr std::string_view kNoBreakSpace = "\u00a0";
constexpr std::string_view kNarrowNoBreakSpace = "\u202f";

// As durationScale() of plugins/_kit/format.ts, so that sentences and pages show the same digits.
struct Scale {
  double from_ns;
  const char* unit;
  double unit_ns;
  int places;
};
constexpr Scale kScales[] = {
    {1e13, "s", 1e9, 0},    {1e11, "s", 1e9, 1},     {1e10, "s", 1e9, 2},
    {1e9, "ms", 1e6, 0},    {9.995e6, "ms", 1e6, 1}, {9.995e5, "ms", 1e6, 2},
    {9.95e4, "µs", 1e3, 0}, {9.995e3, "µs", 1e3, 1}, {999.5, "µs", 1e3, 2},
    {0, "ns", 1, 0},
};

std::string with_places(double value, int places) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", places, value);
  const std::string digits = text.data();
  const std::size_t point = std::min(digits.find('.'), digits.size());
  return grouped(std::stoull(digits.substr(0, point))) + digits.substr(point);
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, kNarrowNoBreakSpace);
  return text;
}

std::string duration_words(std::int64_t duration_ns) {
  const std::string sign = duration_ns < 0 ? "\u2212" : "";
  const double ns =
      duration_ns < 0 ? -static_cast<double>(duration_ns) : static_cast<double>(duration_ns);
  const auto scale = std::find_if(std::begin(kScales), std::end(kScales),
                                  [ns](const Scale& one) { return ns >= one.from_ns; });
  return sign + with_places(ns / scale->unit_ns, scale->places) + std::string(kNoBreakSpace) +
         scale->unit;
}

std::string share_words(double part, double whole) {
  const std::string percent = std::string(kNarrowNoBreakSpace) + "%";
  if (!(whole > 0) || part == 0) return "0" + percent;
  const double share = 100 * part / whole;
  if (share < 0.1) return std::string("<") + std::string(kNoBreakSpace) + "0.1" + percent;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", share);
  return text.data() + percent;
}

std::string count_words(std::uint64_t count) {
  if (count < 10'000) return grouped(count);
  const double value = static_cast<double>(count);
  const bool millions = count >= 999'500;
  const double scaled = value / (millions ? 1e6 : 1e3);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(),
                scaled >= 99.95 ? "%.0f" : (scaled >= 9.995 ? "%.1f" : "%.2f"), scaled);
  return text.data() + std::string(kNoBreakSpace) + (millions ? "M" : "k");
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return count_words(count) + std::string(kNoBreakSpace) + std::string(noun) +
         (count == 1 ? "" : "s");
}

std::string part_words(proto::Category part) {
  switch (part) {
    case proto::Category::kernel:
      return "kernels";
    case proto::Category::memcpy:
      return "copies";
    case proto::Category::runtime_api:
      return "the CUDA runtime";
    case proto::Category::cpu_operator:
      return "host code";
    case proto::Category::other:
      return "nothing recorded";
    default:
      return proto::category_name(part);
  }
}

std::string with_plain_spaces(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    if (text.substr(i).starts_with(kNoBreakSpace)) {
      result += ' ';
      i += kNoBreakSpace.size();
    } else if (text.substr(i).starts_with(kNarrowNoBreakSpace)) {
      result += ' ';
      i += kNarrowNoBreakSpace.size();
    } else {
      result += text[i++];
    }
  }
  return result;
}

}  // namespace tbprof::analyzer::report
