// The writer thread's work: one recording from its file's first record to its last. Created, run
// and destroyed on the writer thread, where alone the library allocates.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "collector/chunk_builder.h"
#include "collector/clock.h"
#include "collector/config.h"
#include "collector/event_decoder.h"
#include "collector/event_source.h"
#include "collector/trace_file.h"
#include "collector/window_files.h"
#include "proto/trace_encoder.h"

namespace tbprof::collector {

// What the recording's first moment was on all clocks.
struct RecordingStart {
  std::uint64_t generation = 0;
  ClockReading clock;
  std::int64_t realtime_ns = 0;
};

class Writer {
 public:
  Writer(const Config& config, const RecordingStart& start);

  // false: the file could not be created; `reason` tells why.
  bool open(std::string& reason);
  // Until the recording is stopped; the file is finished then.
  void run();

 private:
  void wait(std::int64_t period_ns);
  std::size_t drain();
  void drain_sources();
  void tell_trouble(const EventSource& source);
  void write_chunk(std::int64_t now_ns);
  void refuse_chunk(std::int64_t now_ns, int error);
  void add_clock_pairs(const ClockReading& now);
  void add_windows();
  // Lets other processes see the windows, and ask for some.
  void publish_windows(bool is_recorded_throughout);
  void listen_for_captures();
  // How long nothing needs to be done, at most; for the age of the recording and what it is at.
  std::int64_t time_to_wait_ns(const ClockReading& now, bool was_idle);
  void finish();
  // Into the room kept on the disk, as often as it lasts.
  bool write_losses();
  int append_payload(std::span<const std::uint8_t> payload, bool is_last = false);
  void tell_descriptor();
  // The program's threads have all ended.
  bool is_alone();
  void say_once(const char* what, int error);
  void say_if_removed();

  const Config& config_;
  const RecordingStart start_;
  const std::uint64_t file_id_;
  StepPattern step_pattern_;
  TickClock clock_;
  ChunkBuilder builder_;
  WindowFiles window_files_;
  EventDecoder decoder_;
  proto::ChunkEncoder encoder_;
  TraceFile file_;
  std::string record_;
  bool first_source_drain_ = true;
  bool told_ = false;
  bool told_schedule_ = false;
  std::string folder_;           // of the trace
  std::int64_t covered_ns_ = 0;  // the last whole round of draining began then
  std::int64_t last_chunk_ns_ = 0;
  std::int64_t last_clock_pair_ns_ = 0;
  std::int64_t retry_at_ns_ = 0;  // after a refused write
  std::int64_t retry_wait_ns_ = 0;
};

}  // namespace tbprof::collector
