// A buffer of activity records of any bytes: two bytes choose the version of CUPTI whose sizes they
// are read by, the rest is the buffer. Names in it point anywhere, so they are put right first, as
// CUPTI promises good ones.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <vector>

#include "cuda/activity_decoder.h"
#include "cuda/activity_records.h"
#include "cuda/record_sizes.h"

namespace {

using namespace tbprof::cuda;

void require(bool holds) {
  if (!holds) std::abort();
}

class Count final : public ActivitySink {
 public:
  void on_kernel(const KernelActivity& kernel) override { add(kernel.span, kernel.name.size()); }
  void on_copy(const CopyActivity& copy) override { add(copy.span, 0); }
  void on_memset(const MemsetActivity& memset) override { add(memset.span, 0); }
  void on_api_call(const ApiCallActivity& call) override { add(call.span, 0); }
  void on_synchronization(const SynchronizationActivity& wait) override { add(wait.span, 0); }
  void on_event(const EventActivity&) override { ++delivered; }
  void on_host_function(const HostFunctionActivity& call) override { add(call.span, 0); }
  void on_overhead(const OverheadActivity& overhead) override {
    add(overhead.span, std::strlen(overhead.name));
  }
  void on_graph(const GraphActivity& graph) override { add(graph.span, 0); }
  void on_memory(const MemoryActivity&) override { ++delivered; }
  void on_memory_pool(const MemoryPoolActivity&) override { ++delivered; }
  void on_device(const DeviceFacts& facts) override {
    require(facts.name.size() < 16);
    ++delivered;
  }
  void on_context(const ContextFacts&) override { ++delivered; }
  void on_stream(const StreamFacts&) override { ++delivered; }
  void on_bad_time(const DevicePlace&, const Span&) override { ++bad; }

  std::uint64_t delivered = 0;
  std::uint64_t bad = 0;

 private:
  void add(const Span& span, std::size_t) {
    require(span.start_ns > 0 && span.end_ns >= span.start_ns);
    ++delivered;
  }
};

// Walks as the decoder does and lets the names point to one of ours or nowhere.
void repair_names(std::uint32_t version, std::uint8_t* bytes, std::size_t size) {
  static const char kName[] = "_Z4gemmPf";
  for (std::size_t at = 0; at + sizeof(std::uint32_t) <= size;) {
    std::uint32_t kind = 0;
    std::memcpy(&kind, bytes + at, sizeof kind);
    const std::size_t record = record_bytes(kind, version);
    if (record == 0 || record > size - at) return;
    const char* name = bytes[at + 8] % 2 == 0 ? kName : nullptr;
    if (kind == CUPTI_ACTIVITY_KIND_KERNEL || kind == CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL) {
      std::memcpy(bytes + at + offsetof(KernelRecord, name), &name, sizeof name);
    } else if (kind == CUPTI_ACTIVITY_KIND_DEVICE) {
      std::memcpy(bytes + at + offsetof(DeviceRecord, name), &name, sizeof name);
    }
    at += record;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint32_t kVersions[] = {22,     26,     28,     130001, 130101,
                                         130202, 130301, 130401, 130500, 140000};
  if (size < 2) return 0;
  const std::uint32_t version = kVersions[data[0] % std::size(kVersions)];
  std::vector<std::uint64_t> words((size - 2) / 8 + 1);
  auto* const bytes = reinterpret_cast<std::uint8_t*>(words.data());
  std::memcpy(bytes, data + 2, size - 2);
  repair_names(version, bytes, size - 2);
  Count sink;
  const DecodeCounts counts = decode_by_size(version, bytes, size - 2, sink);
  require(counts.damaged_bytes <= size - 2);
  require(sink.bad == counts.bad_timestamps);
  require(counts.records ==
          sink.delivered + counts.bad_timestamps + counts.bad_host_times + counts.unknown_kinds);
  return 0;
}
