#include "analyzer/report/words.h"

#include <array>
#include <cstdio>

namespace tbprof::analyzer::report {

namespace {

constexpr std::string_view kNoBreakSpace = "\u00a0";
constexpr std::string_view kNarrowNoBreakSpace = "\u202f";

std::string with_digits(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), value >= 9.995 ? "%.1f" : "%.2f", value);
  return text.data();
}

std::string grouped(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, kNarrowNoBreakSpace);
  return text;
}

}  // namespace

std::string duration_words(std::int64_t duration_ns) {
  const std::string sign = duration_ns < 0 ? "\u2212" : "";
  const double ns =
      duration_ns < 0 ? -static_cast<double>(duration_ns) : static_cast<double>(duration_ns);
  const std::string space(kNoBreakSpace);
  if (ns < 1e3) return sign + std::to_string(static_cast<std::int64_t>(ns)) + space + "ns";
  if (ns < 0.5e6) return sign + with_digits(ns / 1e3) + space + "µs";
  if (ns < 1e9) return sign + with_digits(ns / 1e6) + space + "ms";
  return sign + with_digits(ns / 1e9) + space + "s";
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
