// The main line of the analyzer: a path -> a sealed trace. Opens through analyzer/file.h only.
// Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "analyzer/file.h"
#include "analyzer/import/load_progress.h"
#include "analyzer/trace/trace.h"
#include "proto/result.h"

namespace tbprof::analyzer {

struct LoadOptions {
  // The time now, since the Unix epoch. Where the file system knows no locks, a file changed less
  // than five seconds before it counts as still being written; 0: never.
  std::int64_t now_unix_ns = 0;
  // Told how far the load has come, if not null; ends it when nobody waits for it any more.
  import::LoadProgress* progress = nullptr;
};

// A trace file of any known format, or a folder (run, logdir or session), of which the newest
// capture is taken. Errors name the file and what to do.
proto::Result<std::shared_ptr<const trace::Trace>> load(const std::string& path,
                                                        LoadOptions options = {});

// The same for a file below a root.
proto::Result<std::shared_ptr<const trace::Trace>> load_file(const Root& root,
                                                             const std::string& relative,
                                                             LoadOptions options = {});

// Whether whoever writes the file may write more.
bool writer_may_live(const FileView& view, LoadOptions options);

}  // namespace tbprof::analyzer
