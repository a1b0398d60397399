// `tbprof serve`: shows a log directory in the browser until it is asked to stop. TensorBoard's
// flags mean what they mean there. One thread.
#pragma once

namespace CLI {
class App;
}

namespace tbprof::cli {

// Adds the subcommand `serve`, which runs when the program's arguments are parsed, and returns it.
// The exit status goes to `exit_status`. `tbprof --logdir DIR` is this command too: main() puts
// "serve" before arguments that begin with a flag that only serve has (see is_serve_flag).
CLI::App* add_serve_command(CLI::App& program, int& exit_status);

// Whether a first argument such as "--logdir" or "--logdir=DIR" means `serve`.
bool is_serve_flag(const char* argument);

}  // namespace tbprof::cli
