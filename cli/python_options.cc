#include "cli/python_options.h"

#include <algorithm>

namespace tbprof::cli {
namespace {

// Cuts the first word off.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

bool is_python(std::string_view program) {
  program = program.substr(program.rfind('/') + 1);
  constexpr std::string_view kName = "python";
  return program.starts_with(kName) &&
         program.find_first_not_of("0123456789.", kName.size()) == std::string_view::npos;
}

}  // namespace

std::string option_without_hook(std::string_view command) {
  if (!is_python(take_word(command))) return "";
  while (!command.empty()) {
    std::string_view word = take_word(command);
    if (word.size() < 2 || word[0] != '-') return "";  // the script
    if (word[1] == '-') {
      if (word == "--check-hash-based-pycs") take_word(command);
      continue;
    }
    // Letters stand together; some take the rest of the word, or the next one.
    for (word.remove_prefix(1); !word.empty(); word.remove_prefix(1)) {
      const char letter = word[0];
      if (letter == 'I' || letter == 'E' || letter == 'S') return {'-', letter};
      if (letter == 'c' || letter == 'm') return "";
      if (letter == 'W' || letter == 'X') {
        if (word.size() == 1) take_word(command);
        break;
      }
    }
  }
  return "";
}

}  // namespace tbprof::cli
