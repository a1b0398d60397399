// Buffers made by hand from CUDA 13.0's structs, walked by the real libcupti, which needs neither a
// GPU nor a driver for that.
#include "cuda/activity_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/cuda/activity_buffer.h"

namespace tbprof::cuda {
namespace {

CUpti_ActivityKernel10 kernel_record(const char* name, std::uint64_t start, std::uint64_t end) {
  auto record = record_of<CUpti_ActivityKernel10>(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL);
  record.name = name;
  record.start = start;
  record.end = end;
  record.deviceId = 3;
  record.contextId = 1;
  record.streamId = 7;
  record.correlationId = 4711;
  record.graphId = 12;
  record.graphNodeId = 0x1200000005;
  record.gridX = 256;
  record.gridY = 2;
  record.gridZ = 1;
  record.blockX = 128;
  record.blockY = 1;
  record.blockZ = 1;
  record.registersPerThread = 96;
  record.staticSharedMemory = 1024;
  record.dynamicSharedMemory = 49152;
  return record;
}

class ActivityDecoderTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* trouble = open_cupti_at(TBPROF_LIBCUPTI, cupti_);
    ASSERT_EQ(trouble, nullptr) << trouble;
  }
  CuptiLibrary cupti_;
  ActivityBuffer buffer_;
  Recorder recorder_;
};

