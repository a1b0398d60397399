// Brings decoded activities into the trace: gives streams and threads their tracks, sorts what one
// drain brought, converts the times, and counts what is not good. Owns what it has gathered.
// The writer thread.
#pragma once

#include <cstdint>
#include <vector>

#include "collector/chunk_builder.h"
#include "cuda/cupti_clock.h"
#include "cuda/cupti_library.h"
#include "cuda/device_activity.h"

namespace tbprof::cuda {

class DeviceRows final : public ActivitySink {
 public:
  DeviceRows(const CuptiLibrary& cupti, const CuptiClock& clock) : cupti_(cupti), clock_(clock) {}

  // A recording begins: tracks and names get their ids anew.
  void begin();
  // Hands all that was gathered to the builder.
  void flush(collector::ChunkBuilder& builder, const DecodeCounts& counts);
  std::size_t size() const { return rows_.size() + values_.size(); }

  void on_kernel(const KernelActivity& kernel) override;
  void on_copy(const CopyActivity& copy) override;
  void on_memset(const MemsetActivity& memset) override;
  void on_api_call(const ApiCallActivity& call) override;
  void on_synchronization(const SynchronizationActivity& wait) override;
  void on_overhead(const OverheadActivity& overhead) override;
  void on_graph(const GraphActivity& graph) override;
  void on_memory(const MemoryActivity& memory) override;
  void on_device(const DeviceFacts& facts) override;
  // Where the activities of the next buffer go; names are given ids at once.
  void set_builder(collector::ChunkBuilder& builder) { builder_ = &builder; }

 private:
  enum class TrackOf : std::uint8_t { stream, thread, waits };
  struct Row {
    std::uint32_t track = 0;
    std::uint32_t name = 0;
    std::uint32_t shape = 0;
    std::uint32_t correlation_id = 0;
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
    std::uint64_t size_bytes = 0;
  };
  struct Track {
    std::uint32_t id = 0;
    TrackOf of = TrackOf::stream;
    std::int64_t last_end_ns = INT64_MIN;
  };
  struct AllocatedValue {
    std::uint32_t device = 0;
    std::int64_t time_ns = 0;
    std::int64_t change_bytes = 0;
  };

  void add(std::uint32_t track, const Span& span, std::uint32_t name, std::uint32_t correlation_id,
           std::uint32_t shape, std::uint64_t size_bytes);
  std::uint32_t track_of_stream(const DevicePlace& place);
  std::uint32_t track_of_thread(std::uint32_t process_id, std::uint32_t thread_id);
  std::uint32_t track_of_waits();
  std::uint32_t name_of_call(const ApiCallActivity& call);
  void flush_rows();
  void flush_values();

  const CuptiLibrary& cupti_;
  const CuptiClock& clock_;
  collector::ChunkBuilder* builder_ = nullptr;
  std::vector<Row> rows_;
  std::vector<Track> tracks_;  // by the place in Row::track
  std::vector<AllocatedValue> values_;
  std::vector<std::int64_t> allocated_bytes_;  // by device
  struct Key {
    std::uint64_t value = 0;
    std::uint32_t place_plus_one = 0;
  };
  // Few: searched from the front, the last found first.
  std::vector<Key> streams_;
  std::vector<Key> threads_;
  std::vector<std::uint32_t> call_names_[2];  // by callback id; name id + 1
  std::vector<std::uint32_t> known_devices_;
  std::uint32_t waits_plus_one_ = 0;
};

}  // namespace tbprof::cuda
