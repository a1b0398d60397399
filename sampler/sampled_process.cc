#include "sampler/sampled_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ctime>

#include "sampler/process_tree.h"

namespace tbprof::sampler {
namespace {

constexpr std::size_t kTextBytes = 1024;
// A thread that ran is told of at least so often, so that its CPU time has a place in time.
constexpr std::int64_t kLongestBusyNs = 50'000'000;
// A thread that stays quiet is looked at less and less often, at last every ninth time.
constexpr std::uint32_t kQuietLooksASkip = 4;
constexpr std::uint32_t kMostSkips = 8;

std::int64_t clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

std::int64_t pid_in_its_namespace(pid_t pid) {
  constexpr std::size_t kMaxStatusBytes = 65536;
  constexpr std::string_view kHead = "\nNSpid:";
  const auto status = read_whole_file(fmt::format("/proc/{}/status", pid), kMaxStatusBytes);
  if (!status) return pid;
  const std::size_t begin = status->find(kHead);
  if (begin == std::string::npos) return pid;
  const std::size_t end = std::min(status->find('\n', begin + 1), status->size());
  // The last number is that of the innermost namespace.
  const std::size_t last = status->find_last_of(" \t", end) + 1;
  std::int64_t own_pid = pid;
  std::from_chars(status->data() + last, status->data() + end, own_pid);
  return own_pid;
}

std::unique_ptr<SampledProcess> SampledProcess::open(pid_t pid, const SamplePlace& place,
                                                     std::size_t max_threads) {
  const int folder =
      ::open(fmt::format("/proc/{}", pid).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return nullptr;
  std::unique_ptr<SampledProcess> process(new SampledProcess(pid, folder, place, max_threads));
  char text[kTextBytes];
  const auto stat = process->stat_.read(text, sizeof text);
  const auto line = stat ? parse_stat(*stat) : std::nullopt;
  if (!line || line->is_dead) return nullptr;
  process->start_ticks_ = line->start_ticks;
  process->image_ = line->stack_address;
  process->parent_pid_ = static_cast<pid_t>(line->parent_pid);
  process->own_pid_ = pid_in_its_namespace(pid);
  process->read_command();
  process->list_threads();
  process->refresh();
  return process;
}

SampledProcess::SampledProcess(pid_t pid, int folder, const SamplePlace& place,
                               std::size_t max_threads)
    : pid_(pid),
      folder_(folder),
      place_(place),
      stat_(folder, "stat"),
      tasks_(folder, "task"),
      max_threads_(max_threads),
      python_(pid, file_) {}

SampledProcess::~SampledProcess() { close(folder_); }

// The folder of the threads has two links more than there are threads.
void SampledProcess::list_threads() {
  struct stat info;
  if (!tasks_.is_open() || fstat(tasks_.descriptor(), &info) != 0) return;
  if (info.st_nlink == task_links_) return;
  task_links_ = info.st_nlink;
  std::unordered_set<pid_t> known;
  for (const Thread& thread : threads_) {
    if (!thread.is_gone) known.insert(thread.tid);
  }
  for (const pid_t tid : numbers_in(folder_, "task")) {
    if (known.count(tid) != 0) continue;
    if (threads_.size() < max_threads_ && add_thread(tid)) {
      python_.expect_other_threads();
      missed_tids_.erase(tid);
    } else if (threads_.size() >= max_threads_ || (errno != ENOENT && errno != ESRCH)) {
      missed_tids_.insert(tid);
    }
  }
}

bool SampledProcess::add_thread(pid_t tid) {
  Thread thread;
  thread.tid = tid;
  const std::string folder = fmt::format("task/{}/", tid);
  thread.schedstat = ProcFile(folder_, (folder + "schedstat").c_str());
  if (!thread.schedstat.is_open()) return false;
  thread.stat = ProcFile(folder_, (folder + "stat").c_str());
  if (!thread.stat.is_open()) return false;
  thread.syscall = ProcFile(folder_, (folder + "syscall").c_str());
  threads_.push_back(std::move(thread));
  return true;
}

void SampledProcess::look(std::int64_t now_ns) {
  if (is_gone_) return;
  if (first_look_ns_ == 0) {
    first_look_ns_ = now_ns;
    first_look_unix_ns_ = clock_ns(CLOCK_REALTIME);
  }
  last_look_ns_ = now_ns;
  list_threads();
  for (Thread& thread : threads_) {
    if (thread.skips > 0 && !thread.must_look) {
      --thread.skips;
    } else {
      look_at(thread, now_ns);
    }
  }
  const bool has_gone =
      std::erase_if(threads_, [](const Thread& thread) { return thread.is_gone; }) > 0;
  if (has_gone) task_links_ = 0;
  if (threads_.empty()) is_gone_ = true;
}

void SampledProcess::look_at(Thread& thread, std::int64_t now_ns) {
  char text[kTextBytes];
  const auto schedstat = thread.schedstat.read(text, sizeof text);
  const auto clock = schedstat ? parse_schedstat(*schedstat) : std::nullopt;
  if (!clock) {
    put_away(thread);
    thread.is_gone = true;
    return;
  }
  // A thread that waited and did not run since still waits there, unless all were stopped.
  const bool was_waiting =
      thread.row.count > 0 && (thread.row.state == proto::ThreadState::sleeping ||
                               thread.row.state == proto::ThreadState::blocked);
  if (was_waiting && *clock == thread.clock && !std::exchange(thread.must_look, false)) {
    ++thread.quiet_looks;
    thread.skips = std::min(thread.quiet_looks / kQuietLooksASkip, kMostSkips);
    take(thread, now_ns, *clock, {thread.row.state, thread.row.stack_id, thread.row.place_id});
    return;
  }
  thread.quiet_looks = 0;
  Sight sight;
  if (!see(thread, sight)) {
    put_away(thread);
    thread.is_gone = true;
    return;
  }
  sight.stack_id = python_.stack_id(thread.tid);
  take(thread, now_ns, *clock, sight);
}

// False if the thread has ended. The system call tells at half the price of the state whether a
// thread runs or sleeps; the state is read where that leaves a doubt. Of a process that is stopped
// every thread is, which the first one tells.
bool SampledProcess::see(Thread& thread, Sight& sight) {
  char text[kTextBytes];
  const auto content = thread.syscall.read(text, sizeof text);
  const bool is_running = content && content->starts_with("running");
  const std::int64_t number = content && !is_running ? parse_syscall(*content) : -1;
  if (number >= 0) sight.place_id = place_id(number);
  const bool is_first = thread.tid == pid_;
  if (!is_first && !is_stopped_ && !thread.is_name_stale) {
    sight.state = is_running ? proto::ThreadState::running : proto::ThreadState::sleeping;
    if (is_running || is_interruptible(number)) return true;
  }
  const auto stat = thread.stat.read(text, sizeof text);
  const auto line = stat ? parse_stat(*stat) : std::nullopt;
  if (!line || line->is_dead) return false;
  thread.name = line->name;
  thread.is_name_stale = false;
  sight.state = line->state;
  if (sight.state != proto::ThreadState::sleeping && sight.state != proto::ThreadState::blocked) {
    sight.place_id = proto::kNoId;
  }
  if (is_first) note_stop(sight.state == proto::ThreadState::stopped);
  return true;
}

void SampledProcess::note_stop(bool is_stopped) {
  if (is_stopped == is_stopped_) return;
  is_stopped_ = is_stopped;
  for (Thread& thread : threads_) thread.must_look = true;
}

std::uint32_t SampledProcess::place_id(std::int64_t syscall) {
  const auto [known, is_new] = place_ids_.try_emplace(syscall, proto::kNoId);
  if (is_new) {
    const std::string_view name = syscall_name(syscall);
    known->second =
        file_.string_id(name.empty() ? fmt::format("system call {}", syscall) : std::string(name));
  }
  return known->second;
}

// Goes on with the row at hand where nothing changed, else begins one.
void SampledProcess::take(Thread& thread, std::int64_t now_ns, const ThreadClock& clock,
                          const Sight& sight) {
  const bool is_first = thread.last_look_ns < 0;
  const std::int64_t since_ns = is_first ? now_ns : thread.last_look_ns;
  const std::uint64_t cpu_ns = is_first ? 0 : clock.cpu_ns - thread.clock.cpu_ns;
  const std::uint64_t delay_ns = is_first ? 0 : clock.delay_ns - thread.clock.delay_ns;
  SampleRow& row = thread.row;
  const bool goes_on = row.count > 0 && !is_first && row.state == sight.state &&
                       row.stack_id == sight.stack_id && row.place_id == sight.place_id &&
                       ((cpu_ns == 0 && delay_ns == 0 && row.cpu_ns == 0) ||
                        now_ns - row.start_ns <= kLongestBusyNs);
  if (!goes_on) {
    put_away(thread);
    row = {};
    row.start_ns = since_ns;
    row.state = sight.state;
    row.stack_id = sight.stack_id;
    row.place_id = sight.place_id;
  }
  row.duration_ns = now_ns - row.start_ns;
  ++row.count;
  row.cpu_ns += cpu_ns;
  row.delay_ns += delay_ns;
  cpu_ns_ += cpu_ns;
  thread.clock = clock;
  thread.last_look_ns = now_ns;
}

void SampledProcess::put_away(Thread& thread) {
  if (thread.row.count == 0) return;
  if (thread.id == proto::kNoId) {
    thread.id = file_.add_thread(thread.tid, thread.name);
  } else if (thread.name != thread.told_name) {
    file_.rename_thread(thread.id, thread.tid, thread.name);
  }
  thread.told_name = thread.name;
  file_.add_row(thread.id, thread.row);
  thread.row.count = 0;
}

void SampledProcess::pause() {
  for (Thread& thread : threads_) {
    if (thread.last_look_ns < 0) continue;
    put_away(thread);
    thread.last_look_ns = -1;
    thread.skips = 0;
  }
}

void SampledProcess::refresh() {
  char text[kTextBytes];
  const auto stat = stat_.read(text, sizeof text);
  const auto line = stat ? parse_stat(*stat) : std::nullopt;
  if (!line || line->is_dead) {
    is_gone_ = true;
    return;
  }
  if (line->stack_address != image_) {  // it executed another program
    image_ = line->stack_address;
    python_.forget_interpreter();
    read_command();
  }
  for (Thread& thread : threads_) thread.is_name_stale = true;
  python_.refresh();
}

void SampledProcess::read_command() {
  constexpr std::size_t kMaxCommandBytes = 16384;
  command_.clear();
  const std::string words =
      read_whole_file(fmt::format("/proc/{}/cmdline", pid_), kMaxCommandBytes).value_or("");
  for (std::size_t begin = 0; begin < words.size();) {
    const std::size_t end = std::min(words.find('\0', begin), words.size());
    command_.push_back(words.substr(begin, end - begin));
    begin = end + 1;
  }
}

bool SampledProcess::has_trace() const {
  const std::string part = fmt::format("_{}_", own_pid_);
  DIR* folder = opendir(place_.folder.c_str());
  if (folder == nullptr) return false;
  bool found = false;
  while (const dirent* entry = readdir(folder)) {
    const std::string_view name = entry->d_name;
    found |= name.ends_with(".tbtrace") && name.find(part) != std::string_view::npos;
  }
  closedir(folder);
  return found;
}

// Shells and launchers that only wait, and what is over in a moment, are no news.
bool SampledProcess::is_busy() const {
  constexpr std::int64_t kLongNs = 2'000'000'000;
  constexpr std::uint64_t kBusyNs = 100'000'000;
  return cpu_ns_ >= kBusyNs && last_look_ns_ - first_look_ns_ >= kLongNs;
}

void SampledProcess::write(std::int64_t now_ns, bool is_last) {
  if (file_.has_failed()) return;
  if (!has_file_ && !has_trace()) {
    lacks_file_ = is_busy() && !may_have_file_;
    if (lacks_file_ || !is_busy()) return;
  }
  if (!missed_tids_.empty()) {
    set_property("sampler.missed_threads", std::to_string(missed_tids_.size()));
  }
  // What lasts is told in parts, so that a reader sees it grow.
  for (Thread& thread : threads_) put_away(thread);
  if (file_.row_count() == 0) return;
  if (!has_file_) make_file();
  python_.write_facts();
  // A disk that refuses ends the file, which says so by missing its end.
  (void)file_.write(now_ns, is_last);
}

void SampledProcess::make_file() {
  has_file_ = true;
  const proto::TraceHeader described = header();
  (void)file_.open(fmt::format("{}/{}_{}_{}", place_.folder, place_.file_host, described.pid,
                               described.start_realtime_ns / 1'000'000),
                   described);
}

proto::TraceHeader SampledProcess::header() const {
  proto::TraceHeader header;
  header.writer = place_.writer;
  header.host = place_.host;
  header.pid = own_pid_;
  header.parent_pid = parent_pid_;
  header.start_monotonic_ns = first_look_ns_;
  header.start_realtime_ns = first_look_unix_ns_;
  header.run = place_.run;
  header.session = place_.session;
  header.command = command_;
  return header;
}

}  // namespace tbprof::sampler
