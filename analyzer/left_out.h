// What a walk over a log directory left out, as sentences for the user: the first few of each kind
// in full, the rest of a kind as one count, so that a folder of a thousand dead links takes four
// lines. A value. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace tbprof::analyzer {

enum class LeftOutKind : std::size_t { too_deep, name_not_utf8, outside_link, unreadable, count };

class LeftOut {
 public:
  // `sentence` names the place; bytes in it that are not UTF-8 are replaced.
  void add(LeftOutKind kind, const std::string& sentence);

  std::vector<std::string> sentences() const;

 private:
  struct Kind {
    std::vector<std::string> first;
    std::size_t more = 0;
  };

  std::array<Kind, static_cast<std::size_t>(LeftOutKind::count)> kinds_;
};

}  // namespace tbprof::analyzer
