#include "cli/doctor_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/exit_status.h"

namespace tbprof::cli {
namespace {

struct DoctorFlags {
  std::string logdir = "runs";
  std::string format = "text";
};

const char* name_of(Finding finding) {
  switch (finding) {
    case Finding::ok:
      return "ok";
    case Finding::warning:
      return "warning";
    case Finding::problem:
      break;
  }
  return "problem";
}

std::vector<Check> all_checks(const Machine& machine) {
  std::vector<Check> checks;
  for (const auto& part : {gpu_checks(machine), tool_checks(machine), system_checks(machine),
                           python_checks(machine)}) {
    checks.insert(checks.end(), part.begin(), part.end());
  }
  return checks;
}

int run(const DoctorFlags& flags) {
  Machine machine;
  machine.variable = [](const char* name) { return static_cast<const char*>(std::getenv(name)); };
  machine.logdir = flags.logdir;
  const std::vector<Check> checks = all_checks(machine);
  std::fputs((flags.format == "json" ? doctor_json(checks) : doctor_text(checks)).c_str(), stdout);
  return is_well(checks) ? 0 : kExitFailure;
}

}  // namespace

bool is_well(const std::vector<Check>& checks) {
  for (const Check& check : checks) {
    if (check.finding == Finding::problem) return false;
  }
  return true;
}

std::string doctor_text(const std::vector<Check>& checks) {
  std::string text;
  for (const Check& check : checks) {
    text += fmt::format("{:<8} {:<14} {}", name_of(check.finding), check.name, check.text);
    if (!check.remedy.empty()) text += ": " + check.remedy;
    text += "\n";
  }
  return text;
}

std::string doctor_json(const std::vector<Check>& checks) {
  nlohmann::ordered_json json;
  json["ok"] = is_well(checks);
  auto& list = json["checks"] = nlohmann::ordered_json::array();
  for (const Check& check : checks) {
    list.push_back({{"name", check.name},
                    {"finding", name_of(check.finding)},
                    {"text", check.text},
                    {"remedy", check.remedy}});
  }
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

CLI::App* add_doctor_command(CLI::App& app, int& exit_status) {
  CLI::App* parser = app.add_subcommand("doctor", "Say what may keep a recording from being whole");
  auto flags = std::make_shared<DoctorFlags>();
  parser->add_option("--logdir", flags->logdir, "Where recordings will go")
      ->type_name("DIR")
      ->capture_default_str();
  parser->add_option("--format", flags->format, "text or json")
      ->type_name("text|json")
      ->check(CLI::IsMember({"text", "json"}).description(""))
      ->capture_default_str();
  parser->footer(
      "Each line is `ok`, `warning` or `problem`, with the remedy; the status is 1 if there is a\n"
      "problem. Best run where the program will: in the same container, as the same user.");
  parser->callback([flags, &exit_status] { exit_status = run(*flags); });
  return parser;
}

}  // namespace tbprof::cli
