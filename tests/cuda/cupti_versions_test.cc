// Buffers made by hand for every kind of record in the sizes of each version: walked by the real
// libcupti of 12.4 to 13.1, which need no driver for that, and by our own table of sizes, which
// must agree. For 13.2 to 13.5, whose libraries do nothing without a driver, the table alone.
#include <gtest/gtest.h>

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "cuda/activity_records.h"
#include "cuda/record_sizes.h"
#include "tests/cuda/activity_buffer.h"

namespace tbprof::cuda {
namespace {

struct Version {
  const char* name;
  std::uint32_t number;
  bool is_walked;  // by its library, here
};
void PrintTo(const Version& version, std::ostream* out) { *out << "CUPTI " << version.name; }

constexpr Version kVersions[] = {
    {"12.4", 22, true},      {"12.8", 26, true},      {"12.9", 28, true},
    {"13.0", 130001, true},  {"13.1", 130101, true},  {"13.2", 130202, false},
    {"13.3", 130301, false}, {"13.4", 130401, false}, {"13.5", 130500, false},
};

// Where setup.sh puts them; 13.0 is the one that everything is built against.
std::string library_of(const Version& version) {
  namespace fs = std::filesystem;
  if (std::string_view(version.name) == "13.0") return TBPROF_LIBCUPTI;
  std::error_code error;
  for (fs::recursive_directory_iterator at(fs::path(TBPROF_CUPTI_VERSIONS) / version.name, error);
       !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename();
    if (name == "libcupti.so.12" || name == "libcupti.so.13") return at->path();
  }
  return "";
}

class EachVersion : public testing::TestWithParam<Version> {
 protected:
  void SetUp() override {
    if (!GetParam().is_walked) return;
    const std::string path = library_of(GetParam());
    if (path.empty()) {
      GTEST_SKIP() << "there is no libcupti " << GetParam().name
                   << ": ./setup.sh fetches it where Python's package index can be reached";
    }
    const char* trouble = open_cupti_at(path.c_str(), cupti_);
    ASSERT_EQ(trouble, nullptr) << trouble;
    std::uint32_t number = 0;
    ASSERT_EQ(cupti_.get_version(&number), CUPTI_SUCCESS);
    ASSERT_EQ(number, GetParam().number);
  }

  template <typename Record>
  void append(Record record) {
    const std::size_t size_bytes = record_bytes(code_of(record.kind), GetParam().number);
    if (size_bytes == 0) return;
    buffer_.append(record, size_bytes);
    ++appended_;
  }
  template <typename Record>
  static Record timed(CUpti_ActivityKind kind) {
    auto record = record_of<Record>(kind);
    record.start = 100;
    record.end = 250;
    return record;
  }
  void append_one_of_each();
  void expect_one_of_each(const Recorder& recorder) const;

