// The Python stacks of one process's threads as ids in its file: finds the interpreter when there
// is one, knows which of its threads is which of the kernel's. Owns what it knows; borrows the
// file. One thread at a time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "sampler/process_memory.h"
#include "sampler/python_process.h"
#include "sampler/sample_file.h"

namespace tbprof::sampler {

class PythonStacks {
 public:
  PythonStacks(pid_t pid, SampleFile& file) : pid_(pid), memory_(pid), file_(file) {}

  // The process has begun another program.
  void forget_interpreter();
  // Looks for the interpreter where none is known, less and less often.
  void refresh();
  // Threads have come or gone: which they are is looked up before the next stack.
  void expect_other_threads() { is_stale_ = true; }

  bool has_interpreter() const { return python_ != nullptr; }
  // proto::kNoId where the thread runs no Python, or what was read does not fit together.
  std::uint32_t stack_id(pid_t tid);
  // Counts of what could not be read, as facts of the file.
  void write_facts();

 private:
  void match_threads();
  bool find_native_ids(std::vector<PythonProcess::Thread>& threads);
  std::uint32_t intern();

  const pid_t pid_;
  ProcessMemory memory_;
  SampleFile& file_;
  std::unique_ptr<PythonProcess> python_;
  struct Match {
    std::size_t index = 0;                  // into the interpreter's threads
    std::uint32_t stack_id = proto::kNoId;  // of the last look
  };
  std::unordered_map<pid_t, Match> matches_;
  bool is_stale_ = true;
  std::uint32_t refreshes_ = 0;
  std::uint32_t next_search_ = 0;
  int native_id_offset_ = -1;                                   // in what pthread_self() points to
  std::unordered_map<std::uint64_t, std::uint32_t> frame_ids_;  // by code and line
  std::vector<PythonFrame> stack_;
  std::uint64_t read_stacks_ = 0;
  std::uint64_t torn_stacks_ = 0;
  std::uint64_t cut_stacks_ = 0;
};

}  // namespace tbprof::sampler
