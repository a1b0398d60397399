#include "analyzer/shell_word.h"

#include <gtest/gtest.h>

namespace tbprof::analyzer {
namespace {

TEST(ShellWord, QuotesWhatAShellWouldTakeApart) {
  const std::pair<const char*, const char*> cases[] = {
      {"runs", "runs"},
      {"/a/b-c_d.e", "/a/b-c_d.e"},
      {"dir with space", "'dir with space'"},
      {"", "''"},
      {"it's", "'it'\\''s'"},
      {"$HOME", "'$HOME'"},
      {"a;b", "'a;b'"},
      {"~", "'~'"},
      {"a*", "'a*'"},
      {"caf\xc3\xa9", "'caf\xc3\xa9'"},
  };
  for (const auto& [text, word] : cases) EXPECT_EQ(shell_word(text), word) << text;
}

}  // namespace
}  // namespace tbprof::analyzer
