// Trace files as tests look at them: every chunk read back and put together, and programs run with
// a recorder's environment. Values. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "proto/trace_records.h"

namespace tbprof::tests {

// GCC says by macros which sanitizer is in, Clang by features.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kHasAddressSanitizer = true;
#elif defined(__has_feature)
inline constexpr bool kHasAddressSanitizer = __has_feature(address_sanitizer);
#else
inline constexpr bool kHasAddressSanitizer = false;
#endif
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kHasThreadSanitizer = true;
#elif defined(__has_feature)
inline constexpr bool kHasThreadSanitizer = __has_feature(thread_sanitizer);
#else
inline constexpr bool kHasThreadSanitizer = false;
#endif

// Sanitizers keep memory of their own for each address that a program touches.
inline constexpr bool kHasShadowMemory = kHasAddressSanitizer || kHasThreadSanitizer;

// Those of GCC 12 and Clang 14 do not take their allocator's locks around a fork: where another
// thread held one, the child hangs in its first allocation.
inline constexpr bool kForkMayHang = kHasShadowMemory;
inline constexpr char kForkMayHangReason[] =
    "A sanitizer's allocator may hang in a child of a program with threads.";

struct CapturedSlice {
  std::string name;
  proto::Category category = proto::Category::other;
  std::uint32_t track = 0;
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
  std::map<std::string, std::string> facts{};
  std::int64_t end_ns() const { return start_ns + duration_ns; }
};

struct Capture {
  std::string path;
  std::string error;  // empty: every record could be read
  bool finished = false;
  bool short_tail = false;
  proto::TraceHeader header;
  proto::TraceIndex index;
  std::uint64_t chunk_count = 0;
  std::uint64_t slice_bytes = 0;  // of the whole file
  std::int64_t covered_until_ns = 0;
  std::vector<CapturedSlice> slices;
  std::vector<proto::StepRecord> steps;
  std::vector<proto::LossRecord> losses;
  std::vector<proto::OpenSlice> open;  // of the last chunk
  std::vector<proto::NotedStep> noted_steps;
  std::map<std::uint32_t, proto::RecordingWindow> windows;  // by number, as last told
  std::map<std::string, std::string> properties;
  std::vector<std::string> instants;
  std::vector<std::map<std::string, std::string>> instant_facts;
  std::map<std::string, std::vector<double>> counters;
  std::map<std::uint32_t, proto::TrackDefinition> tracks;
  std::map<std::uint32_t, std::string> track_names;

  std::uint64_t count(const std::string& name) const;
  std::uint64_t lost(proto::LossKind kind) const;
  const CapturedSlice* find(const std::string& name) const;
};

Capture read_capture(const std::string& path);
// All trace files below a folder, sorted by path.
std::vector<Capture> read_captures(const std::string& folder);

// A new empty folder that is removed with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Outcome {
  int status = 0;  // as waitpid gives it
  std::string out;
  std::string err;
  bool exited_with(int code) const;
  bool killed_by(int signal) const;
};

struct RunOptions {
  std::vector<std::string> environment;  // "NAME=value", added to a small one
  int kill_after_ms = -1;                // SIGKILL then
  bool close_stderr = false;
  long file_size_limit = -1;  // bytes, with SIGXFSZ ignored
};

Outcome run_program(const std::vector<std::string>& command, const RunOptions& options = {});

}  // namespace tbprof::tests
