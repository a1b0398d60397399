// The tracks of a torch.profiler trace: threads by process and thread id, GPU streams by device and
// stream, counters by name. Borrows the builder. One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "analyzer/import/torch_category.h"
#include "analyzer/trace/trace_builder.h"

namespace tbprof::analyzer::import {

class TorchTracks {
 public:
  explicit TorchTracks(trace::TraceBuilder& builder) : builder_(builder) {}

  // Ids as text, as they stand in the file: numbers or names.
  trace::TrackId thread(std::string_view pid, std::string_view tid);
  // Synchronization rows get a track of their own beside the stream, numbered as Kineto does;
  // annotations, which span many kernels, get one too, so that they don't push kernels aside.
  // REQUIRES: place is not host.
  trace::TrackId stream(std::int64_t device, std::int64_t stream, Place place);
  trace::TrackId counter(std::string_view name, std::string_view group);

  void name_process(std::string_view pid, std::string_view name);
  void name_thread(std::string_view pid, std::string_view tid, std::string_view name);
  // Gives every track the best name known. REQUIRES: called once, at the end.
  void finish();

 private:
  std::string_view thread_key(std::string_view pid, std::string_view tid);

  trace::TraceBuilder& builder_;
  std::string key_;
  std::string last_key_;
  trace::TrackId last_track_ = trace::kNone;
  std::unordered_map<std::string, trace::TrackId> threads_;
  std::map<std::tuple<std::int64_t, std::int64_t, Place>, trace::TrackId> streams_;
  std::map<std::string, trace::TrackId, std::less<>> counters_;
  std::unordered_map<std::string, std::string> process_names_;
  std::unordered_map<std::string, std::string> thread_names_;
  std::map<trace::TrackId, std::pair<std::string, std::string>> thread_ids_;
};

}  // namespace tbprof::analyzer::import
