// What the stand-in for libcupti keeps: its device, the buffers that it was given, and how records
// come into them. Shared by its parts. Under the device's lock, unless said otherwise.
#pragma once

#include <cupti.h>

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

namespace standin {

struct Buffer {
  std::uint8_t* data = nullptr;
  std::size_t size_bytes = 0;
  std::size_t used_bytes = 0;
};

// Records of one thread, and of the device on the thread that launched, as CUPTI keeps them.
struct Device {
  std::mutex mutex;
  bool is_subscribed = false;
  CUpti_CallbackFunc callback = nullptr;
  std::set<std::pair<int, std::uint32_t>> callbacks;  // domain and number
  std::set<int> domains;
  bool has_context = false;
  bool is_finalized = false;
  CUpti_BuffersCallbackRequestFunc request = nullptr;
  CUpti_BuffersCallbackCompleteFunc complete = nullptr;
  std::set<int> kinds;
  std::map<std::uint32_t, Buffer> buffers;  // by thread
  std::map<std::uint32_t, std::uint64_t> stream_free_ns;
  std::uint32_t last_correlation = 0;
  std::uint32_t held = 0;
  std::uint32_t refusals = 0;
  std::size_t dropped = 0;
  bool lost_times = false;
  std::uint32_t flushes = 0;
  std::vector<CUpti_ActivityKernel10> endless;
  std::size_t timed_records = 0;
  std::size_t pool_limit = 0;
  std::size_t device_buffer_bytes = 0;
};

// CUpti_ActivityHostLaunch of 13.1.
constexpr auto kHostLaunch = static_cast<CUpti_ActivityKind>(58);
struct HostLaunch {
  CUpti_ActivityKind kind;
  std::uint32_t stream, context, device, correlation, process, thread, padding;
  std::uint64_t start, end;
};

// Never destroyed: it is called until the process ends.
inline Device& device() {
  static Device* const one = new Device;
  return *one;
}

inline bool is_told(const char* word) {
  const char* words = std::getenv("TBPROF_STANDIN");
  return words != nullptr && std::strstr(words, word) != nullptr;
}

inline std::uint64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

inline std::uint32_t thread_id() { return static_cast<std::uint32_t>(syscall(SYS_gettid)); }

inline void give_back(Device& self, Buffer& buffer) {
  if (buffer.data == nullptr) return;
  --self.held;
  self.complete(nullptr, 0, buffer.data, buffer.size_bytes, buffer.used_bytes);
  buffer = {};
}

// A kernel's record is longer from 13.1 on.
inline std::size_t extra_bytes(int kind) {
  return kind == CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL && is_told("v131") ? 8 : 0;
}

template <typename Record>
void append(Device& self, const Record& record) {
  if (self.kinds.count(record.kind) == 0) return;
  const std::size_t size_bytes = sizeof record + extra_bytes(record.kind);
  Buffer& buffer = self.buffers[thread_id()];
  if (buffer.data != nullptr && buffer.used_bytes + size_bytes > buffer.size_bytes) {
    give_back(self, buffer);
  }
  if (buffer.data == nullptr) {
    std::size_t most_records = 0;
    self.request(&buffer.data, &buffer.size_bytes, &most_records);
    if (buffer.data == nullptr) {
      ++self.refusals;
      ++self.dropped;
      return;
    }
    ++self.held;
    buffer.used_bytes = 0;
  }
  std::memcpy(buffer.data + buffer.used_bytes, &record, sizeof record);
  buffer.used_bytes += size_bytes;
}

template <typename Record>
Record made(CUpti_ActivityKind kind) {
  Record record;
  std::memset(&record, 0, sizeof record);
  record.kind = kind;
  return record;
}

inline std::uint32_t call(Device& self, CUpti_runtime_api_trace_cbid function) {
  auto record = made<CUpti_ActivityAPI>(CUPTI_ACTIVITY_KIND_RUNTIME);
  record.cbid = function;
  record.start = now_ns();
  record.end = now_ns();
  record.processId = static_cast<std::uint32_t>(getpid());
  record.threadId = thread_id();
  record.correlationId = ++self.last_correlation;
  append(self, record);
  return record.correlationId;
}

// When work that is handed over now runs on a stream.
inline std::uint64_t place_on(Device& self, std::uint32_t stream, std::uint64_t duration_ns) {
  std::uint64_t& free_ns = self.stream_free_ns[stream];
  const std::uint64_t start_ns = std::max(free_ns, now_ns());
  free_ns = start_ns + duration_ns;
  return start_ns;
}

// REQUIRES: the lock.
inline bool is_watched(int domain, std::uint32_t id) {
  return device().callbacks.count({domain, id}) + device().domains.count(domain) > 0;
}

}  // namespace standin
