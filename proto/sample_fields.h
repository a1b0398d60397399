// The field numbers of sample records, as TRACE_FORMAT.md lists them: shared by encoder and
// decoder. Never renumber, never reuse. Immutable. Any thread.
#pragma once

#include <cstdint>

namespace tbprof::proto::field {

// First field of the record, a fixed64 with the file id: beside those in trace_fields.h.
inline constexpr std::uint32_t kSamplesOf = 5;

// Codec, raw size and body as in trace_fields.h's envelope.
namespace sample_envelope {
enum : std::uint32_t {
  kSequence = 6,
  kFirstString = 10,
  kFirstFrame,
  kFirstStack,
  kIsLast,
  kCoveredUntil,
};
}
namespace samples {
enum : std::uint32_t {
  kString = 1,
  kFrameFunction,
  kFrameFile,
  kFrameLine,
  kStackCaller,
  kStackFrame,
  kThread,
  kBlock,
  kProperty,
};
}
namespace sampled_thread {
enum : std::uint32_t { kId = 1, kTid, kName };
}
namespace sample_block {
enum : std::uint32_t {
  kThread = 1,
  kGap,
  kDuration,
  kCount,
  kState,
  kStack,
  kPlace,
  kCpu,
  kDelay,
};
}

}  // namespace tbprof::proto::field
