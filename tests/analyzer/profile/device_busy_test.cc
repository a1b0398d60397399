#include "analyzer/profile/device_busy.h"

#include <gtest/gtest.h>

#include "tests/analyzer/small_trace.h"

namespace tbprof::analyzer::profile {
namespace {

using tests::Category;
using tests::SmallTrace;

TEST(DeviceBusy, IsTheUnionOverAllStreams) {
  SmallTrace small;
  const auto compute = small.stream(0, 7);
  const auto copy = small.stream(0, 8);
  small.slice(compute, "gemm", Category::kernel, 100, 200);
  small.slice(compute, "Memset", Category::memset, 300, 310);
  small.slice(copy, "Memcpy HtoD", Category::memcpy, 150, 250);
  small.slice(copy, "ncclDevKernel_AllReduce", Category::kernel, 240, 280);
  small.slice(compute, "forward", Category::gpu_annotation, 0, 1000);  // no work
  const auto devices = device_busy(*small.seal());
  ASSERT_EQ(devices.size(), 1u);
  const DeviceBusy& device = devices[0];
  EXPECT_EQ(device.name, "GPU 0");
  EXPECT_EQ(device.stream_count, 2u);
  EXPECT_EQ(device.work_count, 4u);
  EXPECT_EQ(device.start_ns, 100);
  EXPECT_EQ(device.span_ns, 210);
  EXPECT_EQ(device.busy_ns, 190);
  EXPECT_EQ(device.idle_ns, 20);
  EXPECT_EQ(device.computation_ns, 110);
  EXPECT_EQ(device.communication_ns, 40);
  EXPECT_EQ(device.communication_exposed_ns, 40);
  EXPECT_EQ(device.memcpy_ns, 100);
  EXPECT_EQ(device.memcpy_exposed_ns, 40);
  EXPECT_EQ(device.left_over_count, 0u);
}

TEST(DeviceBusy, DevicesAreApart) {
  SmallTrace small;
  small.slice(small.stream(1, 7), "gemm", Category::kernel, 0, 10);
  small.slice(small.stream(0, 7), "gemm", Category::kernel, 5, 25);
  small.stream(2, 7);  // nothing on it
  const auto devices = device_busy(*small.seal());
  ASSERT_EQ(devices.size(), 2u);
  EXPECT_EQ(devices[0].device, 0);
  EXPECT_EQ(devices[0].busy_ns, 20);
  EXPECT_EQ(devices[1].device, 1);
  EXPECT_EQ(devices[1].busy_ns, 10);
}

TEST(DeviceBusy, WorkLaunchedBeforeTheRecordingIsCountedApart) {
  SmallTrace small;
  const auto main = small.thread("main");
  const auto stream = small.stream(0, 7);
  small.slice(stream, "left over", Category::kernel, 0, 30);
  const auto call = small.slice(main, "cudaLaunchKernel", Category::runtime_api, 10, 12);
  const auto kernel = small.slice(stream, "gemm", Category::kernel, 40, 90);
  small.builder().set_correlation(call, 1);
  small.builder().set_correlation(kernel, 1);
  small.slice(stream, "unlinked, but later", Category::kernel, 95, 100);
  const auto devices = device_busy(*small.seal());
  ASSERT_EQ(devices.size(), 1u);
  EXPECT_EQ(devices[0].start_ns, 40);
  EXPECT_EQ(devices[0].busy_ns, 55);
  EXPECT_EQ(devices[0].idle_ns, 5);
  EXPECT_EQ(devices[0].left_over_count, 1u);
  EXPECT_EQ(devices[0].left_over_busy_ns, 30);
}

}  // namespace
}  // namespace tbprof::analyzer::profile