TEST_F(ActivityDecoderTest, ReadsAKernelWithItsShapeAndPlace) {
  buffer_.append(kernel_record("_Z4gemmPf", 1'000, 1'710));
  const DecodeCounts counts = buffer_.decode(cupti_, recorder_);

  EXPECT_EQ(counts.records, 1u);
  ASSERT_EQ(recorder_.kernels.size(), 1u);
  const KernelActivity& kernel = recorder_.kernels[0];
  EXPECT_EQ(recorder_.kernel_names[0], "_Z4gemmPf");
  EXPECT_EQ(kernel.span.start_ns, 1'000);
  EXPECT_EQ(kernel.span.end_ns, 1'710);
  EXPECT_EQ(kernel.place.device, 3u);
  EXPECT_EQ(kernel.place.context, 1u);
  EXPECT_EQ(kernel.place.stream, 7u);
  EXPECT_EQ(kernel.place.correlation_id, 4711u);
  EXPECT_EQ(kernel.place.graph_id, 12u);
  EXPECT_EQ(kernel.place.graph_node_id, 0x1200000005u);
  EXPECT_EQ(kernel.shape.grid[0], 256u);
  EXPECT_EQ(kernel.shape.grid[1], 2u);
  EXPECT_EQ(kernel.shape.block[0], 128u);
  EXPECT_EQ(kernel.shape.registers_per_thread, 96u);
  EXPECT_EQ(kernel.shape.static_shared_memory_bytes, 1024u);
  EXPECT_EQ(kernel.shape.dynamic_shared_memory_bytes, 49152u);
}

TEST_F(ActivityDecoderTest, ReadsCopiesWithDirectionAndPeer) {
  auto copy = record_of<CUpti_ActivityMemcpy6>(CUPTI_ACTIVITY_KIND_MEMCPY);
  copy.start = 10;
  copy.end = 20;
  copy.bytes = 1 << 20;
  copy.srcKind = CUPTI_ACTIVITY_MEMORY_KIND_PINNED;
  copy.dstKind = CUPTI_ACTIVITY_MEMORY_KIND_DEVICE;
  buffer_.append(copy);
  auto peer = record_of<CUpti_ActivityMemcpyPtoP4>(CUPTI_ACTIVITY_KIND_MEMCPY2);
  peer.start = 30;
  peer.end = 45;
  peer.bytes = 77;
  peer.deviceId = 0;
  peer.srcDeviceId = 0;
  peer.dstDeviceId = 5;
  peer.srcKind = CUPTI_ACTIVITY_MEMORY_KIND_DEVICE;
  peer.dstKind = CUPTI_ACTIVITY_MEMORY_KIND_DEVICE;
  buffer_.append(peer);
  buffer_.decode(cupti_, recorder_);

  ASSERT_EQ(recorder_.copies.size(), 2u);
  EXPECT_EQ(recorder_.copies[0].size_bytes, std::uint64_t{1} << 20);
  EXPECT_STREQ(memory_kind_name(recorder_.copies[0].from), "pinned");
  EXPECT_STREQ(memory_kind_name(recorder_.copies[0].to), "device");
  EXPECT_EQ(recorder_.copies[0].peer_device, -1);
  EXPECT_EQ(recorder_.copies[1].size_bytes, 77u);
  EXPECT_EQ(recorder_.copies[1].peer_device, 5);
}

TEST_F(ActivityDecoderTest, ReadsMemsetsAndCallsOfBothLayers) {
  auto memset = record_of<CUpti_ActivityMemset4>(CUPTI_ACTIVITY_KIND_MEMSET);
  memset.start = 5;
  memset.end = 6;
  memset.bytes = 4096;
  memset.memoryKind = CUPTI_ACTIVITY_MEMORY_KIND_DEVICE;
  buffer_.append(memset);
  for (const auto kind : {CUPTI_ACTIVITY_KIND_RUNTIME, CUPTI_ACTIVITY_KIND_DRIVER}) {
    auto call = record_of<CUpti_ActivityAPI>(kind);
    call.cbid = 211;
    call.start = 100;
    call.end = 104;
    call.processId = 42;
    call.threadId = 43;
    call.correlationId = 9;
    buffer_.append(call);
  }
  buffer_.decode(cupti_, recorder_);

  ASSERT_EQ(recorder_.memsets.size(), 1u);
  EXPECT_EQ(recorder_.memsets[0].size_bytes, 4096u);
  ASSERT_EQ(recorder_.api_calls.size(), 2u);
  EXPECT_EQ(recorder_.api_calls[0].layer, ApiLayer::runtime);
  EXPECT_EQ(recorder_.api_calls[1].layer, ApiLayer::driver);
  EXPECT_EQ(recorder_.api_calls[1].callback_id, 211u);
  EXPECT_EQ(recorder_.api_calls[1].thread_id, 43u);
  EXPECT_EQ(recorder_.api_calls[1].correlation_id, 9u);
}

TEST_F(ActivityDecoderTest, CountsTimesThatCuptiCouldNotCollect) {
  buffer_.append(kernel_record("none", 0, 0));
  buffer_.append(kernel_record("reversed", 2'000, 1'000));
  buffer_.append(kernel_record("good", 1'000, 1'000));
  const DecodeCounts counts = buffer_.decode(cupti_, recorder_);

  EXPECT_EQ(counts.records, 3u);
  EXPECT_EQ(counts.bad_timestamps, 2u);
  EXPECT_EQ(recorder_.kernel_names, std::vector<std::string>{"good"});
}

TEST_F(ActivityDecoderTest, SkipsAndCountsKindsThatItDoesNotRead) {
  buffer_.append(
      record_of<CUpti_ActivityExternalCorrelation>(CUPTI_ACTIVITY_KIND_EXTERNAL_CORRELATION));
  buffer_.append(kernel_record("after", 1, 2));
  const DecodeCounts counts = buffer_.decode(cupti_, recorder_);

  EXPECT_EQ(counts.unknown_kinds, 1u);
  EXPECT_EQ(recorder_.kernel_names, std::vector<std::string>{"after"});
}

TEST_F(ActivityDecoderTest, KernelWithoutNameIsDelivered) {
  buffer_.append(kernel_record(nullptr, 1, 2));
  buffer_.decode(cupti_, recorder_);
  ASSERT_EQ(recorder_.kernels.size(), 1u);
  EXPECT_TRUE(recorder_.kernel_names[0].empty());
}

TEST_F(ActivityDecoderTest, EmptyBufferHoldsNothing) {
  const DecodeCounts counts = buffer_.decode(cupti_, recorder_);
  EXPECT_EQ(counts.records, 0u);
  EXPECT_EQ(counts.damaged_bytes, 0u);
}

}  // namespace
}  // namespace tbprof::cuda
