// What the programs that are measured print at their end: one line of JSON with times, memory of
// the process and of the GPU. Owns nothing. One thread.
#pragma once

#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tbprof::tests {

inline std::int64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// The most memory that the process ever held, in KiB; -1 where the system does not say.
inline long peak_memory_kib() {
  std::FILE* file = std::fopen("/proc/self/status", "r");
  if (file == nullptr) return -1;
  char line[256];
  long peak_kib = -1;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    if (std::strncmp(line, "VmHWM:", 6) == 0) peak_kib = std::atol(line + 6);
  }
  std::fclose(file);
  return peak_kib;
}

class WorkReport {
 public:
  void add(const char* key, double value) {
    used_ += std::snprintf(text_ + used_, sizeof text_ - static_cast<std::size_t>(used_),
                           "%s\"%s\": %.9g", used_ == 0 ? "{" : ", ", key, value);
    if (used_ > kMost) std::abort();
  }
  // Several values under one key: `add_value` for each, in turn.
  void begin_list(const char* key) { append("%s\"%s\": [", used_ == 0 ? "{" : ", ", key); }
  void add_value(double value) { append("%s%.9g", text_[used_ - 1] == '[' ? "" : ", ", value); }
  void end_list() { append("%s", "]"); }

  int print() {
    add("peak_memory_kib", static_cast<double>(peak_memory_kib()));
    std::printf("%s}\n", text_);
    return std::fflush(stdout) == 0 ? 0 : 1;
  }

 private:
  static constexpr int kMost = 60'000;
  template <typename... Values>
  void append(const char* format, Values... values) {
    used_ += std::snprintf(text_ + used_, sizeof text_ - static_cast<std::size_t>(used_), format,
                           values...);
    if (used_ > kMost) std::abort();
  }
  char text_[1 << 16] = {};
  int used_ = 0;
};

}  // namespace tbprof::tests
