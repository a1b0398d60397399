// The functions of libcupti that are used, looked up at run time: the library is never linked, so
// that everything runs on machines without it. Tests pass a table of their own.
// Filled once, read-only afterwards: any thread.
#pragma once

#include <cupti.h>

#include "proto/result.h"

namespace tbprof::cuda {

struct CuptiLibrary {
  decltype(&cuptiGetVersion) get_version = nullptr;
  decltype(&cuptiActivityGetNextRecord) get_next_record = nullptr;
};

// Takes the libcupti that the process has mapped already, else loads libcupti.so.13 or .12. Calls
// no function of it. unavailable, with a remedy, if there is none.
proto::Result<CuptiLibrary> open_cupti();
// The library at a path, for tests of several versions in turn.
proto::Result<CuptiLibrary> open_cupti_at(const char* path);

}  // namespace tbprof::cuda
