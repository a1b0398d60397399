// The program's own step times, written as they happen, so that a recording can be compared with
// them. Owns the file. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tbprof::samples::train {

std::int64_t monotonic_ns();

class StepLog {
 public:
  // An empty path writes no file; a file that cannot be opened ends the program.
  explicit StepLog(const std::string& path);
  ~StepLog();
  StepLog(const StepLog&) = delete;
  StepLog& operator=(const StepLog&) = delete;

  // One line with one write, so that a killed program leaves whole lines.
  void add(int step, std::int64_t start_ns, std::int64_t end_ns);

  double median_ms() const;
  double slowest_ms() const;

 private:
  int descriptor_ = -1;
  std::vector<std::int64_t> durations_ns_;
};

}  // namespace tbprof::samples::train
