// For tests of the decoder: buffers made by hand from CUDA 13.0's structs, and a sink that keeps
// what it is given. Values. One thread at a time.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "cuda/activity_decoder.h"

namespace tbprof::cuda {

class Recorder final : public ActivitySink {
 public:
  void on_kernel(const KernelActivity& kernel) override {
    kernels.push_back(kernel);
    kernel_names.emplace_back(kernel.name);
  }
  void on_copy(const CopyActivity& copy) override { copies.push_back(copy); }
  void on_memset(const MemsetActivity& memset) override { memsets.push_back(memset); }
  void on_api_call(const ApiCallActivity& call) override { api_calls.push_back(call); }
  void on_synchronization(const SynchronizationActivity& wait) override { waits.push_back(wait); }
  void on_overhead(const OverheadActivity& overhead) override { overheads.push_back(overhead); }
  void on_graph(const GraphActivity& graph) override { graphs.push_back(graph); }
  void on_memory(const MemoryActivity& memory) override { memories.push_back(memory); }
  void on_event(const EventActivity& event) override { events.push_back(event); }
  void on_host_function(const HostFunctionActivity& call) override { functions.push_back(call); }
  void on_memory_pool(const MemoryPoolActivity& pool) override { pools.push_back(pool); }
  void on_context(const ContextFacts& facts) override { contexts.push_back(facts); }
  void on_stream(const StreamFacts& facts) override { streams.push_back(facts); }
  void on_bad_time(const DevicePlace& place, const Span&) override { bad_places.push_back(place); }
  void on_device(const DeviceFacts& facts) override {
    devices.push_back(facts);
    device_names.emplace_back(facts.name);
  }

  std::vector<KernelActivity> kernels;
  std::vector<std::string> kernel_names;
  std::vector<CopyActivity> copies;
  std::vector<MemsetActivity> memsets;
  std::vector<ApiCallActivity> api_calls;
  std::vector<SynchronizationActivity> waits;
  std::vector<OverheadActivity> overheads;
  std::vector<GraphActivity> graphs;
  std::vector<MemoryActivity> memories;
  std::vector<EventActivity> events;
  std::vector<HostFunctionActivity> functions;
  std::vector<MemoryPoolActivity> pools;
  std::vector<ContextFacts> contexts;
  std::vector<StreamFacts> streams;
  std::vector<DevicePlace> bad_places;
  std::vector<DeviceFacts> devices;
  std::vector<std::string> device_names;
};

class ActivityBuffer {
 public:
  template <typename Record>
  void append(const Record& record) {
    append(record, sizeof(Record));
  }
  // As a version has it in which the record is shorter or longer; what it is longer is not zero.
  template <typename Record>
  void append(const Record& record, std::size_t size_bytes) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&record);
    bytes_.insert(bytes_.end(), bytes, bytes + std::min(sizeof(Record), size_bytes));
    if (size_bytes > sizeof(Record)) bytes_.insert(bytes_.end(), size_bytes - sizeof(Record), 0xa5);
  }
  // CUPTI wants 8-byte alignment, which a copy into words gives.
  DecodeCounts decode(const CuptiLibrary& cupti, ActivitySink& sink, std::size_t cut_bytes = 0) {
    std::vector<std::uint64_t> words = aligned();
    std::uint32_t version = 0;
    cupti.get_version(&version);
    return decode_activities(cupti, version, reinterpret_cast<std::uint8_t*>(words.data()),
                             bytes_.size() - cut_bytes, sink);
  }
  DecodeCounts decode_by_size(std::uint32_t version, ActivitySink& sink,
                              std::size_t cut_bytes = 0) const {
    const std::vector<std::uint64_t> words = aligned();
    return cuda::decode_by_size(version, reinterpret_cast<const std::uint8_t*>(words.data()),
                                bytes_.size() - cut_bytes, sink);
  }
  std::vector<std::uint64_t> aligned() const {
    std::vector<std::uint64_t> words(bytes_.size() / 8 + 1);
    std::copy(bytes_.begin(), bytes_.end(), reinterpret_cast<std::uint8_t*>(words.data()));
    return words;
  }
  std::size_t size_bytes() const { return bytes_.size(); }

 private:
  std::vector<std::uint8_t> bytes_;
};

template <typename Record>
Record record_of(CUpti_ActivityKind kind) {
  Record record;
  std::memset(&record, 0, sizeof record);
  record.kind = kind;
  return record;
}

}  // namespace tbprof::cuda
