#include "analyzer/import/loss_tally.h"

namespace tbprof::analyzer::import {

namespace {

// "[one|many]" becomes the one that the count asks for.
std::string in_number(std::string_view what, bool is_one) {
  std::string words;
  for (std::size_t open = what.find('['); open != std::string_view::npos; open = what.find('[')) {
    const std::size_t bar = what.find('|', open);
    const std::size_t close = what.find(']', open);
    words += what.substr(0, open);
    words += is_one ? what.substr(open + 1, bar - open - 1) : what.substr(bar + 1, close - bar - 1);
    what.remove_prefix(close + 1);
  }
  return words.append(what);
}

}  // namespace

void LossTally::add(std::string_view kind, std::string_view what, std::uint64_t offset,
                    std::uint64_t count) {
  if (count == 0) return;
  for (Entry& entry : entries_) {
    if (entry.kind == kind && entry.what == what) {
      entry.count += count;
      return;
    }
  }
  entries_.push_back({kind, what, count, offset});
}

std::uint64_t LossTally::count(std::string_view kind) const {
  std::uint64_t total = 0;
  for (const Entry& entry : entries_) {
    if (entry.kind == kind) total += entry.count;
  }
  return total;
}

void LossTally::report(trace::TraceBuilder& builder) const {
  for (const Entry& entry : entries_) {
    std::string detail =
        std::to_string(entry.count) + " " + in_number(entry.what, entry.count == 1);
    if (entry.first_offset != 0) {
      detail += (entry.count == 1 ? " (at byte " : " (the first at byte ") +
                std::to_string(entry.first_offset) + ")";
    }
    detail += ".";
    builder.add_loss({std::string(entry.kind), entry.count, 0, 0, std::move(detail)});
  }
}

}  // namespace tbprof::analyzer::import