  CuptiLibrary cupti_;
  ActivityBuffer buffer_;
  std::uint64_t appended_ = 0;
};

// Those whose library walks a buffer without a driver.
class WalkedVersion : public EachVersion {};

void EachVersion::append_one_of_each() {
  auto kernel = timed<CUpti_ActivityKernel10>(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL);
  kernel.name = "_Z4gemmPf";
  kernel.correlationId = 11;
  kernel.graphNodeId = 99;
  kernel.clusterX = 2;
  kernel.clusterY = kernel.clusterZ = 1;
  append(kernel);
  auto copy = timed<CUpti_ActivityMemcpy6>(CUPTI_ACTIVITY_KIND_MEMCPY);
  copy.bytes = 4096;
  copy.copyCount = 3;
  append(copy);
  auto peer = timed<CUpti_ActivityMemcpyPtoP4>(CUPTI_ACTIVITY_KIND_MEMCPY2);
  peer.deviceId = peer.dstDeviceId = 1;
  append(peer);
  auto memset = timed<CUpti_ActivityMemset4>(CUPTI_ACTIVITY_KIND_MEMSET);
  memset.value = 7;
  append(memset);
  auto call = timed<CUpti_ActivityAPI>(CUPTI_ACTIVITY_KIND_RUNTIME);
  call.returnValue = 700;
  append(call);
  append(timed<CUpti_ActivityAPI>(CUPTI_ACTIVITY_KIND_DRIVER));
  auto wait = timed<CUpti_ActivitySynchronization2>(CUPTI_ACTIVITY_KIND_SYNCHRONIZATION);
  wait.type = CUPTI_ACTIVITY_SYNCHRONIZATION_TYPE_EVENT_SYNCHRONIZE;
  wait.cudaEventId = 5;
  wait.cudaEventSyncId = 77;
  append(wait);
  auto event = record_of<CUpti_ActivityCudaEvent2>(CUPTI_ACTIVITY_KIND_CUDA_EVENT);
  event.eventId = 5;
  event.deviceId = 1;
  event.cudaEventSyncId = 77;
  append(event);
  auto overhead = timed<CUpti_ActivityOverhead3>(CUPTI_ACTIVITY_KIND_OVERHEAD);
  overhead.overheadKind = CUPTI_ACTIVITY_OVERHEAD_LAZY_FUNCTION_LOADING;
  overhead.objectKind = CUPTI_ACTIVITY_OBJECT_THREAD;
  overhead.objectId.pt.threadId = 43;
  append(overhead);
  auto memory = record_of<CUpti_ActivityMemory4>(CUPTI_ACTIVITY_KIND_MEMORY2);
  memory.timestamp = 140;
  memory.address = 0xab00;
  memory.memoryPoolConfig.memoryPoolType = CUPTI_ACTIVITY_MEMORY_POOL_TYPE_LOCAL;
  memory.memoryPoolConfig.utilizedSize = 33;
  append(memory);
  auto pool = record_of<CUpti_ActivityMemoryPool3>(CUPTI_ACTIVITY_KIND_MEMORY_POOL);
  pool.memoryPoolOperationType = CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_TRIMMED;
  pool.utilizedSize = 44;
  append(pool);
  auto graph = timed<CUpti_ActivityGraphTrace2>(CUPTI_ACTIVITY_KIND_GRAPH_TRACE);
  graph.graphId = 31;
  append(graph);
  auto device = record_of<CUpti_ActivityDevice5>(CUPTI_ACTIVITY_KIND_DEVICE);
  device.name = "H200";
  device.numMultiprocessors = 132;
  append(device);
  auto context = record_of<CUpti_ActivityContext3>(CUPTI_ACTIVITY_KIND_CONTEXT);
  context.contextId = 2;
  context.numMultiprocessors = 66;
  append(context);
  auto stream = record_of<CUpti_ActivityStream>(CUPTI_ACTIVITY_KIND_STREAM);
  stream.priority = static_cast<std::uint32_t>(-5);
  append(stream);
  auto launch = timed<HostLaunchRecord>(static_cast<CUpti_ActivityKind>(kHostLaunchKind));
  launch.thread_id = 43;
  append(launch);
  auto node = timed<GraphHostNodeRecord>(static_cast<CUpti_ActivityKind>(kGraphHostNodeKind));
  node.graph_node_id = 98;
  append(node);
}

void EachVersion::expect_one_of_each(const Recorder& recorder) const {
  const bool is_12_4 = GetParam().number < kVersion12_8;
  ASSERT_EQ(recorder.kernel_names, std::vector<std::string>{"_Z4gemmPf"});
  EXPECT_EQ(recorder.kernels[0].place.correlation_id, 11u);
  EXPECT_EQ(recorder.kernels[0].place.graph_node_id, 99u);
  EXPECT_EQ(recorder.kernels[0].shape.cluster[0], 2u);
  ASSERT_EQ(recorder.copies.size(), 2u);
  EXPECT_EQ(recorder.copies[0].copy_count, is_12_4 ? 1u : 3u);
  EXPECT_EQ(recorder.copies[1].peer_device, 0);
  ASSERT_EQ(recorder.memsets.size(), 1u);
  EXPECT_EQ(recorder.memsets[0].value, 7u);
  ASSERT_EQ(recorder.api_calls.size(), 2u);
  EXPECT_EQ(recorder.api_calls[0].result, 700u);
  ASSERT_EQ(recorder.waits.size(), 1u);
  EXPECT_EQ(recorder.waits[0].event_id, 5u);
  EXPECT_EQ(recorder.waits[0].event_sync_id, is_12_4 ? 0u : 77u);
  ASSERT_EQ(recorder.events.size(), 1u);
  EXPECT_EQ(recorder.events[0].event_id, 5u);
  EXPECT_EQ(recorder.events[0].sync_id, is_12_4 ? 0u : 77u);
  ASSERT_EQ(recorder.overheads.size(), 1u);
  EXPECT_STREQ(recorder.overheads[0].name, "Load function");
  EXPECT_EQ(recorder.overheads[0].thread_id, 43u);
  ASSERT_EQ(recorder.memories.size(), 1u);
  EXPECT_EQ(recorder.memories[0].address, 0xab00u);
  EXPECT_EQ(recorder.memories[0].pool_used_bytes, 33u);
  ASSERT_EQ(recorder.pools.size(), 1u);
  EXPECT_EQ(recorder.pools[0].operation, PoolOperation::trim);
  EXPECT_EQ(recorder.pools[0].used_bytes, 44u);
  ASSERT_EQ(recorder.graphs.size(), 1u);
  EXPECT_EQ(recorder.graphs[0].place.graph_id, 31u);
  ASSERT_EQ(recorder.device_names, std::vector<std::string>{"H200"});
  EXPECT_EQ(recorder.devices[0].multiprocessors, 132u);
  ASSERT_EQ(recorder.contexts.size(), 1u);
  EXPECT_EQ(recorder.contexts[0].multiprocessors, is_12_4 ? 0u : 66u);
  ASSERT_EQ(recorder.streams.size(), 1u);
  EXPECT_EQ(recorder.streams[0].priority, -5);
  ASSERT_EQ(recorder.functions.size(), GetParam().number < kVersion13_1 ? 0u : 2u);
  if (recorder.functions.empty()) return;
  EXPECT_EQ(recorder.functions[0].thread_id, 43u);
  EXPECT_EQ(recorder.functions[1].place.graph_node_id, 98u);
}

TEST_P(WalkedVersion, OneOfEachIsReadByTheLibrary) {
  append_one_of_each();
  Recorder recorder;
  const DecodeCounts counts = buffer_.decode(cupti_, recorder);
  EXPECT_EQ(counts.records, appended_);
  EXPECT_EQ(counts.damaged_bytes, 0u);
  EXPECT_EQ(counts.unknown_kinds, 0u);
  expect_one_of_each(recorder);
}

TEST_P(EachVersion, OneOfEachIsReadBySizes) {
  append_one_of_each();
  Recorder recorder;
  const DecodeCounts counts = buffer_.decode_by_size(GetParam().number, recorder);
  EXPECT_EQ(counts.records, appended_);
  EXPECT_EQ(counts.damaged_bytes, 0u);
  expect_one_of_each(recorder);
}

// The table's size of each kind is where the library looks for the next record.
TEST_P(WalkedVersion, TheTableAgreesWithTheLibrary) {
  int known = 0;
  for (std::uint32_t kind = 1; kind < 64; ++kind) {
    const std::size_t size_bytes = record_bytes(kind, GetParam().number);
    if (size_bytes == 0) continue;
    ActivityBuffer buffer;
    buffer.append(record_of<CUpti_Activity>(static_cast<CUpti_ActivityKind>(kind)), size_bytes);
    buffer.append(record_of<CUpti_ActivityAPI>(CUPTI_ACTIVITY_KIND_RUNTIME));
    std::vector<std::uint64_t> words = buffer.aligned();
    auto* const bytes = reinterpret_cast<std::uint8_t*>(words.data());
    CUpti_Activity* record = nullptr;
    ASSERT_EQ(cupti_.get_next_record(bytes, buffer.size_bytes(), &record), CUPTI_SUCCESS)
        << "kind " << kind;
    ASSERT_EQ(cupti_.get_next_record(bytes, buffer.size_bytes(), &record), CUPTI_SUCCESS)
        << "kind " << kind;
    EXPECT_EQ(reinterpret_cast<std::uint8_t*>(record) - bytes,
              static_cast<std::ptrdiff_t>(size_bytes))
        << "kind " << kind;
    EXPECT_EQ(record->kind, CUPTI_ACTIVITY_KIND_RUNTIME) << "kind " << kind;
    ++known;
  }
  EXPECT_GE(known, 30);
}

TEST_P(EachVersion, ACutBufferIsReadUpToTheCut) {
  append_one_of_each();
  for (std::size_t cut = 1; cut < buffer_.size_bytes(); cut += 7) {
    Recorder recorder;
    const DecodeCounts counts = buffer_.decode_by_size(GetParam().number, recorder, cut);
    EXPECT_LT(counts.records, appended_);
    if (!GetParam().is_walked) continue;
    Recorder by_library;
    const DecodeCounts walked = buffer_.decode(cupti_, by_library, cut);
    EXPECT_EQ(walked.records, counts.records) << "cut by " << cut;
    EXPECT_EQ(by_library.kernels.size(), recorder.kernels.size());
  }
}

std::string name_of(const testing::TestParamInfo<Version>& one) {
  std::string name = std::string("v") + one.param.name;
  name[name.find('.')] = '_';
  return name;
}

std::vector<Version> walked_versions() {
  std::vector<Version> walked;
  for (const Version& version : kVersions) {
    if (version.is_walked) walked.push_back(version);
  }
  return walked;
}

INSTANTIATE_TEST_SUITE_P(Cupti, EachVersion, testing::ValuesIn(kVersions), name_of);
INSTANTIATE_TEST_SUITE_P(Cupti, WalkedVersion, testing::ValuesIn(walked_versions()), name_of);

TEST(RecordSizes, AVersionOfTomorrowCountsAsTheNewestKnown) {
  EXPECT_EQ(record_bytes(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL, 140000), 248u);
  EXPECT_EQ(record_bytes(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL, 23), 208u);
  EXPECT_EQ(record_bytes(kHostLaunchKind, 130001), 0u);
  EXPECT_EQ(record_bytes(9999, 130001), 0u);
}

}  // namespace
}  // namespace tbprof::cuda
