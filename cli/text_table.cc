#include "cli/text_table.h"

#include <algorithm>
#include <utility>

namespace tbprof::cli {

namespace {

constexpr std::size_t kGap = 2;
// A cut column stays wide enough to tell names apart.
constexpr std::size_t kNarrowest = 24;

std::size_t sum_of(const std::vector<std::size_t>& widths, const std::vector<bool>& is_shown) {
  std::size_t total = 0;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (is_shown[i]) total += widths[i] + (total > 0 ? kGap : 0);
  }
  return total;
}

}  // namespace

void TextTable::add_text(std::string head, std::optional<Cut> cut, std::size_t rank) {
  columns_.push_back({std::move(head), "", false, cut, rank});
}

void TextTable::add_number(std::string head, std::string unit, std::size_t rank) {
  columns_.push_back({std::move(head), std::move(unit), true, std::nullopt, rank});
}

void TextTable::add_row(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

TextTable::Fit TextTable::fit(std::size_t width) const {
  Fit fit{std::vector<bool>(columns_.size(), true), {}};
  for (const Column& column : columns_) {
    fit.widths.push_back(std::max(display_width(column.head), display_width(column.unit)));
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      fit.widths[i] = std::max(fit.widths[i], display_width(row[i]));
    }
  }
  std::vector<std::size_t> least = fit.widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].cut) least[i] = std::min(least[i], kNarrowest);
  }
  while (sum_of(least, fit.is_shown) > width) {
    std::size_t worst = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (fit.is_shown[i] && columns_[i].rank > 0 && columns_[i].rank >= columns_[worst].rank) {
        worst = i;
      }
    }
    if (columns_[worst].rank == 0 || !fit.is_shown[worst]) break;
    fit.is_shown[worst] = false;
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::size_t total = sum_of(fit.widths, fit.is_shown);
    if (total <= width) break;
    if (fit.is_shown[i]) fit.widths[i] -= std::min(total - width, fit.widths[i] - least[i]);
  }
  return fit;
}

void TextTable::add_line(const std::vector<std::string>& cells, const Fit& fit,
                         std::string& out) const {
  std::string line;
  bool is_first = true;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!fit.is_shown[i]) continue;
    const std::size_t width = fit.widths[i];
    const std::string cell =
        columns_[i].cut ? cut_to_width(cells[i], width, *columns_[i].cut) : cells[i];
    const std::string padding(width - std::min(width, display_width(cell)), ' ');
    if (!std::exchange(is_first, false)) line.append(kGap, ' ');
    line += columns_[i].is_number ? padding + cell : cell + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

std::string TextTable::text(std::size_t width) const {
  if (columns_.empty()) return "";
  const Fit widths = fit(width);
  std::vector<std::string> heads;
  std::vector<std::string> units;
  bool has_units = false;
  for (const Column& column : columns_) {
    heads.push_back(column.head);
    units.push_back(column.unit);
    has_units = has_units || !column.unit.empty();
  }
  std::string out;
  add_line(heads, widths, out);
  if (has_units) add_line(units, widths, out);
  for (const auto& row : rows_) add_line(row, widths, out);
  return out;
}

std::vector<std::string> TextTable::left_out(std::size_t width) const {
  const Fit shown = fit(width);
  std::vector<std::string> heads;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!shown.is_shown[i]) heads.push_back(columns_[i].head);
  }
  return heads;
}

}  // namespace tbprof::cli
