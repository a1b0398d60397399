// A table for a terminal: text left, numbers right, two spaces between columns; the columns that
// may be cut give way until the table fits. Owns its cells. One thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/display_width.h"

namespace tbprof::cli {

class TextTable {
 public:
  // Without a cut the column is never shortened.
  void add_text(std::string head, std::optional<Cut> cut = std::nullopt);
  void add_number(std::string head);
  // As many cells as there are columns.
  void add_row(std::vector<std::string> cells);

  bool empty() const { return rows_.empty(); }
  // Lines that end in \n, without spaces at their ends, at most `width` columns wide where the
  // columns that may be cut allow it.
  std::string text(std::size_t width) const;

 private:
  struct Column {
    std::string head;
    bool is_number = false;
    std::optional<Cut> cut;
  };
  std::vector<std::size_t> widths(std::size_t width) const;
  void add_line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                std::string& out) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace tbprof::cli
