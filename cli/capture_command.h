// `tbprof capture`: records for a while in programs that run under `tbprof run` already.
// One thread at a time.
#pragma once

namespace CLI {
class App;
}

namespace tbprof::cli {

// Adds the subcommand, which runs when the arguments are parsed; `exit_status` outlives the
// parsing.
CLI::App* add_capture_command(CLI::App& app, int& exit_status);

}  // namespace tbprof::cli
