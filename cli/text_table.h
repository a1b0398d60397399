// A table for a terminal: text left, numbers right, two spaces between columns, units below the
// heads. Where it is too wide, first the columns that may be cut give way, then those that may be
// left out, the highest rank first. Owns its cells. One thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/display_width.h"

namespace tbprof::cli {

class TextTable {
 public:
  // Without a cut the column is never shortened. Rank 0: it is never left out.
  void add_text(std::string head, std::optional<Cut> cut = std::nullopt, std::size_t rank = 0);
  void add_number(std::string head, std::string unit = "", std::size_t rank = 0);
  // As many cells as there are columns.
  void add_row(std::vector<std::string> cells);

  bool empty() const { return rows_.empty(); }
  // Lines that end in \n, without spaces at their ends, at most `width` columns wide where the
  // columns that may give way allow it.
  std::string text(std::size_t width) const;
  // The heads of the columns that text(width) leaves out.
  std::vector<std::string> left_out(std::size_t width) const;

 private:
  struct Column {
    std::string head;
    std::string unit;
    bool is_number = false;
    std::optional<Cut> cut;
    std::size_t rank = 0;
  };
  struct Fit {
    std::vector<bool> is_shown;
    std::vector<std::size_t> widths;
  };
  Fit fit(std::size_t width) const;
  void add_line(const std::vector<std::string>& cells, const Fit& fit, std::string& out) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace tbprof::cli
