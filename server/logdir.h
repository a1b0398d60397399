// What the server reads of a log directory: which captures there are, their traces, what can be
// said of them before, and their files. Tests put their own in. The functions: any thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "analyzer/catalogue.h"
#include "analyzer/import/load_progress.h"
#include "analyzer/import/tbtrace.h"
#include "analyzer/live_file.h"
#include "plugins/plugin.h"
#include "server/reply.h"

namespace tbprof::server {

struct LoadedTrace {
  plugins::TracePointer trace;
  // What the next version will take of a core, beyond reading what the file has gained.
  std::chrono::nanoseconds cost_of_next{};
};

struct LogdirAccess {
  std::string folder;
  std::function<proto::Result<analyzer::Catalogue>()> scan;
  // The second keeps what was read of a capture that grows.
  std::function<proto::Result<LoadedTrace>(const analyzer::Capture&, analyzer::LiveFile&,
                                           analyzer::import::LoadProgress&)>
      load;
  // Header and index of a finished capture.
  std::function<proto::Result<analyzer::import::TbtraceIndex>(const analyzer::Capture&)> index;
  std::function<proto::Result<ByteSource>(const analyzer::Capture&)> file;
};

// The real one: everything goes through analyzer::Root, so nothing outside the folder is opened.
// The folder need not exist yet.
LogdirAccess open_logdir(std::string folder);

}  // namespace tbprof::server
