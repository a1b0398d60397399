#include "collector/process_stat.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

namespace tbprof::collector {

namespace {

constexpr int kNameField = 2;
constexpr int kParentField = 4;
constexpr int kStartTimeField = 22;

}  // namespace

ProcessStat read_process_stat(pid_t pid) {
  char text[1024];
  snprintf(text, sizeof text, "/proc/%d/stat", static_cast<int>(pid));
  const int file = open(text, O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  const ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  if (size <= 0) return {};
  text[size] = 0;
  ProcessStat stat;
  // The program's name may hold anything, but no later field holds a parenthesis.
  const char* at = strrchr(text, ')');
  for (int field = kNameField + 1; at != nullptr && field <= kStartTimeField; ++field) {
    at = strchr(at + 1, ' ');
    if (at == nullptr) return {};
    std::uint64_t value = 0;
    for (const char* digit = at + 1; *digit >= '0' && *digit <= '9'; ++digit) {
      value = value * 10 + static_cast<std::uint64_t>(*digit - '0');
    }
    if (field == kParentField) stat.parent = static_cast<pid_t>(value);
    if (field == kStartTimeField) stat.start_time_ticks = value;
  }
  return stat;
}

}  // namespace tbprof::collector
