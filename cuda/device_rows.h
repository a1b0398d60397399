// Brings decoded activities into the trace: gives streams and threads their tracks, sorts what one
// drain brought, converts the times, and counts what is not good. Owns what it has gathered.
// The writer thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/chunk_builder.h"
#include "cuda/cupti_clock.h"
#include "cuda/cupti_library.h"
#include "cuda/device_activity.h"
#include "cuda/device_times.h"
#include "cuda/launch_tally.h"

namespace tbprof::cuda {

class DeviceRows final : public ActivitySink {
 public:
  DeviceRows(const CuptiLibrary& cupti, const CuptiClock& clock) : cupti_(cupti), clock_(clock) {}

  // A recording begins: tracks and names get their ids anew.
  void begin();
  // Hands all that was gathered to the builder. What ended before `covered_until_ns` came late.
  void flush(collector::ChunkBuilder& builder, const DecodeCounts& counts,
             std::int64_t covered_until_ns);
  // Work whose call never came; `at_end` when none can come any more.
  void flush_unmatched(collector::ChunkBuilder& builder, bool at_end);
  // Whether a time that is missing means that the work had not ended: at the end of a recording.
  void expect_unfinished(bool is_expected) { expects_unfinished_ = is_expected; }
  std::size_t size() const { return rows_.size() + values_.size(); }
  DeviceTimes& times() { return times_; }
  // The devices that did something, in the order in which they were seen.
  const std::vector<DeviceFacts>& devices() const { return devices_; }
  bool has_worked(std::uint32_t device) const;

  void on_kernel(const KernelActivity& kernel) override;
  void on_copy(const CopyActivity& copy) override;
  void on_memset(const MemsetActivity& memset) override;
  void on_api_call(const ApiCallActivity& call) override;
  void on_synchronization(const SynchronizationActivity& wait) override;
  void on_event(const EventActivity& event) override;
  void on_host_function(const HostFunctionActivity& call) override;
  void on_overhead(const OverheadActivity& overhead) override;
  void on_graph(const GraphActivity& graph) override;
  void on_memory(const MemoryActivity& memory) override;
  void on_memory_pool(const MemoryPoolActivity& pool) override;
  void on_device(const DeviceFacts& facts) override;
  void on_context(const ContextFacts& facts) override;
  void on_stream(const StreamFacts& facts) override;
  void on_bad_time(const DevicePlace& place, const Span& span) override;
  // Where the activities of the next buffer go; names are given ids at once.
  void set_builder(collector::ChunkBuilder& builder) { builder_ = &builder; }

 private:
  enum class TrackOf : std::uint8_t { stream, host, memory };
  struct Row {
    std::uint32_t track = 0;
    std::uint32_t name = 0;
    std::uint32_t shape = 0;
    std::uint32_t correlation_id = 0;  // 0: none by which to join it
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
    std::uint64_t size_bytes = 0;
    std::uint32_t first_fact = 0;
    std::uint32_t fact_count = 0;
  };
  struct Fact {
    std::uint32_t key = 0;
    proto::ValueKind kind = proto::ValueKind::number;
    std::uint64_t value = 0;
  };
  struct Track {
    std::uint32_t id = 0;
    TrackOf of = TrackOf::stream;
    std::int64_t last_end_ns = INT64_MIN;
  };
  struct CounterValue {
    std::uint32_t name = 0;  // index into counters_
    std::int64_t time_ns = 0;
    double value = 0;
    bool is_change = false;   // added to what it was
    std::uint32_t order = 0;  // in which it came
  };
  struct Counter {
    std::string text;
    double value = 0;
  };
  struct Key {
    std::uint64_t value = 0;
    std::uint32_t track = 0;  // its place in tracks_
  };

  void add(std::uint32_t track, const Span& span, std::uint32_t name, std::uint32_t correlation_id,
           std::uint32_t shape, std::uint64_t size_bytes);
  // Of the row that was added last.
  void add_number(const char* key, std::uint64_t value);
  void add_address(const char* key, std::uint64_t value);
  void add_text(const char* key, const char* value);
  void add_fact(const char* key, proto::ValueKind kind, std::uint64_t value);
  void add_device_work(const Span& span, const DevicePlace& place, std::uint32_t name,
                       std::uint32_t shape, std::uint64_t size_bytes);
  void add_value(const char* text, std::int64_t time_ns, double value, bool is_change);
  std::uint32_t track_of_stream(const DevicePlace& place);
  std::uint32_t track_of_thread(std::uint32_t process_id, std::uint32_t thread_id);
  // A track of the process that is no thread's, by its name.
  std::uint32_t track_named(const char* name, TrackOf of);
  std::uint32_t name_of_call(const ApiCallActivity& call);
  // A fact that holds for the life of the process: each recording has it.
  void tell(const char* key, std::string_view value);
  void flush_losses(const DecodeCounts& counts, std::int64_t covered_until_ns);
  void flush_rows();
  void flush_values();

  const CuptiLibrary& cupti_;
  const CuptiClock& clock_;
  collector::ChunkBuilder* builder_ = nullptr;
  std::vector<Row> rows_;
  std::vector<Fact> facts_;
  std::vector<Track> tracks_;  // by the place in Row::track
  std::vector<CounterValue> values_;
  std::vector<Counter> counters_;
  // Few: searched from the front.
  // By value: programs may make streams and threads all the time.
  std::vector<Key> streams_;
  std::vector<Key> threads_;
  std::vector<std::pair<const char*, std::uint32_t>> named_tracks_;
  std::vector<std::pair<const char*, std::uint32_t>> fact_keys_;  // by address: literals
  std::vector<std::uint32_t> call_names_[2];                      // by callback id; name id + 1
  std::vector<proto::Property> told_;
  std::vector<DeviceFacts> devices_;
  std::vector<std::uint32_t> working_devices_;
  std::uint32_t stream_facts_ = 0;
  DeviceTimes times_;
  LaunchTally launches_;
  std::uint64_t doubtful_ = 0;
  std::int64_t doubtful_from_ns_ = 0;
  std::int64_t doubtful_until_ns_ = 0;
  bool expects_unfinished_ = false;
  std::uint64_t unfinished_ = 0;  // of the buffer at hand
};

}  // namespace tbprof::cuda
