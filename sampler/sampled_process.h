// One process that is looked at: its threads, its interpreter if it has one, its file. Owns them.
// One thread at a time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "proto/trace_records.h"
#include "sampler/proc_file.h"
#include "sampler/python_stacks.h"
#include "sampler/sample_file.h"
#include "sampler/thread_clock.h"

namespace tbprof::sampler {

// In a pid namespace of its own a process knows itself by another number.
std::int64_t pid_in_its_namespace(pid_t pid);

// Where files of samples go and what they say of the recording.
struct SamplePlace {
  std::string folder;     // of the session, where the processes' traces lie as well
  std::string host;       // as the traces say it
  std::string file_host;  // as it stands in the names of their files
  std::string run;
  std::string session;
  std::string writer;
};

class SampledProcess {
 public:
  static constexpr std::size_t kMaxThreads = 4096;

  // Null if the process is gone.
  static std::unique_ptr<SampledProcess> open(pid_t pid, const SamplePlace& place,
                                              std::size_t max_threads = kMaxThreads);
  ~SampledProcess();

  // One look at every thread of which something new may be told.
  void look(std::int64_t now_ns);
  // What happens until the next look is not recorded.
  void pause();
  // What changes seldom: the program it runs, its interpreter, names of threads.
  void refresh();
  // Writes what was gathered, if the process is worth a file.
  void write(std::int64_t now_ns, bool is_last);

  pid_t pid() const { return pid_; }
  bool is_gone() const { return is_gone_; }
  std::size_t thread_count() const { return threads_.size(); }
  bool has_file() const { return has_file_; }
  // Whether a file may be made of it where it recorded nothing itself.
  void set_may_have_file(bool may) { may_have_file_ = may; }
  // It is worth a file and may have none: what was seen of it is lost.
  bool lacks_file() const { return lacks_file_; }
  void set_property(const std::string& key, std::string value) {
    file_.set_property(key, std::move(value));
  }

 private:
  struct Thread {
    pid_t tid = 0;
    std::uint32_t id = proto::kNoId;  // in the file
    std::string name;
    std::string told_name;
    ProcFile schedstat;
    ProcFile stat;
    ProcFile syscall;
    ThreadClock clock;
    std::int64_t last_look_ns = -1;
    std::uint32_t quiet_looks = 0;  // one after the other in which it did not run
    std::uint32_t skips = 0;        // looks until the next one
    bool is_name_stale = true;
    bool must_look = false;
    SampleRow row;  // not yet in the file if its count is not 0
    bool is_gone = false;
  };
  struct Sight {
    proto::ThreadState state = proto::ThreadState::unknown;
    std::uint32_t stack_id = proto::kNoId;
    std::uint32_t place_id = proto::kNoId;
  };

  SampledProcess(pid_t pid, int folder, const SamplePlace& place, std::size_t max_threads);
  void list_threads();
  bool add_thread(pid_t tid);
  void look_at(Thread& thread, std::int64_t now_ns);
  bool see(Thread& thread, Sight& sight);
  void note_stop(bool is_stopped);
  void take(Thread& thread, std::int64_t now_ns, const ThreadClock& clock, const Sight& sight);
  void put_away(Thread& thread);
  std::uint32_t place_id(std::int64_t syscall);
  bool is_busy() const;
  bool has_trace() const;
  void read_command();
  void make_file();
  proto::TraceHeader header() const;

  const pid_t pid_;
  std::int64_t own_pid_ = 0;  // in its own namespace
  const int folder_;
  const SamplePlace& place_;
  ProcFile stat_;
  ProcFile tasks_;
  std::uint64_t start_ticks_ = 0;
  std::uint64_t image_ = 0;  // tells one program that the process runs from the next
  pid_t parent_pid_ = 0;
  std::vector<std::string> command_;
  std::int64_t first_look_ns_ = 0;
  std::int64_t first_look_unix_ns_ = 0;
  std::int64_t last_look_ns_ = 0;
  bool is_gone_ = false;
  bool has_file_ = false;
  bool may_have_file_ = true;
  bool lacks_file_ = false;
  bool is_stopped_ = false;
  const std::size_t max_threads_;
  std::vector<Thread> threads_;
  std::unordered_set<pid_t> missed_tids_;  // that could not be looked at
  std::uint64_t task_links_ = 0;
  std::unordered_map<std::int64_t, std::uint32_t> place_ids_;  // by system call
  std::uint64_t cpu_ns_ = 0;                                   // that was seen being used
  SampleFile file_;

  PythonStacks python_;
};

}  // namespace tbprof::sampler
