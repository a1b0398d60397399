// Trace contents for tests: one chunk with something in every list, and realistic slices.
// Functions only. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "proto/sample_records.h"
#include "proto/trace_records.h"

namespace tbprof::tests::proto {

using namespace tbprof::proto;

TraceHeader sample_header();
// Something in every list and column.
TraceChunk sample_chunk();
TraceIndex sample_index();
SampleChunk sample_sample_chunk();
// Header, two chunks, index and trailer, framed.
std::string sample_file();

// Ranges of a training step nested four deep, as a host thread records them.
SliceBlock nested_ranges(std::size_t slice_count, std::uint64_t seed);
// Kernels of a stream: correlation ids, launch shapes, many names.
SliceBlock kernels(std::size_t slice_count, std::uint64_t seed);

// Every field of the two is the same.
bool same(const TraceHeader& a, const TraceHeader& b);
bool same(const TraceChunk& a, const TraceChunk& b);
bool same(const TraceIndex& a, const TraceIndex& b);

}  // namespace tbprof::tests::proto
