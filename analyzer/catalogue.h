// Which runs and captures lie under a log directory. A run is a folder with event files or with
// plugins/profile/<session>/ below it; a capture is one trace file. Values. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/file.h"
#include "analyzer/trace/trace.h"
#include "proto/result.h"

namespace tbprof::analyzer {

struct Capture {
  std::string id;       // stable over restarts: derived from `path`; [A-Za-z0-9_-]+
  std::string path;     // of the file, below the logdir
  std::string run;      // the run's folder below the logdir, "." for the logdir itself
  std::string session;  // folder under plugins/profile, "" for a loose trace file
  std::string format;   // as Importer::format()
  trace::RecordingState state = trace::RecordingState::finished;
  FileStamp stamp;
};

struct Run {
  std::string name;  // path below the logdir
  bool has_events = false;
  std::vector<std::string> capture_ids;
};

struct Catalogue {
  std::vector<Run> runs;              // sorted by name
  std::vector<Capture> captures;      // newest first
  std::vector<std::string> problems;  // one sentence each: what could not be read
};

// Walks the log directory, at most `max_depth` folders deep. Opens a file only to tell its format
// and state.
proto::Result<Catalogue> scan(const Root& logdir, int max_depth = 12);

}  // namespace tbprof::analyzer
