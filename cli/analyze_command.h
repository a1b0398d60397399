// `tbprof analyze PATH`: figures of one capture as text for a terminal, or as JSON or CSV for
// programs. JSON is the report that the server answers with. One thread at a time.
#pragma once

#include <cstddef>
#include <string>

#include "analyzer/trace/trace.h"

namespace CLI {
class App;
}

namespace tbprof::cli {

struct AnalyzeOptions {
  std::string path;
  std::string view = "overview";  // overview, steps or ranges
  std::string format = "text";    // text, json or csv
  std::size_t limit = 20;         // rows of a text table; JSON and CSV give all unless limit_given
  bool limit_given = false;
  int width_columns = 100;        // of the terminal
};

// The output for a trace, without reading or printing anything.
std::string analyze_output(const analyzer::trace::Trace& trace, const AnalyzeOptions& options);

// Adds the subcommand. When the user chose it, it runs inside CLI::App::parse and leaves the
// status to exit with in `exit_status`: 0, or 1 if the capture cannot be read. Wrong usage is for
// the caller: CLI11 throws a ParseError, whose status is 2.
void add_analyze_command(CLI::App& app, int& exit_status);

}  // namespace tbprof::cli
