// The field numbers of .tbtrace messages, as TRACE_FORMAT.md lists them: shared by encoder and
// decoder. Never renumber, never reuse. Immutable. Any thread.
#pragma once

#include <cstdint>

namespace tbprof::proto::field {

// The first field of every record says what the record is: always a fixed64.
inline constexpr std::uint32_t kMagic = 1;    // header; its value is kTraceMagic
inline constexpr std::uint32_t kChunkOf = 2;  // the others; the value is the file id
inline constexpr std::uint32_t kIndexOf = 3;
inline constexpr std::uint32_t kTrailerOf = 4;

namespace header {
enum : std::uint32_t {
  kVersion = 5,
  kFileId,
  kWriter,
  kHost,
  kPid,
  kParentPid,
  kStartMonotonic,
  kStartRealtime,
  kRun,
  kSession,
  kCommand,
  kRank,
  kWorldSize,
};
}
// A chunk and an index carry their contents in a body, compressed as one block.
namespace envelope {
enum : std::uint32_t {
  kSequence = 5,
  kCoveredUntil,
  kCodec,
  kRawSize,
  kBody,
  kFirstString,
  kFirstName,
  kFirstShape,
};
}
namespace trailer {
enum : std::uint32_t { kIndexOffset = 5, kIndexRecordBytes, kVersion, kEndMark };
}

namespace chunk {
enum : std::uint32_t {
  kString = 1,
  kNameString,
  kNameCategory,
  kShape,
  kTrack,
  kSlices,
  kStep,
  kCounter,
  kInstantTrack,
  kInstantTime,
  kInstantName,
  kOpen,
  kLoss,
  kClock,
  kProperty,
  kWindow,
  kNotedSteps,
  kDeviceEvent,
  kInstantAttribute,
};
}
namespace shape {
enum : std::uint32_t { kGrid = 1, kBlock, kRegisters, kStaticShared, kDynamicShared, kCluster };
}
namespace track {
enum : std::uint32_t { kId = 1, kKind, kName, kPid, kTid, kDevice, kStream, kContext };
}
namespace slices {
enum : std::uint32_t {
  kTrack = 1,
  kNesting,
  kGap,
  kDuration,
  kName,
  kCorrelation,
  kShape,
  kSize,
  kAttribute,
};
}
namespace slice_attribute {
enum : std::uint32_t { kKey = 1, kKind, kRow, kValue };
}
namespace device_event {
enum : std::uint32_t { kSync = 1, kEvent, kDevice, kContext, kStream, kCorrelation };
}
namespace step {
enum : std::uint32_t { kTrack = 1, kNumber, kStart, kDuration, kName };
}
namespace counter {
enum : std::uint32_t { kTrack = 1, kName, kTime, kValueChange, kValue };
}
namespace open {
enum : std::uint32_t { kTrack = 1, kStart, kName, kStepNumber };
}
namespace loss {
enum : std::uint32_t { kKind = 1, kCount, kFrom, kUntil, kTrack };
}
namespace clock_pair {
enum : std::uint32_t { kKind = 1, kSource, kOther };
}
namespace property {
enum : std::uint32_t { kKey = 1, kValue };
}
namespace window {
enum : std::uint32_t { kNumber = 1, kStart, kEnd, kCause, kLabel };
}
namespace noted_steps {
enum : std::uint32_t { kNumber = 1, kGap, kDuration };
}

namespace index {
enum : std::uint32_t {
  kStart = 1,
  kEnd,
  kSliceCount,
  kStepCount,
  kLostCount,
  kChunkOffset,
  kChunkSize,
  kChunkStart,
  kChunkLength,
  kChunkSlices,
  kTrack,
  kOverview,
  kStepNumber,
  kStepGap,
  kStepDuration,
  kStepsEach,
};
}
namespace index_track {
enum : std::uint32_t {
  kTrack = 1,
  kSliceCount,
  kBusy,
  kChunk,
  kKind,
  kName,
  kTid,
  kDevice,
  kStream,
};
}
namespace overview {
enum : std::uint32_t { kTrack = 1, kStart, kBucket, kBusy };
}

// "TBTRACE\n" as the eight bytes of a fixed64.
inline constexpr std::uint64_t kTraceMagic = 0x0a45434152544254;
inline constexpr char kEndMarkText[] = "TBTEND";

}  // namespace tbprof::proto::field
