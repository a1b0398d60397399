// The environment variables through which a recorded program is told what to do. `tbprof run` sets
// them; collector/config.cc is the only reader, cuda/device_options.cc of those for GPUs, python/
// of those for Python. Constants only. Any thread.
#pragma once

namespace tbprof::collector {

// The log directory. Set and not empty: the program records itself from its first event on.
inline constexpr char kLogdirVariable[] = "TBPROF_LOGDIR";
// Name of the run, a relative path below the log directory. Default: none, files go to
// <logdir>/plugins/profile/<session>/.
inline constexpr char kRunVariable[] = "TBPROF_RUN";
// Name of the session's folder. Default: the start as 2026_01_31_23_59_59, in UTC.
inline constexpr char kSessionVariable[] = "TBPROF_SESSION";
// "0" turns recording off, whatever else is set or called.
inline constexpr char kEnableVariable[] = "TBPROF_ENABLE";
// Names of ranges that are steps: alternatives divided by '|', compared without regard to case. The
// last '#' of each stands for the number. Default: kDefaultStepPattern. Empty: no range is a step.
inline constexpr char kStepPatternVariable[] = "TBPROF_STEP_PATTERN";
inline constexpr char kDefaultStepPattern[] =
    "step #|iteration #|step##|iteration##|ProfilerStep##";
// When to record, as schedule.h writes it: "steps=10-14", "every=100;active=2", "delay=5",
// "range=NAME", "profiler", "on-demand". Default: from the first event to the end.
inline constexpr char kScheduleVariable[] = "TBPROF_SCHEDULE";
// "1": not one line on stderr, not even when the disk is full.
inline constexpr char kQuietVariable[] = "TBPROF_QUIET";
// Size of a thread's event buffer in KiB, 64 to 4096, a power of two. Default 1024, less for
// threads after the sixteenth.
inline constexpr char kBufferKbVariable[] = "TBPROF_BUFFER_KB";
// Limit for all event buffers together in MiB, 1 to 1024. Default 64.
inline constexpr char kBufferTotalMbVariable[] = "TBPROF_BUFFER_TOTAL_MB";

// Read by cuda/. "1": each kernel inside a CUDA graph instead of the graph's launch as a whole, at
// a far higher cost, until CUPTI's memory on the GPU is nearly full.
inline constexpr char kGraphNodesVariable[] = "TBPROF_GRAPH_NODES";
// Read by cuda/. GPU memory in MiB that CUPTI may take in each context, 4 to 1024. Default 128.
inline constexpr char kGpuMemoryMbVariable[] = "TBPROF_GPU_MEMORY_MB";

// Read by cuda/. Names of hardware metrics to sample while a window is open, divided by commas;
// "default" stands for a set of them. Default: none.
inline constexpr char kMetricsVariable[] = "TBPROF_METRICS";
// Read by cuda/. Microseconds from one sample of them to the next, 20 to 1000000. Default 1000.
inline constexpr char kMetricsIntervalUsVariable[] = "TBPROF_METRICS_INTERVAL_US";
// Read by cuda/. "1": once the last window is closed CUPTI leaves the program for good, and with it
// what recording costs. Nothing of the GPU is recorded afterwards.
inline constexpr char kFinalizeVariable[] = "TBPROF_FINALIZE";

// Read by python/. "on": PyTorch's operators are recorded, or a line says why not; "off": they are
// not. Default: on where PyTorch is built with CUDA, and nothing is said.
inline constexpr char kOperatorsVariable[] = "TBPROF_OPERATORS";

// Set, not read: the path of libtbprof.so, which python/ loads.
inline constexpr char kLibraryVariable[] = "TBPROF_LIBRARY";

// Who loads the library: NVTX's header at a binary's first range, the CUDA driver when it starts.
inline constexpr char kNvtxInjectionVariable[] = "NVTX_INJECTION64_PATH";
inline constexpr char kCudaInjectionVariable[] = "CUDA_INJECTION64_PATH";

}  // namespace tbprof::collector
