// The JSON of the reports: keys in the order in which they were set, so that the same question
// gives the same bytes. Pure functions. Any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tbprof::analyzer::report {

using Json = nlohmann::ordered_json;

// One line; names that are not UTF-8 get replacement characters.
std::string json_text(const Json& json);

}  // namespace tbprof::analyzer::report
