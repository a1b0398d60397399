// What each subcommand of `tbprof` gives to main: its parser, and what to do once the flags are
// read. The parser belongs to the CLI::App given to add_*_command. One thread at a time.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace tbprof::cli {

struct Command {
  CLI::App* parser = nullptr;  // owned by the application's parser
  std::function<int()> run;    // returns the exit status; called only if this command was named
};

inline constexpr int kExitUsage = 2;  // a wrong flag, path or file
inline constexpr int kExitNotStarted =
    125;  // `run` could not begin, as env(1) and timeout(1) say it

}  // namespace tbprof::cli
