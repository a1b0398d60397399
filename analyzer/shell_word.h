// Text as a word of a command line that the user may paste into a shell. Pure. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace tbprof::analyzer {

// Unchanged where a shell takes it as it stands, else in single quotes.
std::string shell_word(std::string_view text);

}  // namespace tbprof::analyzer
