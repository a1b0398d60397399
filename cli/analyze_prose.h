// What the views of `tbprof analyze` say around their tables: sentences broken at the width of the
// terminal, and the head that names the capture and what it lacks. Pure functions. Any thread.
#pragma once

#include <cstddef>
#include <string>

#include "analyzer/trace/trace.h"
#include "cli/text_table.h"

namespace tbprof::cli {

// Lines of a sentence, broken at spaces; what comes from a file cannot steer the terminal.
std::string prose(const std::string& text, std::size_t width_columns);

// Which capture it is, whether it is whole, how much it holds and what is missing.
std::string capture_head(const analyzer::trace::Trace& trace, std::size_t width_columns);

// Names the columns for which there is no room; nothing where all are there.
std::string left_out_note(const TextTable& table, std::size_t width_columns);

}  // namespace tbprof::cli
