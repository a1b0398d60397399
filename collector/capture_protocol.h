// What `tbprof capture` and a recorded process say to each other over the process's socket
// (window_page.h tells where it lies): messages of fixed size over SOCK_SEQPACKET. The client sends
// one request; the process answers `waiting` and `started` as it comes to that, then one of the
// others, and closes. A client that goes away takes its wish back. No dependency but the
// C library. Values only: any thread.
#pragma once

#include <cstdint>

namespace tbprof::collector {

inline constexpr char kCaptureMagic[4] = {'T', 'B', 'C', '1'};

struct CaptureRequest {
  char magic[4] = {'T', 'B', 'C', '1'};
  std::uint32_t reserved = 0;
  // One of them is above 0.
  std::int64_t duration_ns = 0;
  std::int64_t steps = 0;
  char label[64] = {};  // ends with a zero
};
static_assert(sizeof(CaptureRequest) == 88);

inline constexpr std::int64_t kMostCaptureSteps = 1'000'000;
inline constexpr std::int64_t kMostCaptureNs = std::int64_t{24} * 3600 * 1'000'000'000;

enum class CaptureAnswer : std::uint32_t {
  waiting = 1,  // for the next step
  started = 2,  // the window is open
  done = 3,     // it is closed again
  busy = 4,     // a window is open already
  stopped = 5,  // the recording ended before the window was closed
  refused = 6,  // the request is malformed, or of another user
};

struct CaptureReply {
  char magic[4] = {'T', 'B', 'C', '1'};
  std::uint32_t answer = 0;  // a CaptureAnswer
  std::int64_t steps_left = 0;
  char folder[1024] = {};  // where the trace lies, as the process sees it; may be empty
};
static_assert(sizeof(CaptureReply) == 1040);

}  // namespace tbprof::collector
