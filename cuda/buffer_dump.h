// Keeps the buffers that CUPTI filled as they are, for tests that decode them on machines without a
// GPU: where TBPROF_DUMP_BUFFERS names a folder, each buffer becomes a file there, and the texts
// that its records point to a second one. The writer thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/cupti_library.h"

namespace tbprof::cuda {

// <folder>/<pid>_<number>.buffer and .strings: a line with CUPTI's version, then for each text its
// address, a space, and the text. At most 32 buffers of a process; does nothing without the
// variable.
void dump_buffer(const CuptiLibrary& cupti, std::uint32_t version, std::uint8_t* data,
                 std::size_t valid_bytes);

}  // namespace tbprof::cuda
