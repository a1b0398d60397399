#include "cli/python_options.h"

#include <gtest/gtest.h>

namespace tbprof::cli {
namespace {

TEST(PythonOptions, NamesTheOptionThatKeepsTheHookOut) {
  EXPECT_EQ(option_without_hook("python3 -I train.py"), "-I");
  EXPECT_EQ(option_without_hook("/usr/bin/python3.11 -uE -m train"), "-E");
  EXPECT_EQ(option_without_hook("python -X dev -W ignore -BS train.py"), "-S");
  EXPECT_EQ(option_without_hook("python --check-hash-based-pycs always -I -"), "-I");
  EXPECT_EQ(option_without_hook("python -Wignore -Xdev -I"), "-I");
}

TEST(PythonOptions, ReadsNoOptionOfTheScriptAndNoOtherProgram) {
  for (const char* command :
       {"", "python", "python3 train.py -I", "python3 -m torch.distributed.run -E",
        "python3 -cS -I", "python3 - -I", "./train -I", "/opt/python/bin/train -E", "pythonic -S",
        "python3 -W S x", "python3 -XI train.py", "bash -E"}) {
    EXPECT_EQ(option_without_hook(command), "") << command;
  }
}

}  // namespace
}  // namespace tbprof::cli
