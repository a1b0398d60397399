// Counts what an importer could not use, by kind, and says it in one sentence a kind.
// Owns its counts. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/trace/trace_builder.h"

namespace tbprof::analyzer::import {

class LossTally {
 public:
  // `what` completes "<count> …" and gives both numbers where they differ: "[event has|events have]
  // no time". It must outlive the tally. Offset 0: in no one place of this file.
  void add(std::string_view kind, std::string_view what, std::uint64_t offset,
           std::uint64_t count = 1);
  std::uint64_t count(std::string_view kind) const;
  // Adds one loss a kind to the builder.
  void report(trace::TraceBuilder& builder) const;

 private:
  struct Entry {
    std::string_view kind;
    std::string_view what;
    std::uint64_t count;
    std::uint64_t first_offset;
  };
  std::vector<Entry> entries_;
};

}  // namespace tbprof::analyzer::import
