// `tbprof analyze PATH`: figures of one capture as text for a terminal, or as JSON or CSV for
// programs. JSON is the report that the server answers with. One thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "analyzer/trace/trace.h"

namespace CLI {
class App;
}

namespace tbprof::cli {

enum class AnalyzeView : unsigned char { overview, steps, ranges, samples };
enum class AnalyzeFormat : unsigned char { text, json, csv };

struct AnalyzeOptions {
  std::string path;
  AnalyzeView view = AnalyzeView::overview;
  AnalyzeFormat format = AnalyzeFormat::text;
  // Rows; 0: all. By default a text table has 20 rows, JSON and CSV have all.
  std::optional<std::size_t> limit;
  std::size_t width_columns = 100;  // of the terminal
};

// The output for a trace, without reading or printing anything.
std::string analyze_output(const analyzer::trace::Trace& trace, const AnalyzeOptions& options);

// Adds the subcommand and returns it. When the user chose it, it runs inside CLI::App::parse and
// leaves the status to exit with in `exit_status`, which must outlive the parsing: 0, or 1 if the
// capture cannot be read. Wrong usage is for the caller: CLI11 throws a ParseError.
CLI::App* add_analyze_command(CLI::App& app, int& exit_status);

}  // namespace tbprof::cli
