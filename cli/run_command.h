// `tbprof run`: starts a program with the recorder's environment and is otherwise not there: its
// streams, its exit status and its signals are as without us. One thread at a time.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace tbprof::cli {

// `program` is the command line after the flags of `run` (see split_run_arguments), which CLI11
// never sees, so that no flag of the program can be taken for one of ours.
Command add_run_command(CLI::App& app, const std::vector<std::string>& program);

struct RunArguments {
  std::vector<std::string> own;      // for CLI11, from the first argument on
  std::vector<std::string> program;  // PROGRAM ARGS…
};

// Cuts the arguments (without argv[0]) where the program begins: after `--`, else at the first word
// after `run` that is neither a flag of `run` nor the value of one. Other commands are not cut.
RunArguments split_run_arguments(const std::vector<std::string>& arguments);

}  // namespace tbprof::cli
