// The contents of a .tbtrace file as plain columns, the one place where collector and analyzer
// meet. TRACE_FORMAT.md gives the bytes, trace_encoder.h and trace_decoder.h turn one into the
// other. Values own what they hold. One thread at a time.
//
// Ids (strings, names, shapes, tracks) are indices counted through the whole file: a chunk holds
// only what is new since the chunk before. Times are nanoseconds on the recording host's
// CLOCK_MONOTONIC; durations are nanoseconds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proto/category.h"

namespace tbprof::proto {

inline constexpr std::uint32_t kTraceVersion = 1;
inline constexpr std::uint32_t kNoId = 0xffffffffu;

// First record of a file.
struct TraceHeader {
  std::uint32_t version = kTraceVersion;
  std::uint64_t file_id = 0;  // random; every later record repeats it
  std::string writer;         // "tbprof 0.1.0"
  std::string host;
  std::int64_t pid = 0;
  std::int64_t parent_pid = 0;
  std::int64_t start_monotonic_ns = 0;  // trace start: browser times count from here
  std::int64_t start_realtime_ns = 0;   // the same moment since the Unix epoch
  std::string run;
  std::string session;
  std::vector<std::string> command;  // argv of the recorded program
  std::int32_t rank = -1;            // -1: not a distributed job
  std::int32_t world_size = -1;
};

struct Name {
  std::uint32_t string_id = kNoId;
  Category category = Category::other;
};

enum class TrackKind : std::uint8_t { thread = 0, stream = 1, counter = 2, process = 3 };

struct TrackDefinition {
  std::uint32_t id = 0;  // may come again later with a better name
  TrackKind kind = TrackKind::thread;
  std::uint32_t name_string_id = kNoId;
  std::int64_t pid = 0;
  std::int64_t tid = 0;      // thread: the kernel's thread id
  std::int32_t device = -1;  // stream: CUDA device ordinal
  std::int64_t stream = -1;  // stream: CUPTI's stream id
  std::int64_t context = -1;
};

// Grid, block, registers and shared memory of a kernel launch.
struct LaunchShape {
  std::uint32_t grid[3] = {0, 0, 0};
  std::uint32_t block[3] = {0, 0, 0};
  std::uint32_t registers_per_thread = 0;
  std::uint32_t static_shared_memory_bytes = 0;
  std::uint32_t dynamic_shared_memory_bytes = 0;
  std::uint32_t cluster[3] = {0, 0, 0};  // blocks; 0: the kernel has no clusters
};

// A fact about some slices of a block, or some instants of a chunk: the value of each row that has
// it, rows rising. Values are numbers, addresses or ids of strings.
enum class ValueKind : std::uint8_t { number = 0, address = 1, string = 2 };
struct SliceAttribute {
  std::uint32_t key_string_id = kNoId;
  ValueKind kind = ValueKind::number;
  std::vector<std::uint32_t> row;
  std::vector<std::uint64_t> value;
};

// Slices of one track, in the order in which they ended. All columns that are not empty have the
// length of start_ns; an empty optional column means that no slice of the block has the value.
struct SliceBlock {
  std::uint32_t track_id = 0;
  std::vector<std::int64_t> start_ns;
  std::vector<std::int64_t> duration_ns;
  std::vector<std::uint32_t> name_id;
  std::vector<std::uint64_t> correlation_id;  // optional; 0: none
  std::vector<std::uint32_t> shape_id;        // optional; kNoId: none
  std::vector<std::uint64_t> size_bytes;      // optional; of a copy or memset
  std::vector<SliceAttribute> attributes{};   // one a key
};

struct StepRecord {
  std::uint32_t track_id = 0;
  std::int64_t number = 0;
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
  std::uint32_t name_id = kNoId;
};

struct CounterBlock {
  std::uint32_t track_id = 0;
  std::uint32_t name_id = kNoId;
  std::vector<std::int64_t> time_ns;
  std::vector<double> value;
};

struct InstantRecord {
  std::uint32_t track_id = 0;
  std::int64_t time_ns = 0;
  std::uint32_t name_id = kNoId;
};

// Still open when the chunk was written; replaced by the list of each later chunk.
struct OpenSlice {
  std::uint32_t track_id = 0;
  std::int64_t start_ns = 0;
  std::uint32_t name_id = kNoId;
  bool is_step = false;
  std::int64_t step_number = 0;
};

enum class LossKind : std::uint8_t {
  buffer_full = 0,     // events that found no room in their thread's buffer
  memory_limit = 1,    // events of threads for which no buffer was left
  unmatched_end = 2,   // an end without a begin
  write_failed = 3,    // events in chunks that the disk refused
  name_truncated = 4,  // names that were cut, nothing else is missing
  cupti_dropped = 5,   // records that CUPTI itself says it dropped
  bad_timestamp = 6,   // device records with a zero or reversed time
  // From here on the records are there, or it is known what they were.
  suspect_time = 7,        // device records after the first bad time of their context
  late_record = 8,         // device records that came after the time they cover was called complete
  unmatched_record = 9,    // device work without the call that started it
  unfinished_record = 10,  // device work that still ran when the recording ended
  unread_record = 11,      // device records of a kind that is not read, or damaged ones
  metric_sample = 12,      // samples of hardware metrics, or values of them, that are missing
};

inline constexpr std::uint32_t kLossKindCount = 13;
// Whether events are missing for it; the others are there, with a fact missing.
inline bool is_missing_events(LossKind kind) {
  return kind != LossKind::suspect_time && kind != LossKind::late_record &&
         kind != LossKind::unmatched_record && kind != LossKind::metric_sample;
}
// Name in JSON and the browser, for example "buffer_full"; "unknown" if out of range.
const char* loss_kind_name(LossKind kind);

struct LossRecord {
  LossKind kind = LossKind::buffer_full;
  std::uint64_t count = 0;
  std::int64_t from_ns = 0;  // the loss lies between these times
  std::int64_t until_ns = 0;
  std::uint32_t track_id = kNoId;
};

// Two clocks read at the same moment: `source_ns` on CLOCK_MONOTONIC, `other_ns` on the other.
enum class ClockKind : std::uint8_t { realtime = 0, tsc_ticks = 1, cupti = 2 };
struct ClockPair {
  ClockKind kind = ClockKind::realtime;
  std::int64_t source_ns = 0;
  std::int64_t other_ns = 0;
};

// Key and value of a fact about the capture, for example "gpu0.name".
struct Property {
  std::string key;
  std::string value;
};

// A stretch of time in which everything was recorded. A file without windows was recorded
// throughout; one that has the property "window.schedule" only inside of its windows.
enum class WindowCause : std::uint8_t {
  steps = 0,     // chosen by their numbers
  schedule = 1,  // by counting steps: every so many
  time = 2,      // a delay and a duration
  range = 3,     // a range of a given name was open
  profiler = 4,  // the program called cudaProfilerStart
  program = 5,   // the program called tbprof
  capture = 6,   // asked for from outside
};
inline constexpr std::uint32_t kWindowCauseCount = 7;

struct RecordingWindow {
  std::uint32_t number = 0;  // from 0; one that comes again has better values
  std::int64_t start_ns = 0;
  bool is_open = false;  // when the chunk was written; end_ns is nothing then
  std::int64_t end_ns = 0;
  WindowCause cause = WindowCause::steps;
  std::string label;  // what its user named it; may be empty
};

// A step outside of all windows: nothing else is known of it.
struct NotedStep {
  std::int64_t number = 0;
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
};

// A CUDA event as it was recorded on a stream: what waits for it names its sync id, in the
// attribute "event sync id".
struct DeviceEvent {
  std::uint64_t sync_id = 0;
  std::uint32_t event_id = 0;
  std::uint32_t device = 0;
  std::uint32_t context = 0;
  std::uint32_t stream = 0;
  std::uint64_t correlation_id = 0;  // of the call that recorded it
};

struct TraceChunk {
  std::uint64_t sequence = 0;  // 0, 1, 2 … in a file; a gap is a loss
  // Ids of the first string, name and shape of this chunk, so that a lost chunk shifts none of
  // them. ChunkEncoder counts them itself and ignores these.
  std::uint32_t first_string_id = 0;
  std::uint32_t first_name_id = 0;
  std::uint32_t first_shape_id = 0;
  // All that ended before this time is in this or earlier chunks.
  std::int64_t covered_until_ns = 0;
  std::vector<std::string> strings;
  std::vector<Name> names;
  std::vector<LaunchShape> shapes;
  std::vector<TrackDefinition> tracks;
  std::vector<SliceBlock> slices;
  std::vector<StepRecord> steps;
  std::vector<CounterBlock> counters;
  std::vector<InstantRecord> instants;
  std::vector<SliceAttribute> instant_attributes{};  // one a key and kind of values
  std::vector<OpenSlice> open;
  std::vector<LossRecord> losses;
  std::vector<ClockPair> clocks;
  std::vector<Property> properties;
  std::vector<RecordingWindow> windows;
  std::vector<NotedStep> noted_steps;  // in the order in which they ended
  std::vector<DeviceEvent> device_events{};
};

// The index of a finished file: where each chunk is, what it holds of each track, and a coarse
// picture of each track, so that a page can be drawn before any chunk is decoded.
struct TraceIndex {
  struct ChunkEntry {
    std::uint64_t offset = 0;  // of the record in the file
    std::uint64_t size_bytes = 0;
    std::int64_t first_start_ns = 0;
    std::int64_t last_end_ns = 0;
    std::uint64_t slice_count = 0;
  };
  struct TrackEntry {
    std::uint32_t track_id = 0;
    std::uint64_t slice_count = 0;
    std::int64_t busy_ns = 0;
    std::vector<std::uint32_t> chunk;  // indices into chunks, those that hold slices of the track
    // What the track is, as its definition says, with its name as text.
    TrackKind kind = TrackKind::thread;
    std::string name{};
    std::int64_t tid = 0;
    std::int32_t device = -1;
    std::int64_t stream = -1;
  };
  // Busy nanoseconds of a track in parts of bucket_ns each, the first of which begins at start_ns.
  struct OverviewLevel {
    std::uint32_t track_id = 0;
    std::int64_t start_ns = 0;
    std::int64_t bucket_ns = 0;
    std::vector<std::uint32_t> busy_ns;
  };
  struct StepEntry {
    std::int64_t number = 0;
    std::int64_t start_ns = 0;
    std::int64_t duration_ns = 0;
  };
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::uint64_t slice_count = 0;
  std::uint64_t step_count = 0;
  std::uint64_t lost_count = 0;
  std::vector<ChunkEntry> chunks;
  std::vector<TrackEntry> tracks;
  std::vector<OverviewLevel> overview;
  // In the order in which they ended. Of a long recording, the longest of each `steps_each`.
  std::vector<StepEntry> steps;
  std::uint64_t steps_each = 1;
};

}  // namespace tbprof::proto
