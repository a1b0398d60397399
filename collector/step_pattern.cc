#include "collector/step_pattern.h"

namespace tbprof::collector {

namespace {

constexpr std::size_t kMaxDigits = 18;  // fits an int64

bool is_digit(char c) { return c >= '0' && c <= '9'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

// What the alternative's '#' stands for in the name; empty if the name is another.
std::string_view digits_in(std::string_view alternative, std::string_view name) {
  const std::size_t mark = alternative.rfind('#');
  if (mark == std::string_view::npos) return {};
  const std::size_t fixed = alternative.size() - 1;
  if (name.size() <= fixed || name.size() - fixed > kMaxDigits) return {};
  const std::size_t tail = fixed - mark;
  // data() and sizes instead of substr, which can throw.
  if (!equal({alternative.data(), mark}, {name.data(), mark})) return {};
  if (!equal({alternative.data() + mark + 1, tail}, {name.data() + name.size() - tail, tail})) {
    return {};
  }
  const std::string_view digits(name.data() + mark, name.size() - fixed);
  for (const char c : digits) {
    if (!is_digit(c)) return {};
  }
  return digits;
}

}  // namespace

std::optional<NumberedName> StepPattern::match(std::string_view name) const {
  std::size_t begin = 0;
  while (begin < pattern_.size()) {
    std::size_t end = begin;
    while (end < pattern_.size() && pattern_[end] != '|') ++end;
    const std::string_view digits = digits_in({pattern_.data() + begin, end - begin}, name);
    if (!digits.empty()) {
      NumberedName found;
      for (const char c : digits) found.number = found.number * 10 + (c - '0');
      std::size_t stem = static_cast<std::size_t>(digits.data() - name.data());
      while (stem > 0 && (name[stem - 1] == ' ' || name[stem - 1] == '#')) --stem;
      found.stem = {name.data(), stem};
      return found;
    }
    begin = end + 1;
  }
  return std::nullopt;
}

std::optional<NumberedName> StepPattern::match(std::string_view name,
                                               proto::Category category) const {
  if (category != proto::Category::other && category != proto::Category::annotation) {
    return std::nullopt;
  }
  return match(name);
}

}  // namespace tbprof::collector
