// The command `tbprof`: reads the command line and hands over to one subcommand.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/shell_word.h"
#include "cli/analyze_command.h"
#include "cli/capture_command.h"
#include "cli/doctor_command.h"
#include "cli/exit_status.h"
#include "cli/run_command.h"
#include "cli/serve_command.h"

namespace tbprof::cli {
namespace {

constexpr const char* kDescription =
    "Records where the time of a training program goes, and shows it.";

constexpr const char* kExamples =
    "Examples:\n"
    "  tbprof run -- ./train --steps 100     record a program (any: also python3 train.py)\n"
    "  tbprof analyze runs                   print the newest recording as tables\n"
    "  tbprof serve --logdir runs            show all recordings in the browser\n"
    "  tbprof --logdir runs                  the same\n"
    "\n"
    "`tbprof COMMAND --help` explains a command.";

// "--view: 1 required overview|steps missing" as a sentence: "--view needs overview|steps".
std::string needs_words(const std::string& said) {
  constexpr std::string_view kRequired = ": 1 required ";
  constexpr std::string_view kMissing = " missing";
  const std::size_t required = said.find(kRequired);
  const std::size_t missing = said.rfind(kMissing);
  if (required == std::string::npos || missing == std::string::npos) return said;
  const std::size_t value = required + kRequired.size();
  return said.substr(0, required) + " needs " + said.substr(value, missing - value);
}

// "Could not convert: PID = abc" as a sentence: "PID takes a number, not 'abc'". What is not
// converted is a number: all else is text.
std::string number_words(const std::string& said) {
  constexpr std::string_view kHead = "Could not convert: ";
  constexpr std::string_view kEquals = " = ";
  const std::size_t equals = said.find(kEquals);
  if (!said.starts_with(kHead) || equals == std::string::npos) return said;
  return said.substr(kHead.size(), equals - kHead.size()) + " takes a number, not '" +
         said.substr(equals + kEquals.size()) + "'";
}

// "--rate: Value 5000 not in range 0 to 1000": "--rate takes 0 to 1000, not 5000".
std::string range_words(const std::string& said) {
  constexpr std::string_view kValue = ": Value ";
  constexpr std::string_view kRange = " not in range ";
  const std::size_t value = said.find(kValue);
  const std::size_t range = said.rfind(kRange);
  if (value == std::string::npos || range == std::string::npos || range < value) return said;
  const std::size_t given = value + kValue.size();
  return said.substr(0, value) + " takes " + said.substr(range + kRange.size()) + ", not " +
         said.substr(given, range - given);
}

int report(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    return app.exit(error);  // --help, --version
  }
  std::string command = "tbprof";
  for (const CLI::App* parser : app.get_subcommands()) command += " " + parser->get_name();
  std::string sentence = error.what();
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
    sentence = "what is meant by";  // CLI11 would name them in reverse
    for (const std::string& word : app.remaining(true))
      sentence += " " + analyzer::shell_word(word);
    sentence += " is not known";
  }
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ArgumentMismatch)) {
    sentence = needs_words(sentence);
  }
  sentence = range_words(number_words(sentence));
  while (!sentence.empty() && (sentence.back() == '.' || sentence.back() == '\n')) {
    sentence.pop_back();
  }
  std::fprintf(stderr, "%s: %s; `%s --help` lists what it takes.\n", command.c_str(),
               sentence.c_str(), command.c_str());
  return kExitUsage;
}

// Or a flag, which is for the parser.
bool names_command(CLI::App& app, const std::string& word) {
  if (word.starts_with("-")) return true;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->check_name(word)) return true;
  }
  return false;
}

int main_line(std::vector<std::string> arguments) {
  if (!arguments.empty() && is_serve_flag(arguments[0].c_str())) {
    arguments.insert(arguments.begin(), "serve");
  }
  const RunArguments split = split_run_arguments(arguments);
  int exit_status = 0;

  CLI::App app(kDescription, "tbprof");
  app.set_version_flag("--version", "tbprof " TBPROF_VERSION);
  app.footer(kExamples);
  app.require_subcommand(0, 1);
  add_run_command(app, split.program, exit_status);
  add_capture_command(app, exit_status);
  add_doctor_command(app, exit_status);
  add_analyze_command(app, exit_status);
  add_serve_command(app, exit_status);
  if (!arguments.empty() && !names_command(app, arguments[0])) {
    std::fprintf(
        stderr,
        "tbprof: there is no command %s; there are run, capture, analyze, serve and doctor.\n",
        analyzer::shell_word(arguments[0]).c_str());
    return kExitUsage;
  }
  try {
    // CLI11 takes the words from the back.
    app.parse(std::vector<std::string>(split.own.rbegin(), split.own.rend()));
  } catch (const CLI::ParseError& error) {
    return report(app, error);
  }
  if (app.get_subcommands().empty()) std::fputs(app.help().c_str(), stdout);
  return exit_status;
}

}  // namespace
}  // namespace tbprof::cli

int main(int count, char** arguments) {
  return tbprof::cli::main_line(std::vector<std::string>(arguments + 1, arguments + count));
}
