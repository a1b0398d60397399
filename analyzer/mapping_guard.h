// Keeps a reader of a mapped file alive when the file shrinks: the page that is gone is replaced by
// zeros instead of ending the process with SIGBUS. The handler belongs to the process; it answers
// only for the ranges registered here and hands every other SIGBUS on. Any thread.
#pragma once

#include <cstddef>

namespace tbprof::analyzer {

// false if there is no room for a further range: then do not map, but read.
bool guard_mapping(void* address, std::size_t size_bytes);
// REQUIRES: called before the range is unmapped.
void unguard_mapping(void* address);

}  // namespace tbprof::analyzer
