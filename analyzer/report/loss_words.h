// What is missing from a capture, in the same words wherever it is said: terminal, JSON, pages.
// Pure functions. Any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::report {

// A few words for the kind: "full buffers" for buffer_full.
std::string loss_label(std::string_view kind);

// How many, of what, and why: "312 events were not recorded because …."
std::string loss_sentence(const trace::Loss& loss);

// Whether events are missing; else only something about them is: a cut name, a damaged header.
bool is_missing_events(std::string_view kind);

// What such a loss does to the figures.
std::string loss_meaning(std::string_view kind);

// As above, each meaning once, in the order of the losses.
std::vector<std::string> loss_meanings(std::span<const trace::Loss> losses);

}  // namespace tbprof::analyzer::report
