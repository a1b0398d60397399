// `tbprof doctor`: says beforehand what can keep a recording from being whole, a line each.
// One thread at a time.
#pragma once

#include <string>
#include <vector>

#include "cli/doctor_checks.h"

namespace CLI {
class App;
}

namespace tbprof::cli {

// Adds the subcommand, which runs when the arguments are parsed; `exit_status` outlives the
// parsing.
CLI::App* add_doctor_command(CLI::App& app, int& exit_status);

// Whether there is no problem; warnings are none.
bool is_well(const std::vector<Check>& checks);
std::string doctor_text(const std::vector<Check>& checks);
// {"ok": bool, "checks": [{"name", "finding": "ok|warning|problem", "text", "remedy"}]}
std::string doctor_json(const std::vector<Check>& checks);

}  // namespace tbprof::cli
