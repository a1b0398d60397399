#include "cli/run_command.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tbprof::cli {
namespace {

using Words = std::vector<std::string>;

struct Case {
  const char* what;
  Words arguments;
  Words own;
  Words program;
};

TEST(RunCommand, CutsTheProgramOffBeforeAnyOfItsFlagsIsRead) {
  const Case cases[] = {
      {"behind two dashes", {"run", "--", "a", "--quiet"}, {"run"}, {"a", "--quiet"}},
      {"at the first word", {"run", "a", "-h"}, {"run"}, {"a", "-h"}},
      {"after flags without value", {"run", "--quiet", "a"}, {"run", "--quiet"}, {"a"}},
      {"after flags with value",
       {"run", "--logdir", "d", "--name", "n", "a", "b"},
       {"run", "--logdir", "d", "--name", "n"},
       {"a", "b"}},
      {"a value behind =", {"run", "--name=n", "a"}, {"run", "--name=n"}, {"a"}},
      {"only the first two dashes are ours", {"run", "--", "--", "a"}, {"run"}, {"--", "a"}},
      {"the program's own two dashes", {"run", "a", "--", "b"}, {"run"}, {"a", "--", "b"}},
      {"no program", {"run", "--quiet"}, {"run", "--quiet"}, {}},
      {"a value is lacking", {"run", "--name"}, {"run", "--name"}, {}},
      {"an unknown flag is for the parser", {"run", "--odd", "a"}, {"run", "--odd"}, {"a"}},
      {"a single dash is a program's name", {"run", "-", "a"}, {"run"}, {"-", "a"}},
      {"another command", {"serve", "a", "--", "b"}, {"serve", "a", "--", "b"}, {}},
      {"nothing", {}, {}, {}},
  };
  for (const Case& one : cases) {
    const RunArguments split = split_run_arguments(one.arguments);
    EXPECT_EQ(split.own, one.own) << one.what;
    EXPECT_EQ(split.program, one.program) << one.what;
  }
}

}  // namespace
}  // namespace tbprof::cli
