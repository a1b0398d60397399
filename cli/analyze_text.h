// The views of `tbprof analyze` as text for a terminal. Every view begins with which capture it is,
// whether it is whole and what is missing. Pure functions of a sealed trace. Any thread.
#pragma once

#include <cstddef>
#include <string>

#include "analyzer/trace/trace.h"

namespace tbprof::cli {

struct TextLayout {
  std::size_t width_columns = 100;
  std::size_t row_limit = 20;  // of each table; 0: all rows
};

std::string overview_text(const analyzer::trace::Trace& trace, const TextLayout& layout);
std::string steps_text(const analyzer::trace::Trace& trace, const TextLayout& layout);
std::string ranges_text(const analyzer::trace::Trace& trace, const TextLayout& layout);
std::string samples_text(const analyzer::trace::Trace& trace, const TextLayout& layout);

}  // namespace tbprof::cli
