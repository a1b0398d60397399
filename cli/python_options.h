// Which Python programs the start-up hook of python/ cannot be in. Functions only, stateless: any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace tbprof::cli {

// The option (-I, -E or -S) that keeps the hook out of a Python of this command line, whose words
// are divided by blanks; empty if none does, or if it is no Python.
std::string option_without_hook(std::string_view command);

}  // namespace tbprof::cli
