// The program's own step times, written as they happen, so that a recording can be compared with
// them. Owns the file. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tbprof::samples::train {

std::int64_t monotonic_ns();

// One step by the program's own clock. The machine may interrupt the program between two readings,
// so a recorder that is asked in between can differ from the outer ones and still be right.
struct StepTimes {
  std::int64_t before_ns = 0;  // before the step was marked
  std::int64_t begun_ns = 0;   // once it was marked
  std::int64_t done_ns = 0;    // before its end was marked
  std::int64_t after_ns = 0;   // once that was marked
};

class StepLog {
 public:
  // An empty path writes no file; a file that cannot be opened ends the program.
  explicit StepLog(const std::string& path);
  ~StepLog();
  StepLog(const StepLog&) = delete;
  StepLog& operator=(const StepLog&) = delete;

  // One line with one write, so that a killed program leaves whole lines:
  // "step NUMBER OUTER_NS AFTER_NS INNER_NS", durations from before to after and from begun to
  // done.
  void add(int step, const StepTimes& times);

  double median_ms() const;
  double slowest_ms() const;

 private:
  int descriptor_ = -1;
  std::vector<std::int64_t> durations_ns_;
};

}  // namespace tbprof::samples::train
