// Names and values leave us in JSON, which is UTF-8: bytes that are not are replaced by U+FFFD.
// Functions only. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace tbprof::analyzer::import {

// `text` itself where it is valid, else what was written to `scratch`.
std::string_view valid_utf8(std::string_view text, std::string& scratch);

}  // namespace tbprof::analyzer::import
