// What to say about a file that no importer reads: what it is, if that can be told, and what can be
// read instead. Functions only. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "proto/result.h"

namespace tbprof::analyzer::import {

// `content` is the file's (decompressed) beginning, or all of it.
proto::Error not_a_trace(const std::string& path, std::string_view content);

}  // namespace tbprof::analyzer::import
