// What the stand-in for libcupti offers beside CUPTI's own functions: a device that runs what it is
// told in the time it is told, so that a test knows every record that must arrive. Looked up by
// dlsym in the libcupti.so.13 that the process has loaded. Any thread.
#pragma once

#include <cstdint>

extern "C" {

// Records the call of a launch on this thread and its kernel on the stream, which begins when the
// stream is free. Returns the correlation id; the kernel's times, on CUPTI's clock, go to the two
// last arguments.
std::uint32_t standin_launch(const char* kernel, std::uint32_t stream, std::uint64_t kernel_ns,
                             std::uint64_t* start_ns, std::uint64_t* end_ns);
// The same for a copy from pageable memory to the device.
std::uint32_t standin_copy(std::uint64_t size_bytes, std::uint32_t stream, std::uint64_t copy_ns);
void standin_allocate(std::uint64_t address, std::uint64_t size_bytes);
void standin_release(std::uint64_t address, std::uint64_t size_bytes);
// One of everything else that CUPTI knows, on stream 7 and thread, with the numbers that
// recording_test.cc expects; each call of it is one runtime API call.
void standin_one_of_each(void);
// A graph of so many empty kernels "_Z4nodev" on stream 7, recorded one by one where that is asked
// for. Each takes a place in CUPTI's memory on the GPU; when that is full, times are zero.
void standin_launch_graph(std::uint32_t kernels);
// A context is made on device 1, with a stream 21 of priority -5; kernels launched on it run there.
void standin_new_context(void);
// A kernel on stream 7 that has not ended when the program does.
void standin_launch_endless(const char* kernel);
// From here on the times of kernels are zero, as when CUPTI's device buffers are at an end.
void standin_lose_times(void);
// And good again.
void standin_find_times(void);
// How many kinds of activity are recorded now, and whether CUPTI was told to leave the program.
std::uint32_t standin_enabled_kinds(void);
int standin_is_finalized(void);
// Buffers that were asked for and not given back, and requests that were refused.
std::uint32_t standin_held_buffers(void);
std::uint32_t standin_refusals(void);
}
