// What `tbprof run` puts into a program's environment so that the recorder finds it, and where the
// recorder will write. Reads the environment and the file system. One thread at a time.
#pragma once

#include <string>
#include <vector>

#include "cli/child_process.h"
#include "proto/result.h"

namespace tbprof::cli {

struct RecordingRequest {
  std::string logdir = "runs";
  std::string name;          // of the run; empty: from the program and the time
  std::string session;       // empty: from the job, or the time
  std::string step_pattern;  // empty: the recorder's own
  std::string schedule;      // value of TBPROF_SCHEDULE; empty: what the environment has
  std::string operators;     // of PyTorch, "on" or "off"; empty: as PyTorch is built
  bool quiet = false;        // the recorder prints nothing either
};

// Where a recording goes.
struct RecordingPlace {
  std::string logdir;  // absolute
  std::string run;     // below the logdir
  std::string session;
  std::vector<std::string> new_folders = {};  // that were made for it, outermost first
  std::string mark = {};                      // of a session that a job shares, see job_session.h
  std::string folder() const;                 // of the trace files
};

// Whether a range can have such a name; an empty pattern stands for the recorder's own.
proto::Result<> check_step_pattern(const std::string& pattern);

// Makes the folder, so that no other recording gets the same, but the other ranks of a job do.
proto::Result<RecordingPlace> choose_place(const RecordingRequest& request,
                                           const std::string& program);

// Removes those of the folders that were made for it in which nothing lies.
void remove_if_empty(const RecordingPlace& place);

// libtbprof.so beside this binary: in the same folder, where `cmake --install` puts it, or in the
// build tree.
proto::Result<std::string> find_library();

// Injection variables that the user had set to another library keep their value; Python's search
// path is put behind the folder of the start-up hook.
Environment recorder_environment(const RecordingRequest& request, const RecordingPlace& place,
                                 const std::string& library);

// What is not recorded because of such a variable, one sentence each, without a full stop.
std::vector<std::string> environment_notes(const std::string& library);

}  // namespace tbprof::cli
