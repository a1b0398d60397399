// Programs for tests to look at: starts one, waits for its first line, ends it. Owns the process.
// One thread at a time.
#pragma once

#include <sys/types.h>

#include <ostream>
#include <string>
#include <vector>

namespace tbprof::tests::sampler {

class ChildProgram {
 public:
  explicit ChildProgram(const std::vector<std::string>& command);
  ~ChildProgram();
  ChildProgram(const ChildProgram&) = delete;
  ChildProgram& operator=(const ChildProgram&) = delete;

  // Empty if it ended without one.
  std::string first_line();
  void kill_and_wait();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int output_ = -1;
};

// The Python interpreters of this machine, one of each version from 3.9 on: those of PATH and of
// pyenv.
struct Interpreter {
  int minor_version = 0;
  std::string path;

  friend void PrintTo(const Interpreter& python, std::ostream* out) { *out << python.path; }
};
std::vector<Interpreter> interpreters();

// A file with this content in a folder that is removed when the test program ends.
std::string file_with(const std::string& name, const std::string& content);

}  // namespace tbprof::tests::sampler
