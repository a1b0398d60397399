// The session that several `tbprof run` share, one a rank or node: its name comes from the user or
// from the job's launcher, so that all of them write into one folder. Reads the environment and the
// file system. One thread at a time.
#pragma once

#include <string>

#include "proto/result.h"

namespace tbprof::cli {

struct JobSession {
  std::string name;         // as a folder; empty: nothing is shared
  bool is_of_user = false;  // everybody who gives the name joins
};

// `wanted` is what --session says, or empty. An error if it is no name for a folder.
proto::Result<JobSession> job_session(const std::string& wanted);

// A job may record more than once. Each rank (or node, where ranks are not told) leaves a mark in
// the session's folder; where its own lies already, the session is an earlier one of the same job.
// Returns the mark's path; empty if the folder is taken.
std::string mark_session(const std::string& folder);

// Whether nothing but such marks lies in the folder.
bool holds_only_marks(const std::string& folder);

}  // namespace tbprof::cli
