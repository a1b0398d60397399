// Which file of samples belongs to a trace file: the one of the same host and process in its
// folder, of several (an id can be used again) the one that began nearest. By the names only: files
// are called <host>_<pid>_<start>. Functions only. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/file.h"

namespace tbprof::analyzer {

// "node1_4711" of "node1_4711_1700000000000.tbtrace"; empty if the name is not made like that.
std::string_view process_of_file(std::string_view name);

// Empty if there is none among these names.
std::string samples_of(std::string_view trace_name, const std::vector<FolderEntry>& entries);

// The path below the root; empty if there is none.
std::string samples_beside(const Root& root, const std::string& relative);

}  // namespace tbprof::analyzer
