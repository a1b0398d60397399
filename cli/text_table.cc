#include "cli/text_table.h"

#include <algorithm>
#include <utility>

namespace tbprof::cli {

namespace {

constexpr std::size_t kGap = 2;
// A cut column stays wide enough to tell names apart.
constexpr std::size_t kNarrowest = 16;

}  // namespace

void TextTable::add_text(std::string head, std::optional<Cut> cut) {
  columns_.push_back({std::move(head), false, cut});
}

void TextTable::add_number(std::string head) {
  columns_.push_back({std::move(head), true, std::nullopt});
}

void TextTable::add_row(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> TextTable::widths(std::size_t width) const {
  std::vector<std::size_t> result;
  for (const Column& column : columns_) result.push_back(display_width(column.head));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      result[i] = std::max(result[i], display_width(row[i]));
    }
  }
  std::size_t total = kGap * (columns_.size() - 1);
  for (const std::size_t column_width : result) total += column_width;
  for (std::size_t i = 0; i < columns_.size() && total > width; ++i) {
    if (!columns_[i].cut || result[i] <= kNarrowest) continue;
    const std::size_t given = std::min(total - width, result[i] - kNarrowest);
    result[i] -= given;
    total -= given;
  }
  return result;
}

void TextTable::add_line(const std::vector<std::string>& cells,
                         const std::vector<std::size_t>& widths, std::string& out) const {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string cell =
        columns_[i].cut ? cut_to_width(cells[i], widths[i], *columns_[i].cut) : cells[i];
    const std::string padding(widths[i] - std::min(widths[i], display_width(cell)), ' ');
    if (i > 0) line.append(kGap, ' ');
    line += columns_[i].is_number ? padding + cell : cell + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

std::string TextTable::text(std::size_t width) const {
  if (columns_.empty()) return "";
  const std::vector<std::size_t> column_widths = widths(width);
  std::vector<std::string> heads;
  for (const Column& column : columns_) heads.push_back(column.head);
  std::string out;
  add_line(heads, column_widths, out);
  for (const auto& row : rows_) add_line(row, column_widths, out);
  return out;
}

}  // namespace tbprof::cli
