// The command `tbprof`: reads the command line and hands over to one subcommand.
#include <cstdio>
#include <string>
#include <vector>

#include "cli/analyze_command.h"
#include "cli/command.h"
#include "cli/run_command.h"
#include "cli/serve_command.h"

namespace tbprof::cli {
namespace {

constexpr const char* kDescription =
    "Records where the time of a training program goes, and shows it.";

constexpr const char* kExamples =
    "Examples:\n"
    "  tbprof run -- ./train --steps 100     record a program (any program: also python3 "
    "train.py)\n"
    "  tbprof analyze runs                   print the newest recording as tables\n"
    "  tbprof serve --logdir runs            show all recordings in the browser\n"
    "  tbprof --logdir runs                  the same\n"
    "\n"
    "`tbprof COMMAND --help` explains a command.";

// TensorBoard's way to start it: flags without a command mean `serve`.
bool means_serve(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0].rfind("--", 0) != 0) return false;
  const std::string& first = arguments[0];
  return first != "--help" && first != "--version";
}

int report(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    return app.exit(error);  // --help, --version
  }
  std::string command = "tbprof";
  for (const CLI::App* parser : app.get_subcommands()) command += " " + parser->get_name();
  std::string sentence = error.what();
  while (!sentence.empty() && (sentence.back() == '.' || sentence.back() == '\n')) {
    sentence.pop_back();
  }
  std::fprintf(stderr, "%s: %s; `%s --help` lists what it takes.\n", command.c_str(),
               sentence.c_str(), command.c_str());
  return kExitUsage;
}

int main_line(std::vector<std::string> arguments) {
  if (means_serve(arguments)) arguments.insert(arguments.begin(), "serve");
  RunArguments split = split_run_arguments(arguments);

  CLI::App app(kDescription, "tbprof");
  app.set_version_flag("--version", "tbprof " TBPROF_VERSION);
  app.footer(kExamples);
  app.require_subcommand(0, 1);
  const Command commands[] = {add_run_command(app, split.program), add_analyze_command(app),
                              add_serve_command(app)};
  try {
    // CLI11 takes the words from the back.
    app.parse(std::vector<std::string>(split.own.rbegin(), split.own.rend()));
  } catch (const CLI::ParseError& error) {
    return report(app, error);
  }
  for (const Command& command : commands) {
    if (command.parser->parsed()) return command.run();
  }
  std::fputs(app.help().c_str(), stdout);
  return 0;
}

}  // namespace
}  // namespace tbprof::cli

int main(int count, char** arguments) {
  return tbprof::cli::main_line(std::vector<std::string>(arguments + 1, arguments + count));
}
