// How many columns of a terminal a text takes, and how to make it fit. Text is UTF-8; what is not
// is shown as U+FFFD, and so are control characters, because names come from files and must not
// steer the terminal. Pure functions. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tbprof::cli {

// The text without anything that a terminal would obey.
std::string printable(std::string_view text);

// Of printable text: wide East Asian characters take two columns, combining marks none.
std::size_t display_width(std::string_view text);

enum class Cut { middle, end };
// At most `width` columns, with … where something was left out. REQUIRES: width >= 1.
std::string cut_to_width(std::string_view text, std::size_t width, Cut where);

}  // namespace tbprof::cli
