// Walks JSON text without building a tree: what an importer does not need is stepped over. Made for
// text of a known shape, which it takes a little wider than the standard does: raw control
// characters in strings and bare words (N/A, NaN) pass. Borrows the text. One thread at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tbprof::analyzer::import {

class JsonCursor {
 public:
  // How deeply values may nest: bounds what hostile text can cost.
  static constexpr int kMaxDepth = 256;

  explicit JsonCursor(std::string_view text, std::size_t position = 0)
      : text_(text), position_(position) {}

  std::size_t position() const { return position_; }
  void seek(std::size_t position) { position_ = position; }

  // The next character that is not white space, '\0' at the end. Not consumed.
  char peek();
  // Consumes the character if it is next.
  bool consume(char expected);

  // Each reads one value and steps behind it, or returns false and leaves the position undefined.
  // `raw` is the text between the quotes, escapes as they stand.
  bool string(std::string_view& raw);
  // A string whose inner quotes were not escaped: it ends at the first quote after which an object
  // goes on. At most 64 KiB long.
  bool unescaped_string(std::string_view& raw);
  // Any value; `raw` is its whole text, for a string with the quotes.
  bool value(std::string_view& raw);

 private:
  bool container();
  std::size_t find_value_end(std::size_t begin, std::size_t limit);
  bool quote_ends_value(std::size_t behind_quote) const;
  std::size_t skip_space(std::size_t position) const;

  std::string_view text_;
  std::size_t position_;
  // No quote in here ends a value.
  std::size_t searched_from_ = 0;
  std::size_t searched_until_ = 0;
};

// The text that a raw string stands for, valid UTF-8. Gives `raw` itself where nothing changes,
// else writes to `scratch`.
std::string_view json_text(std::string_view raw, std::string& scratch);

// The value without white space between its parts; a string without its quotes.
std::string_view compact_json(std::string_view raw, std::string& scratch);

}  // namespace tbprof::analyzer::import
