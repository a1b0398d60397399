// `tbprof run`: starts a program with the recorder's environment and is otherwise not there: its
// streams, its exit status and its signals are as without us. One thread at a time.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tbprof::cli {

// Adds the subcommand `run`, which runs when the arguments are parsed, and returns it. `program` is
// the command line after the flags of `run` (see split_run_arguments), which CLI11 never sees, so
// that no flag of the program can be taken for one of ours; both references outlive the parsing.
CLI::App* add_run_command(CLI::App& app, const std::vector<std::string>& program, int& exit_status);

struct RunArguments {
  std::vector<std::string> own;      // for CLI11
  std::vector<std::string> program;  // PROGRAM ARGS…
};

// Cuts the arguments (without argv[0]) where the program begins: after `--`, else at the first word
// after `run` that is neither a flag of `run` nor the value of one. Other commands are not cut.
RunArguments split_run_arguments(const std::vector<std::string>& arguments);

}  // namespace tbprof::cli
