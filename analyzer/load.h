// The main line of the analyzer: a path -> a sealed trace. Opens through analyzer/file.h only.
// Any thread.
#pragma once

#include <memory>
#include <string>

#include "analyzer/trace/trace.h"
#include "proto/result.h"

namespace tbprof::analyzer {

// A trace file of any known format, or a folder (run, logdir or session), of which the newest
// capture is taken. Errors name the file and what to do.
proto::Result<std::shared_ptr<const trace::Trace>> load(const std::string& path);

}  // namespace tbprof::analyzer
