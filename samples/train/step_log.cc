#include "step_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace tbprof::samples::train {

std::int64_t monotonic_ns() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

StepLog::StepLog(const std::string& path) {
  if (path.empty()) return;
  descriptor_ = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor_ < 0) {
    std::fprintf(stderr, "train: cannot write %s: %s; name another file with --step-log.\n",
                 path.c_str(), std::strerror(errno));
    std::exit(1);
  }
}

StepLog::~StepLog() {
  if (descriptor_ >= 0) close(descriptor_);
}

void StepLog::add(int step, const StepTimes& times) {
  const long long outer_ns = times.after_ns - times.before_ns;
  const long long inner_ns = times.done_ns - times.begun_ns;
  durations_ns_.push_back(outer_ns);
  if (descriptor_ < 0) return;
  char line[128];
  const int length = std::snprintf(line, sizeof line, "step %d %lld %lld %lld\n", step, outer_ns,
                                   static_cast<long long>(times.after_ns), inner_ns);
  if (write(descriptor_, line, static_cast<std::size_t>(length)) != length) {
    std::perror("train: the step log");
    std::exit(1);
  }
}

double StepLog::median_ms() const {
  if (durations_ns_.empty()) return 0;
  std::vector<std::int64_t> sorted = durations_ns_;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t half = sorted.size() / 2;
  const std::int64_t below = sorted[(sorted.size() - 1) / 2];
  return static_cast<double>(sorted[half] + below) / 2e6;
}

double StepLog::slowest_ms() const {
  const auto slowest = std::max_element(durations_ns_.begin(), durations_ns_.end());
  return slowest == durations_ns_.end() ? 0 : static_cast<double>(*slowest) / 1e6;
}

}  // namespace tbprof::samples::train
