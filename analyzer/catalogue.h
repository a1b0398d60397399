// Which runs and captures lie under a log directory. A run is a folder with event files or with
// plugins/profile/<session>/ below it; a capture is one trace file. Values. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/file.h"
#include "analyzer/trace/trace.h"
#include "proto/result.h"

namespace tbprof::analyzer {

// What the index of a finished recording of ours says without a chunk being decoded.
struct CaptureFacts {
  std::int64_t duration_ns = 0;
  std::uint64_t slice_count = 0;
  std::uint64_t step_count = 0;
  std::uint64_t lost_count = 0;
};

struct Capture {
  std::string id;       // stable over restarts: derived from `path`; [A-Za-z0-9_-]+
  std::string path;     // of the file, below the logdir
  std::string run;      // the run's folder below the logdir, "." for the logdir itself
  std::string session;  // folder under plugins/profile, "" for a loose trace file
  std::string format;   // as Importer::format()
  trace::RecordingState state = trace::RecordingState::finished;
  std::int64_t start_unix_ns = 0;  // as the file's first bytes say; 0: they do not
  std::optional<CaptureFacts> facts;
  // Of a distributed job; -1: it is none, or the file does not say.
  std::int32_t rank = -1;
  std::int32_t world_size = -1;
  FileStamp stamp;
  FileStamp samples_stamp;  // of the file of samples that belongs to it, if there is one
};

struct Run {
  std::string name;  // path below the logdir
  bool has_events = false;
  std::vector<std::string> capture_ids;
};

// A file that was looked at and is no trace.
struct OtherFile {
  std::string path;
  FileStamp stamp;
};

struct Catalogue {
  std::vector<Run> runs;  // sorted by name
  // Live ones, then newest first by the start of the session, or of the file where it is in none;
  // by the time of the last change where the start is not known. Last changed first in a session.
  std::vector<Capture> captures;
  std::vector<std::string> problems;   // as LeftOut::sentences()
  std::vector<OtherFile> other_files;  // sorted by path: need no second look
};

struct ScanOptions {
  int max_depth = 12;
  // What the last scan of the same folder found: files that did not change since are not opened
  // again, but for those that were still being written.
  const Catalogue* previous = nullptr;
  // As LoadOptions::now_unix_ns.
  std::int64_t now_unix_ns = 0;
};

// Walks the log directory. Opens a file only to tell its format and state.
proto::Result<Catalogue> scan(const Root& logdir, const ScanOptions& options = {});

}  // namespace tbprof::analyzer
