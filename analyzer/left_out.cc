#include "analyzer/left_out.h"

#include "analyzer/import/utf8.h"

namespace tbprof::analyzer {
namespace {

constexpr std::size_t kInFull = 3;

// Behind "12 more ", in the order of LeftOutKind; one alone is told in full.
constexpr std::array<const char*, static_cast<std::size_t>(LeftOutKind::count)> kMore = {
    "folders lie too deep and were left out.",
    "names are not UTF-8; these were left out.",
    "links lead outside the log directory or nowhere.",
    "files or folders cannot be read.",
};

}  // namespace

void LeftOut::add(LeftOutKind kind, const std::string& sentence) {
  Kind& list = kinds_[static_cast<std::size_t>(kind)];
  // The one past the first few is kept until it is known whether it is the only one.
  if (list.first.size() > kInFull) {
    ++list.more;
    return;
  }
  std::string scratch;
  list.first.emplace_back(import::valid_utf8(sentence, scratch));
}

std::vector<std::string> LeftOut::sentences() const {
  std::vector<std::string> all;
  for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
    const Kind& list = kinds_[kind];
    const std::size_t in_full = list.more == 0 ? list.first.size() : kInFull;
    for (std::size_t i = 0; i < in_full; ++i) all.push_back(list.first[i]);
    if (list.more != 0) all.push_back(std::to_string(list.more + 1) + " more " + kMore[kind]);
  }
  return all;
}

}  // namespace tbprof::analyzer
