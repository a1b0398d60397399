// The one DeviceSource of the process as the recorder knows it.
#include <stdlib.h>
#include <unistd.h>

#include <new>

#include "collector/event_source.h"
#include "cuda/device_source.h"

namespace tbprof::cuda {

namespace {

alignas(DeviceSource) constinit unsigned char g_memory[sizeof(DeviceSource)] = {};
constinit DeviceSource* g_source = nullptr;
constinit pid_t g_process = 0;

// Before the driver's own ends, which were registered earlier or run as destructors.
void on_exit() {
  if (getpid() == g_process) g_source->stop_for_good();
}

void on_context(CUcontext context) { g_source->on_context(context); }

bool start_source(void*) {
  g_source = new (g_memory) DeviceSource;
  g_process = getpid();
  const ToolCallback on_tool = [](const char* tool) {
    if (getpid() == g_process) g_source->step_aside(tool);
  };
  if (!g_source->start(on_tool, on_context)) return false;
  atexit(on_exit);
  return true;
}

constinit const collector::EventSource kSource = {
    .name = "CUDA",
    .self = nullptr,
    .start = start_source,
    .trouble = [](void*) { return g_source->trouble(); },
    .drain = [](void*, collector::ChunkBuilder& builder,
                bool first) { return g_source->drain(builder, first); },
    .covered_until_ns = [](void*) { return g_source->covered_until_ns(); },
    .stop = [](void*) { g_source->stop(); },
    .set_recording = [](void*, bool is_wanted) { g_source->set_recording(is_wanted); },
};

}  // namespace

}  // namespace tbprof::cuda

extern "C" const tbprof::collector::EventSource* tbprof_cuda_event_source() {
  return &tbprof::cuda::kSource;
}
